package certificate

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	keystore "github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"
)

// pair is a key with its certificate.
type pair struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

// issue makes a certificate for a name, signed by another's key; by nil signs itself.
func issue(t *testing.T, name string, by *pair) *pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, IsCA: by == nil,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	p := &pair{key: key, cert: template}
	if by == nil {
		by = p
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.cert, &key.PublicKey, by.key)
	if err != nil {
		t.Fatal(err)
	}
	if p.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *pair) pkcs8(t *testing.T) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func pemOf(blocks ...pem.Block) []byte {
	var b bytes.Buffer
	for _, x := range blocks {
		_ = pem.Encode(&b, &x) // a buffer takes everything
	}
	return b.Bytes()
}

func javaStore(t *testing.T, password string, fill func(ks keystore.KeyStore) error) []byte {
	t.Helper()
	ks := keystore.New()
	if err := fill(ks); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := ks.Store(&b, []byte(password)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestForms reads one key with its chain from every form of file.
func TestForms(t *testing.T) {
	authority := issue(t, "authority", nil)
	own := issue(t, "node", authority)
	sec1, err := x509.MarshalECPrivateKey(own.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, top := pem.Block{Type: "CERTIFICATE", Bytes: own.cert.Raw}, pem.Block{Type: "CERTIFICATE", Bytes: authority.cert.Raw}
	modern, err := pkcs12.Modern.Encode(own.key, own.cert, []*x509.Certificate{authority.cert}, "secret")
	if err != nil {
		t.Fatal(err)
	}
	old, err := pkcs12.Legacy.Encode(own.key, own.cert, []*x509.Certificate{authority.cert}, "secret")
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{
		"PEM, PKCS #8, key first": pemOf(pem.Block{Type: "PRIVATE KEY", Bytes: own.pkcs8(t)}, cert, top),
		"PEM, SEC 1, key last":    pemOf(cert, top, pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1}),
		"PKCS #12":                modern,
		"PKCS #12 of long ago":    old,
		"JKS": javaStore(t, "secret", func(ks keystore.KeyStore) error {
			return ks.SetPrivateKeyEntry("node", keystore.PrivateKeyEntry{PrivateKey: own.pkcs8(t), CertificateChain: []keystore.Certificate{
				{Type: "X509", Content: own.cert.Raw}, {Type: "X509", Content: authority.cert.Raw}}}, []byte("secret"))
		}),
	} {
		s, err := Parse(raw, "secret")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if key, ok := s.Pair.PrivateKey.(*ecdsa.PrivateKey); !ok || !key.Equal(own.key) {
			t.Errorf("%s: another key", name)
		}
		if len(s.Pair.Certificate) != 2 || !bytes.Equal(s.Pair.Certificate[0], own.cert.Raw) || !bytes.Equal(s.Pair.Certificate[1], authority.cert.Raw) {
			t.Errorf("%s: not the key's chain", name)
		}
		if len(s.Trusted) != 2 {
			t.Errorf("%s: %d certificates", name, len(s.Trusted))
		}
	}
}

// TestTrusted reads certificates without a key.
func TestTrusted(t *testing.T) {
	authority := issue(t, "authority", nil)
	trust, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{authority.cert}, "secret")
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{
		"PEM":      pemOf(pem.Block{Type: "CERTIFICATE", Bytes: authority.cert.Raw}),
		"PKCS #12": trust,
		"JKS": javaStore(t, "secret", func(ks keystore.KeyStore) error {
			return ks.SetTrustedCertificateEntry("a", keystore.TrustedCertificateEntry{Certificate: keystore.Certificate{Type: "X509", Content: authority.cert.Raw}})
		}),
	} {
		s, err := Parse(raw, "secret")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(s.Trusted) != 1 || !s.Trusted[0].Equal(authority.cert) || s.Pair.PrivateKey != nil || s.Pair.Certificate != nil {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// TestRefused wants what is wrong with a file to be said.
func TestRefused(t *testing.T) {
	one, other := issue(t, "one", nil), issue(t, "other", nil)
	cert := pem.Block{Type: "CERTIFICATE", Bytes: one.cert.Raw}
	big, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	modern, err := pkcs12.Modern.Encode(one.key, one.cert, nil, "secret")
	if err != nil {
		t.Fatal(err)
	}
	java := javaStore(t, "secret", func(ks keystore.KeyStore) error {
		return ks.SetTrustedCertificateEntry("a", keystore.TrustedCertificateEntry{Certificate: keystore.Certificate{Type: "X509", Content: one.cert.Raw}})
	})
	for _, c := range []struct {
		raw  []byte
		want string
	}{
		{nil, "neither PEM nor"},
		{[]byte("hello"), "neither PEM nor"},
		{[]byte("-----BEGIN nothing"), "neither a key nor a certificate"},
		{pemOf(pem.Block{Type: "CERTIFICATE", Bytes: []byte("hello")}), "x509"},
		{pemOf(pem.Block{Type: "PRIVATE KEY", Bytes: []byte("hello")}), "of no known form"},
		{pemOf(cert, pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("hello")}), "is encrypted"},
		{pemOf(pem.Block{Type: "PRIVATE KEY", Bytes: one.pkcs8(t)}), "not the key's certificate"},
		{pemOf(cert, pem.Block{Type: "PRIVATE KEY", Bytes: other.pkcs8(t)}), "not that of its first certificate"},
		{pemOf(cert, pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(big)}), "not that of its first certificate"},
		{modern, "PKCS #12: "},
		{modern[:len(modern)/2], "PKCS #12: "},
		{java, "java key store: "},
		{java[:len(java)/2], "java key store: "},
	} {
		if _, err := Parse(c.raw, "wrong"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.20q: %v, want %q", c.raw, err, c.want)
		}
	}
}
