package server

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	keystore "github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"
)

// Authority signs certificates for a test.
type Authority struct {
	Certificate *x509.Certificate
	File        string // PEM
	key         *ecdsa.PrivateKey
	dir         string
	serial      int64
}

// NewAuthority makes one.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{dir: t.TempDir(), serial: 1}
	a.key = newKey(t)
	template := a.template("authority")
	template.IsCA, template.KeyUsage = true, x509.KeyUsageCertSign
	template.BasicConstraintsValid = true
	a.Certificate = a.sign(t, template, template, a.key.Public())
	a.File = filepath.Join(a.dir, "authority.pem")
	write(t, a.File, encode("CERTIFICATE", a.Certificate.Raw))
	return a
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a *Authority) template(name string) *x509.Certificate {
	a.serial++
	return &x509.Certificate{
		SerialNumber: big.NewInt(a.serial), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, KeyUsage: x509.KeyUsageDigitalSignature,
	}
}

func (a *Authority) sign(t testing.TB, template, parent *x509.Certificate, public crypto.PublicKey) *x509.Certificate {
	t.Helper()
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, public, a.key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Signed is a key with its certificate, and the authority that signed it.
type Signed struct {
	Key         *ecdsa.PrivateKey
	Certificate *x509.Certificate
	by          *Authority
}

// Sign makes a certificate for an address, and for a URI when that is not empty.
func (a *Authority) Sign(t testing.TB, host, uri string) *Signed {
	t.Helper()
	template := a.template(host)
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	}
	if uri != "" {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		template.URIs = []*url.URL{u}
	}
	key := newKey(t)
	return &Signed{key, a.sign(t, template, a.Certificate, key.Public()), a}
}

// TLS is the pair as a client shows it.
func (s *Signed) TLS() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{s.Certificate.Raw}, PrivateKey: s.Key}
}

// Pool trusts the authority.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate)
	return pool
}

// PEM writes key and certificate into one file.
func (s *Signed) PEM(t testing.TB, name string) string {
	t.Helper()
	return s.file(t, name, append(s.keyPEM(t), encode("CERTIFICATE", s.Certificate.Raw)...))
}

// Apart writes certificate and key into a file each.
func (s *Signed) Apart(t testing.TB, name string) (certificate, key string) {
	t.Helper()
	return s.file(t, name+".crt", encode("CERTIFICATE", s.Certificate.Raw)), s.file(t, name+".key", s.keyPEM(t))
}

func (s *Signed) keyPEM(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(s.Key)
	if err != nil {
		t.Fatal(err)
	}
	return encode("PRIVATE KEY", der)
}

// PKCS12 writes them into a key store that a password opens.
func (s *Signed) PKCS12(t testing.TB, name, password string) string {
	t.Helper()
	raw, err := pkcs12.Modern.Encode(s.Key, s.Certificate, []*x509.Certificate{s.by.Certificate}, password)
	if err != nil {
		t.Fatal(err)
	}
	return s.file(t, name, raw)
}

// JKS writes them into a Java key store.
func (s *Signed) JKS(t testing.TB, name, password string) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(s.Key)
	if err != nil {
		t.Fatal(err)
	}
	store := keystore.New()
	entry := keystore.PrivateKeyEntry{CreationTime: time.Now(), PrivateKey: der, CertificateChain: []keystore.Certificate{{Type: "X509", Content: s.Certificate.Raw}}}
	if err := store.SetPrivateKeyEntry("node", entry, []byte(password)); err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	if err := store.Store(&raw, []byte(password)); err != nil {
		t.Fatal(err)
	}
	return s.file(t, name, raw.Bytes())
}

// Truststore writes the authority into a Java key store.
func (a *Authority) Truststore(t testing.TB, name, password string) string {
	t.Helper()
	store := keystore.New()
	if err := store.SetTrustedCertificateEntry("authority", keystore.TrustedCertificateEntry{CreationTime: time.Now(), Certificate: keystore.Certificate{Type: "X509", Content: a.Certificate.Raw}}); err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	if err := store.Store(&raw, []byte(password)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(a.dir, name)
	write(t, file, raw.Bytes())
	return file
}

func (s *Signed) file(t testing.TB, name string, raw []byte) string {
	t.Helper()
	file := filepath.Join(s.by.dir, name)
	write(t, file, raw)
	return file
}

func write(t testing.TB, file string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
