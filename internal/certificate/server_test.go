package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"net"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// files is a folder with a clock.
type files struct {
	fstest.MapFS
	now    time.Time
	failed []error
}

func (f *files) put(name string, raw []byte) {
	f.now = f.now.Add(time.Minute)
	f.MapFS[name] = &fstest.MapFile{Data: raw, ModTime: f.now}
}

func (f *files) server() Server {
	return Server{
		Key:  File{Name: "key"},
		Read: func(name string) ([]byte, error) { return fs.ReadFile(f.MapFS, name) },
		Stat: func(name string) (fs.FileInfo, error) { return fs.Stat(f.MapFS, name) },
		Now:  func() time.Time { return f.now }, Failed: func(err error) { f.failed = append(f.failed, err) },
	}
}

func (p *pair) pem(t *testing.T) []byte {
	return pemOf(pem.Block{Type: "CERTIFICATE", Bytes: p.cert.Raw}, pem.Block{Type: "PRIVATE KEY", Bytes: p.pkcs8(t)})
}

// meet lets a client meet a server, and returns the name in the server's certificate and the errors of both.
func meet(t *testing.T, server, client *tls.Config) (name string, errs error) {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	done := make(chan error, 1)
	go func() {
		s := tls.Server(a, server)
		err := s.Handshake()
		if err == nil {
			_, err = s.Write([]byte("x")) // a client of TLS 1.3 learns only now whether it is let in
		}
		a.Close()
		done <- err
	}()
	c := tls.Client(b, client)
	err := c.Handshake()
	if err == nil {
		name = c.ConnectionState().PeerCertificates[0].Subject.CommonName
		_, err = c.Read(make([]byte, 1))
	}
	b.Close()
	return name, errors.Join(err, <-done)
}

// TestReload changes the files of a server under the clients it has.
func TestReload(t *testing.T) {
	authority := issue(t, "authority", nil)
	f := &files{MapFS: fstest.MapFS{}, now: time.Now()}
	f.put("key", issue(t, "first", authority).pem(t))
	server, err := f.server().Config()
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(authority.cert)
	want := func(name string) {
		t.Helper()
		if got, err := meet(t, server, &tls.Config{RootCAs: pool, ServerName: name}); err != nil || got != name {
			t.Fatalf("%q, %v; want %q", got, err, name)
		}
	}
	want("first")
	f.put("key", issue(t, "second", authority).pem(t))
	want("second")
	f.put("key", []byte("half a fi"))
	want("second") // what was good goes on
	want("second")
	if len(f.failed) != 1 || !strings.Contains(f.failed[0].Error(), "keystore key: it is neither PEM") {
		t.Errorf("said %v", f.failed)
	}
	delete(f.MapFS, "key")
	f.now = f.now.Add(time.Minute)
	want("second")
	f.put("key", issue(t, "third", authority).pem(t))
	want("third")
}

// TestLetIn shows who is let in when certificates are looked at.
func TestLetIn(t *testing.T) {
	authority, stranger := issue(t, "authority", nil), issue(t, "stranger", nil)
	f := &files{MapFS: fstest.MapFS{}, now: time.Now()}
	f.put("key", issue(t, "node", authority).pem(t))
	f.put("trust", pemOf(pem.Block{Type: "CERTIFICATE", Bytes: authority.cert.Raw}))
	f.put("mine", issue(t, "me", authority).pem(t))
	f.put("theirs", issue(t, "them", stranger).pem(t))
	f.put("authority", pemOf(pem.Block{Type: "CERTIFICATE", Bytes: authority.cert.Raw}))
	for _, c := range []struct {
		require, verify bool
		shows           string
		in              bool
	}{
		{false, false, "", true}, {false, false, "theirs", true},
		{false, true, "", true}, {false, true, "mine", true}, {false, true, "theirs", false},
		{true, false, "", false}, {true, false, "mine", true}, {true, false, "theirs", false},
	} {
		s := f.server()
		s.Require, s.Verify, s.Trust = c.require, c.verify, File{Name: "trust"}
		server, err := s.Config()
		if err != nil {
			t.Fatal(err)
		}
		client, err := Client{Authority: "authority", Certificate: c.shows, Verify: true, Read: s.Read}.Config()
		if err != nil {
			t.Fatal(err)
		}
		client.ServerName = "node"
		if len(client.Certificates) > 0 { // shown even where the server says that it does not know who signed it
			client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &client.Certificates[0], nil }
		}
		if _, err := meet(t, server, client); (err == nil) != c.in {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestNoServer wants what is wrong with the files at a start to be said.
func TestNoServer(t *testing.T) {
	authority := issue(t, "authority", nil)
	f := &files{MapFS: fstest.MapFS{}, now: time.Now()}
	s := f.server()
	for _, c := range []struct {
		prepare func()
		want    string
	}{
		{func() { s.Key.Name = "" }, "no keystore is named"},
		{func() { s.Key.Name = "key" }, "keystore: open key"},
		{func() { f.put("key", pemOf(pem.Block{Type: "CERTIFICATE", Bytes: authority.cert.Raw})) }, "keystore key holds no private key"},
		{func() { f.put("key", authority.pem(t)); s.Require, s.Trust.Name = true, "trust" }, "truststore: open trust"},
	} {
		c.prepare()
		if _, err := s.Config(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

// TestSuite knows the names that Java has for cipher suites.
func TestSuite(t *testing.T) {
	for name, want := range map[string]struct {
		id    uint16
		known bool
	}{
		"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": {tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, true},
		"TLS_AES_128_GCM_SHA256":                {0, true}, // of TLS 1.3, always on
		"TLS_RSA_WITH_RC4_128_SHA":              {0, true}, // not safe
		"TLS_WITH_LOVE":                         {0, false},
	} {
		if id, known := Suite(name); id != want.id || known != want.known {
			t.Errorf("%s: %d %t", name, id, known)
		}
	}
}
