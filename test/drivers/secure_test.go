package drivers

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"helenus/client"
	"helenus/test/server"
)

// logins are the settings of a node where clients log in.
var logins = []string{"CASSANDRA_USER=admin", "CASSANDRA_PASSWORD=s3cret"}

// encrypted are the settings of a node whose clients speak TLS.
func encrypted(keystore, password string, more ...string) []string {
	const prefix = "CASSANDRA_CLIENT_ENCRYPTION_OPTIONS_"
	return append([]string{prefix + "ENABLED=true", prefix + "KEYSTORE=" + keystore, prefix + "KEYSTORE_PASSWORD=" + password}, more...)
}

// TestGoDriverLogin logs in, with TLS, against each form of key store.
func TestGoDriverLogin(t *testing.T) {
	authority := server.NewAuthority(t)
	for _, form := range []string{"plain", "PEM", "PKCS12", "JKS"} {
		t.Run(form, func(t *testing.T) {
			host := server.FreeHost()
			signed := authority.Sign(t, host, "")
			env := append([]string(nil), logins...)
			switch form {
			case "PEM":
				env = append(env, encrypted(signed.PEM(t, "node.pem"), "")...)
			case "PKCS12":
				env = append(env, encrypted(signed.PKCS12(t, "node.p12", "opens"), "opens")...)
			case "JKS":
				env = append(env, encrypted(signed.JKS(t, "node.jks", "opens"), "opens")...)
			}
			node := server.Start(t, server.Options{Host: host, Env: env})
			connect := func(user, password string) (*gocql.Session, error) {
				cluster := gocql.NewCluster(node.Host)
				cluster.Authenticator = gocql.PasswordAuthenticator{Username: user, Password: password}
				if form != "plain" {
					cluster.SslOpts = &gocql.SslOptions{Config: &tls.Config{RootCAs: authority.Pool()}, EnableHostVerification: true}
				}
				return cluster.CreateSession()
			}
			session, err := connect("admin", "s3cret")
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			for _, cql := range []string{
				"create keyspace k with replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", "create table k.t (k int primary key)",
				"create role app with password = 'app' and login = true",
			} {
				if err := session.Query(cql).Exec(); err != nil {
					t.Fatalf("%s: %v", cql, err)
				}
			}
			var encryptedNow bool
			if err := session.Query("select ssl_enabled from system_views.clients where username = 'admin' limit 1 allow filtering").Scan(&encryptedNow); err != nil || encryptedNow != (form != "plain") {
				t.Errorf("system_views.clients says ssl_enabled is %v, %v", encryptedNow, err)
			}
			for _, wrong := range [][2]string{{"admin", "wrong"}, {"cassandra", "cassandra"}, {"nobody", "s3cret"}} {
				if s, err := connect(wrong[0], wrong[1]); err == nil {
					s.Close()
					t.Errorf("%v is let in", wrong)
				}
			}
			app, err := connect("app", "app")
			if err != nil {
				t.Fatal(err)
			}
			defer app.Close()
			var refused *gocql.RequestErrUnauthorized
			var request gocql.RequestError
			if err := app.Query("select * from k.t").Exec(); !errors.As(err, &request) || request.Code() != gocql.ErrCodeUnauthorized {
				t.Errorf("without a permission: %v %v", err, refused)
			}
			if err := session.Query("grant select on k.t to app").Exec(); err != nil {
				t.Fatal(err)
			}
			if err := app.Query("select * from k.t").Exec(); err != nil {
				t.Errorf("with it: %v", err)
			}
			if form == "plain" {
				return
			}
			if c, err := client.Dial(t.Context(), client.Options{Addr: node.Addr, Username: "admin", Password: "s3cret"}); err == nil {
				t.Errorf("in the clear: let in, %v", c.Close())
			}
		})
	}
}

