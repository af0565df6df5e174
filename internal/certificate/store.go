package certificate

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	keystore "github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"
)

// Store is what a file holds.
type Store struct {
	// Pair is a private key with its chain of certificates, the key's first; Pair.PrivateKey is nil where there is none.
	Pair tls.Certificate
	// Trusted are certificates without a key and, where there are none, the chain.
	Trusted []*x509.Certificate
}

// jksMagic begins a Java key store.
var jksMagic = []byte{0xFE, 0xED, 0xFE, 0xED}

// Parse reads the bytes of a file. The password opens key stores; PEM needs none.
func Parse(raw []byte, password string) (*Store, error) {
	switch {
	case bytes.HasPrefix(raw, jksMagic):
		return parseJKS(raw, password)
	case bytes.Contains(raw, []byte("-----BEGIN ")):
		return parsePEM(raw)
	case len(raw) > 0 && raw[0] == 0x30:
		return parsePKCS12(raw, password)
	}
	return nil, errors.New("it is neither PEM nor PKCS #12 nor a Java key store (JKS)")
}

func parsePEM(raw []byte) (*Store, error) {
	s := &Store{}
	for {
		var b *pem.Block
		if b, raw = pem.Decode(raw); b == nil {
			break
		}
		switch b.Type {
		case "CERTIFICATE":
			c, err := x509.ParseCertificate(b.Bytes)
			if err != nil {
				return nil, err
			}
			s.Trusted = append(s.Trusted, c)
			s.Pair.Certificate = append(s.Pair.Certificate, b.Bytes)
		case "ENCRYPTED PRIVATE KEY":
			return nil, errors.New("its private key is encrypted, which PEM files can't be here: use PKCS #12, or openssl pkey to decrypt it")
		default:
			key, err := parseKey(b.Bytes)
			if err != nil {
				return nil, err
			}
			s.Pair.PrivateKey = key
		}
	}
	return s.checked()
}

// parseKey reads a private key in any of the forms that are in use.
func parseKey(der []byte) (crypto.PrivateKey, error) {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	return nil, errors.New("its private key is of no known form")
}

func parsePKCS12(raw []byte, password string) (*Store, error) {
	key, own, chain, err := pkcs12.DecodeChain(raw, password)
	if err == nil {
		s := &Store{Trusted: append([]*x509.Certificate{own}, chain...)}
		s.Pair.PrivateKey = key
		for _, c := range s.Trusted {
			s.Pair.Certificate = append(s.Pair.Certificate, c.Raw)
		}
		return s.checked()
	}
	trusted, trustErr := pkcs12.DecodeTrustStore(raw, password)
	if trustErr != nil {
		return nil, fmt.Errorf("PKCS #12: %w", err)
	}
	return &Store{Trusted: trusted}, nil
}

func parseJKS(raw []byte, password string) (*Store, error) {
	ks := keystore.New(keystore.WithOrderedAliases())
	if err := ks.Load(bytes.NewReader(raw), []byte(password)); err != nil {
		return nil, fmt.Errorf("java key store: %w", err)
	}
	s := &Store{}
	for _, alias := range ks.Aliases() {
		switch {
		case ks.IsTrustedCertificateEntry(alias):
			entry, err := ks.GetTrustedCertificateEntry(alias)
			if err != nil {
				return nil, err
			}
			c, err := x509.ParseCertificate(entry.Certificate.Content)
			if err != nil {
				return nil, err
			}
			s.Trusted = append(s.Trusted, c)
		case s.Pair.PrivateKey == nil:
			entry, err := ks.GetPrivateKeyEntry(alias, []byte(password))
			if err != nil {
				return nil, fmt.Errorf("java key store: key %s: %w", alias, err)
			}
			if s.Pair.PrivateKey, err = parseKey(entry.PrivateKey); err != nil {
				return nil, err
			}
			for _, c := range entry.CertificateChain {
				s.Pair.Certificate = append(s.Pair.Certificate, c.Content)
			}
		}
	}
	return s.checked()
}

// checked refuses a store that holds nothing, or a key that is not its certificate's.
func (s *Store) checked() (*Store, error) {
	if s.Pair.PrivateKey == nil {
		s.Pair.Certificate = nil
		if len(s.Trusted) == 0 {
			return nil, errors.New("it holds neither a key nor a certificate")
		}
		return s, nil
	}
	if len(s.Pair.Certificate) == 0 {
		return nil, errors.New("it holds a private key, but not the key's certificate")
	}
	leaf, err := x509.ParseCertificate(s.Pair.Certificate[0])
	if err != nil {
		return nil, err
	}
	key, ok := s.Pair.PrivateKey.(interface{ Public() crypto.PublicKey })
	public, comparable := leaf.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !comparable || !public.Equal(key.Public()) {
		return nil, errors.New("its private key is not that of its first certificate")
	}
	s.Pair.Leaf = leaf
	if len(s.Trusted) == 0 {
		for _, der := range s.Pair.Certificate {
			c, err := x509.ParseCertificate(der)
			if err != nil {
				return nil, err
			}
			s.Trusted = append(s.Trusted, c)
		}
	}
	return s, nil
}
