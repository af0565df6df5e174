package function

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"hash"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
)

// hashAlgorithms are the algorithms of mask_hash by their Java names. MD5 and SHA-1 hide nothing from an attacker; they are there because
// Cassandra has them.
var hashAlgorithms = map[string]func() hash.Hash{
	"MD5": md5.New, "SHA": sha1.New, "SHA1": sha1.New, "SHA-1": sha1.New, "SHA-224": sha256.New224, "SHA-256": sha256.New, "SHA-384": sha512.New384,
	"SHA-512": sha512.New, "SHA-512/224": sha512.New512_224, "SHA-512/256": sha512.New512_256,
	"SHA3-224": func() hash.Hash { return sha3.New224() }, "SHA3-256": func() hash.Hash { return sha3.New256() },
	"SHA3-384": func() hash.Hash { return sha3.New384() }, "SHA3-512": func() hash.Hash { return sha3.New512() },
}

// hashMask is mask_hash(value[, algorithm]), with SHA-256 where none is named.
func hashMask() *generic {
	return &generic{"mask_hash", []parameter{anyParameter, optional(fixedParameter("text", cqltype.Text))}, func(in []*cqltype.Type, _ *cqltype.Type) (*Function, error) {
		return &Function{ArgTypes: asText(in, 1), Return: cqltype.Blob, Masks: true, call: func(_ *Context, args [][]byte) ([]byte, error) {
			algorithm := "SHA-256"
			if len(args) == 2 && args[1] != nil {
				algorithm = string(args[1])
			}
			newHash, ok := hashAlgorithms[strings.ToUpper(algorithm)]
			if !ok {
				return nil, cassandra.Invalidf("Hash algorithm not found: %s", algorithm)
			}
			if args[0] == nil {
				return nil, nil
			}
			h := newHash()
			h.Write(args[0])
			return h.Sum(nil), nil
		}}, nil
	}}
}
