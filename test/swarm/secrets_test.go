//go:build linux

package swarm

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs the certificates of a test's nodes. What it makes are PEM files in its folder.
type authority struct {
	t    *testing.T
	dir  string
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.cert = &x509.Certificate{Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	a.key = a.sign("ca", a.cert, nil)
	return a
}

// sign makes NAME.pem and NAME.key, signed by the authority, or by itself when there is none yet.
func (a *authority) sign(name string, c *x509.Certificate, by *ecdsa.PrivateKey) *ecdsa.PrivateKey {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	if by == nil {
		by = key
	}
	c.SerialNumber, c.NotBefore, c.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, &key.PublicKey, by)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".pem", "CERTIFICATE", der)
	if der, err = x509.MarshalPKCS8PrivateKey(key); err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".key", "PRIVATE KEY", der)
	return key
}

func (a *authority) write(name, kind string, der []byte) {
	if err := os.WriteFile(filepath.Join(a.dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o644); err != nil {
		a.t.Fatal(err)
	}
}

// node makes a node's certificate.
func (a *authority) node(name string) {
	a.sign(name, &x509.Certificate{Subject: pkix.Name{CommonName: name}}, a.key)
}

// secret makes a secret of the Swarm from a file, until the end of the test.
func secret(t *testing.T, name, file string) {
	t.Helper()
	_, _ = lab[0].try("secret", "rm", name) // an earlier run may have left it
	lab[0].docker(t, "secret", "create", name, file)
	t.Cleanup(func() { _, _ = lab[0].try("secret", "rm", name) }) // after the service's end
}

// stranger runs a node beside the service's, in its network, which has files of an authority and a token, or none, and waits until its log says why it is not
// spoken to.
func stranger(t *testing.T, what, token string, a *authority, why ...string) {
	t.Helper()
	h := lab[0]
	name := "stranger-" + strings.ReplaceAll(what, " ", "-")
	args := []string{"run", "-d", "--name", name, "--network", stackName + "_default", "-e", "CASSANDRA_SEEDS=tasks.cassandra", "-e", "CASSANDRA_ENDPOINT_SNITCH=GossipingPropertyFileSnitch", "-e", "CASSANDRA_DC=datacenter1"}
	if token != "" {
		args = append(args, "-e", "HELENUS_JOIN_TOKEN="+token)
	}
	if a != nil {
		args = append(args, "-v", a.dir+":/run/files", "-e", "HELENUS_NODE_CERT_FILE=/run/files/node.pem", "-e", "HELENUS_NODE_KEY_FILE=/run/files/node.key", "-e", "HELENUS_NODE_CA_FILE=/run/files/ca.pem")
	}
	gone := func() { _, _ = h.try("rm", "-fv", name) }
	gone()
	t.Cleanup(gone)
	c := container{id: h.docker(t, append(args, imageName)...), name: name, host: h}
	eventually(t, wholeWithin, "a node "+what+" is told why", func() string {
		log, _ := h.try("logs", c.id)
		for _, line := range strings.Split(log, "\n") {
			for _, w := range why {
				if strings.Contains(line, w) {
					t.Logf("%s: %s", what, line)
					return ""
				}
			}
		}
		return "it says: " + log
	})
	gone()
}

// TestSecrets guards what docs/swarm.md says of who may join: a token and certificates that are secrets of the Swarm. Who lacks either stays outside, a new certificate is
// a rolling update.
func TestSecrets(t *testing.T) {
	ours := newAuthority(t)
	ours.node("node")
	ours.node("next")
	const token = "0123456789abcdef0123456789abcdef"
	tokenFile := filepath.Join(ours.dir, "token")
	if err := os.WriteFile(tokenFile, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	names := []string{"join-token", "node-cert", "node-key", "node-ca"}
	for i, file := range []string{tokenFile, filepath.Join(ours.dir, "node.pem"), filepath.Join(ours.dir, "node.key"), filepath.Join(ours.dir, "ca.pem")} {
		secret(t, names[i], file)
	}
	secret(t, "node-cert-2", filepath.Join(ours.dir, "next.pem"))
	secret(t, "node-key-2", filepath.Join(ours.dir, "next.key"))
	c := change{
		environment: map[string]string{"HELENUS_JOIN_TOKEN_FILE": "/run/secrets/join-token", "HELENUS_NODE_CERT_FILE": "/run/secrets/node-cert",
			"HELENUS_NODE_KEY_FILE": "/run/secrets/node-key", "HELENUS_NODE_CA_FILE": "/run/secrets/node-ca"},
		service: []string{"    secrets: [" + strings.Join(names, ", ") + "]", "secrets:"},
	}
	for _, name := range names {
		c.service = append(c.service, "  "+name+": {external: true}")
	}
	deploy(t, c)
	was, _ := whole(t, wholeWithin, 3)
	running()[0].cql(t, keyspace(3))
	l := startLoad(t)
	others := newAuthority(t)
	others.node("node")
	stranger(t, "with neither", "", nil, "as a node does that speaks TLS with others")
	stranger(t, "with another token", strings.Repeat("f", 32), ours, "does not have the join token")
	stranger(t, "with the token alone", token, nil, "as a node does that speaks TLS with others")
	stranger(t, "with a certificate of another authority", token, others, "certificate signed by unknown authority", "unknown certificate authority")
	if now, _ := whole(t, wholeWithin, 3); fmt.Sprint(hostIDs(now)) != fmt.Sprint(hostIDs(was)) {
		t.Errorf("the members are %v, were %v", now, was)
	}
	update(t, "--secret-rm", "node-cert", "--secret-rm", "node-key", "--secret-add", "source=node-cert-2,target=node-cert", "--secret-add", "source=node-key-2,target=node-key")
	if now, _ := whole(t, wholeWithin, 3); fmt.Sprint(hostIDs(now)) != fmt.Sprint(hostIDs(was)) {
		t.Errorf("with other certificates the members are %v, were %v", now, was)
	}
	l.stop(t)
}
