package auth

import (
	"golang.org/x/crypto/bcrypt"

	"helenus/internal/cassandra"
)

// hashCost is the logarithm of the rounds of a new hash: Cassandra's, about 50 ms of one core. hashCostMax bounds that of hashes which come
// ready made: one login with it takes a second.
const (
	hashCost    = 10
	hashCostMax = 14
)

// passwordBytesMax is as much of a password as bcrypt looks at. Cassandra cuts longer ones.
const passwordBytesMax = 72

// DefaultSuperuser is the name, and the password, of the first superuser of a cluster that was given no other.
const DefaultSuperuser = "cassandra"

// defaultHash is that of the default password. Everybody knows it, so its salt may be known, too.
const defaultHash = "$2a$10$NF3i6seZXsYiYOe0T8ex9OhRvuTmKq3lT4RpjXqFnDCJvyTVakatO"

// CheckPassword refuses a password that can't be hashed as a whole.
func CheckPassword(password string) error {
	if len(password) > passwordBytesMax {
		return cassandra.Invalidf("The password has %d bytes; %d are allowed, since bcrypt looks at no more", len(password), passwordBytesMax)
	}
	return nil
}

// CheckHash refuses what is no hash of bcrypt's, or one that would take too long to check.
func CheckHash(hash string) error {
	cost, err := bcrypt.Cost([]byte(hash))
	if err != nil || len(hash) != bcryptBytes {
		return cassandra.Invalidf("Invalid hashed password value. Please use jBcrypt.")
	}
	if cost > hashCostMax {
		return cassandra.Invalidf("The hashed password takes 2^%d rounds to check; 2^%d are allowed", cost, hashCostMax)
	}
	return nil
}

// bcryptBytes is the length of a hash.
const bcryptBytes = 60

// HashPassword returns the hash of a password. It takes about 50 ms of processor.
func HashPassword(password string) (string, error) {
	if err := CheckPassword(password); err != nil {
		return "", err
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(password), hashCost)
	return string(hash), err
}

// matches says whether a hash is a password's. It takes as long for an empty hash, which no password has.
func matches(hash, password string) bool {
	known := hash != ""
	if !known {
		hash = defaultHash
	}
	err := bcrypt.CompareHashAndPassword([]byte(hash), []byte(password))
	return err == nil && known && len(password) <= passwordBytesMax
}

// FirstSuperuser is the change that gives a new cluster its first superuser. hash is that of its password; empty: the default one.
func FirstSuperuser(name, hash string) Change {
	if hash == "" {
		hash = defaultHash
	}
	return Change{Begin: true, Put: []*Role{{Name: name, Superuser: true, Login: true, Hash: hash}}}
}

// HasDefaultPassword says whether the default superuser can log in with the password that everybody knows.
func (r *Roles) HasDefaultPassword() bool {
	role := r.Role(DefaultSuperuser)
	return role != nil && role.Login && role.Hash == defaultHash
}