// TestClientCertificates: clients have to show one, and one that names a role logs in by itself.
func TestClientCertificates(t *testing.T) {
	authority, stranger := server.NewAuthority(t), server.NewAuthority(t)
	host := server.FreeHost()
	const prefix = "CASSANDRA_CLIENT_ENCRYPTION_OPTIONS_"
	env := encrypted(authority.Sign(t, host, "").PKCS12(t, "node.p12", "opens"), "opens",
		prefix+"REQUIRE_CLIENT_AUTH=true", prefix+"TRUSTSTORE="+authority.Truststore(t, "trust.jks", "trusts"), prefix+"TRUSTSTORE_PASSWORD=trusts")
	dataDir := t.TempDir()
	node := server.Start(t, server.Options{Host: host, DataDir: dataDir, Env: append(env, logins...)})
	connect := func(user, password string, pair ...tls.Certificate) (*client.Conn, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		return client.Dial(ctx, client.Options{Addr: node.Addr, Username: user, Password: password, TLS: &tls.Config{RootCAs: authority.Pool(), Certificates: pair}})
	}
	mapped, other := authority.Sign(t, "client", "spiffe://test/app").TLS(), authority.Sign(t, "client", "spiffe://test/other").TLS()
	for name, pair := range map[string][]tls.Certificate{"none": nil, "a stranger's": {stranger.Sign(t, "client", "").TLS()}} {
		if c, err := connect("admin", "s3cret", pair...); err == nil {
			t.Errorf("let in with %s: %v", name, c.Close())
		}
	}
	c, err := connect("admin", "s3cret", mapped)
	if err != nil {
		t.Fatal(err)
	}
	for _, cql := range []string{"CREATE ROLE app WITH LOGIN = true", "ADD IDENTITY 'spiffe://test/app' TO ROLE app"} {
		if _, err := c.Query(t.Context(), cql, nil); err != nil {
			t.Fatalf("%s: %v", cql, err)
		}
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := node.Stop(20 * time.Second); err != nil {
		t.Fatal(err)
	}
	node = server.Start(t, server.Options{Host: host, DataDir: dataDir, Env: append(env, "CASSANDRA_AUTHENTICATOR=MutualTlsAuthenticator", "CASSANDRA_AUTHORIZER=CassandraAuthorizer")})
	if c, err = connect("", "", mapped); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Query(t.Context(), "LIST ROLES", nil); err != nil {
		t.Error(err)
	}
	if _, err := c.Query(t.Context(), "CREATE ROLE another", nil); err == nil || !strings.Contains(err.Error(), "User app does not have sufficient privileges") {
		t.Errorf("as app: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if c, err := connect("admin", "s3cret", other); err == nil || !strings.Contains(err.Error(), "Certificate identity 'spiffe://test/other' not authorized") {
		t.Errorf("with a certificate of nobody: %v, %v", c, err)
	}
}

// TestTLSPorts: TLS beside the plain port, and on the same as the client likes.
func TestTLSPorts(t *testing.T) {
	authority := server.NewAuthority(t)
	for name, c := range map[string]struct {
		env            []string
		plain, secured string // ports
	}{
		"another port": {[]string{"CASSANDRA_NATIVE_TRANSPORT_PORT_SSL=9142"}, "9042", "9142"},
		"as they like": {[]string{"CASSANDRA_CLIENT_ENCRYPTION_OPTIONS_OPTIONAL=true"}, "9042", "9042"},
	} {
		t.Run(name, func(t *testing.T) {
			host := server.FreeHost()
			keystore := authority.Sign(t, host, "").PEM(t, "node.pem")
			node := server.Start(t, server.Options{Host: host, Env: append(encrypted(keystore, ""), c.env...)})
			for port, config := range map[string]*tls.Config{c.plain: nil, c.secured + " ": {RootCAs: authority.Pool()}} {
				conn, err := client.Dial(t.Context(), client.Options{Addr: node.Host + ":" + strings.TrimSpace(port), TLS: config})
				if err != nil {
					t.Errorf("port %s: %v", port, err)
					continue
				}
				r, err := conn.Query(t.Context(), "SELECT ssl_enabled FROM system_views.clients", nil)
				if err != nil || len(r.Rows) != 1 || (r.Rows[0][0][0] == 1) != (config != nil) {
					t.Errorf("port %s: %v, %v", port, r, err)
				}
				if err := conn.Close(); err != nil {
					t.Error(err)
				}
				waitForNobody(t, node)
			}
		})
	}
}

// waitForNobody waits until the node has forgotten the connections before.
func waitForNobody(t *testing.T, node *server.Node) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		c, err := client.Dial(t.Context(), client.Options{Addr: node.Addr})
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Query(t.Context(), "SELECT port FROM system_views.clients", nil)
		if closeErr := c.Close(); err != nil || closeErr != nil {
			t.Fatal(err, closeErr)
		}
		if len(r.Rows) == 1 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%d connections are left", len(r.Rows))
		}
	}
}

// TestRenewedCertificate: a key store that is written anew is in use a moment later, a broken one is not.
func TestRenewedCertificate(t *testing.T) {
	authority := server.NewAuthority(t)
	host := server.FreeHost()
	keystore := authority.Sign(t, host, "").PEM(t, "node.pem")
	node := server.Start(t, server.Options{Host: host, Env: encrypted(keystore, "")})
	serial := func() string {
		conn, err := tls.Dial("tcp", node.Addr, &tls.Config{RootCAs: authority.Pool()})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return fmt.Sprint(conn.ConnectionState().PeerCertificates[0].SerialNumber)
	}
	first := serial()
	if err := os.WriteFile(keystore, []byte("-----BEGIN nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if now := serial(); now != first {
		t.Errorf("a broken file: certificate %s, before %s", now, first)
	}
	renewed := authority.Sign(t, host, "")
	if file := renewed.PEM(t, "node.pem"); file != keystore {
		t.Fatal(file)
	}
	want := fmt.Sprint(renewed.Certificate.SerialNumber)
	deadline := time.After(20 * time.Second)
	for tick := time.NewTicker(100 * time.Millisecond); serial() != want; {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("certificate %s is still in use, not %s", first, want)
		}
	}
}

// TestPythonDriverLogin walks the driver's checks on a node with logins and TLS.
func TestPythonDriverLogin(t *testing.T) {
	bin := installed(t, "HELENUS_TEST_PYTHON")
	authority := server.NewAuthority(t)
	host := server.FreeHost()
	certificate, key := authority.Sign(t, "client", "").Apart(t, "client")
	const prefix = "CASSANDRA_CLIENT_ENCRYPTION_OPTIONS_"
	env := encrypted(authority.Sign(t, host, "").PKCS12(t, "node.p12", "opens"), "opens", prefix+"REQUIRE_CLIENT_AUTH=true", prefix+"TRUSTSTORE="+authority.File)
	node := server.Start(t, server.Options{Host: host, Env: append(env, logins...)})
	walk(t, 8, "", filepath.Join(bin, "python"), "testdata/python/secure.py", node.Host, "admin", "s3cret", authority.File, certificate, key)
}
