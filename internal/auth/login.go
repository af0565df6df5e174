package auth

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"

	"helenus/internal/cassandra"
)

// DecodePlain reads a message of SASL PLAIN: an authorization id that is passed over, NUL, the name, NUL, the password.
// Source: Cassandra 5.0, PlainTextSaslAuthenticator.
func DecodePlain(token []byte) (user, password string, err error) {
	parts := bytes.Split(token, []byte{0})
	switch {
	case len(parts) > 3:
		return "", "", cassandra.BadCredentialsf(`Credential format error: username or password is empty or contains NUL(\0) character`)
	case len(parts) == 1 || len(parts[len(parts)-1]) == 0:
		return "", "", cassandra.BadCredentialsf("Password must not be null")
	case len(parts[len(parts)-2]) == 0:
		return "", "", cassandra.BadCredentialsf("Authentication ID must not be null")
	}
	return string(parts[len(parts)-2]), string(parts[len(parts)-1]), nil
}

// Bounds of what Verified remembers.
const (
	verifiedMax = 1024
	verifiedFor = 2 * time.Second
)

// Verified checks passwords and remembers for a moment those that were right, since a driver opens many connections at once. What it
// remembers is of no use outside the process.
type Verified struct {
	key [32]byte // of the sums

	mu    sync.Mutex
	known map[[32]byte]time.Time // until when; guarded by mu
}

// NewVerified returns one that remembers nothing yet.
func NewVerified() (*Verified, error) {
	v := &Verified{known: map[[32]byte]time.Time{}}
	_, err := rand.Read(v.key[:])
	return v, err
}

// Verify says whether a hash is a password's. A wrong one, and one for no hash, take as long as a right one that is not remembered.
func (v *Verified) Verify(hash, password string, now time.Time) bool {
	sum := v.sum(hash, password)
	v.mu.Lock()
	until, ok := v.known[sum]
	v.mu.Unlock()
	if ok && now.Before(until) && until.Sub(now) <= verifiedFor {
		return true
	}
	if !matches(hash, password) {
		return false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.known) >= verifiedMax {
		clear(v.known)
	}
	v.known[sum] = now.Add(verifiedFor)
	return true
}

func (v *Verified) sum(hash, password string) (sum [32]byte) {
	h := hmac.New(sha256.New, v.key[:])
	h.Write([]byte(hash))
	h.Write([]byte{0})
	h.Write([]byte(password))
	h.Sum(sum[:0])
	return sum
}
