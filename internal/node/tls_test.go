package node

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/rpc"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	dir  string
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	a.key = a.newKey()
	a.cert = a.sign("ca", &x509.Certificate{Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, a.key, nil)
	return a
}

func (a *authority) newKey() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	return k
}

// sign writes a certificate of its own to name.pem and returns it.
func (a *authority) sign(name string, c *x509.Certificate, key *ecdsa.PrivateKey, parent *x509.Certificate) *x509.Certificate {
	c.SerialNumber, c.NotBefore, c.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".pem", "CERTIFICATE", der)
	made, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return made
}

func (a *authority) write(name, kind string, der []byte) {
	if err := os.WriteFile(filepath.Join(a.dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// node returns the configuration of a node with a certificate of this authority.
func (a *authority) node(name string) *tls.Config {
	key := a.newKey()
	a.sign(name, &x509.Certificate{Subject: pkix.Name{CommonName: name}}, key, a.cert)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".key", "PRIVATE KEY", der)
	c, err := rpc.Secure(os.ReadFile, filepath.Join(a.dir, name+".pem"), filepath.Join(a.dir, name+".key"), filepath.Join(a.dir, "ca.pem"))
	if err != nil {
		a.t.Fatal(err)
	}
	return c
}

// TestNodesKnowEachOther guards that with TLS only nodes with a certificate of the same authority are spoken to.
func TestNodesKnowEachOther(t *testing.T) {
	ours := newAuthority(t)
	o := clusterOptions(t)
	o.TLS = ours.node("first")
	first := startNode(t, o)
	o = clusterOptions(t, first.options.Native)
	o.TLS = ours.node("second")
	second := startNode(t, o)
	c := second.dial(t)
	run(t, c, cassandra.One, "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}")
	run(t, c, cassandra.One, "CREATE TABLE ks.t (k int PRIMARY KEY)")
	run(t, c, cassandra.All, "INSERT INTO ks.t (k) VALUES (1)")
	for name, secure := range map[string]*tls.Config{"in the clear": nil, "of another authority": newAuthority(t).node("stranger")} {
		o := clusterOptions(t, first.options.Native)
		o.TLS = secure
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		n, err := Start(ctx, o)
		cancel()
		if err == nil {
			t.Errorf("a node %s joined", name)
			if err := n.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		}
	}
	if n := len(first.State().Members); n != 2 {
		t.Errorf("%d members", n)
	}
}
