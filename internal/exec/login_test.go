package exec_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"helenus/client"
	"helenus/internal/auth"
	"helenus/internal/cassandra"
	"helenus/internal/exec"
	"helenus/internal/protocol"
)

// startLogins serves a node where clients log in, with a keyspace ks, a table ks.t and a role app, and returns the superuser's connection.
func startLogins(t *testing.T) (address string, super *client.Conn) {
	t.Helper()
	address = startStack(t, exec.Options{Login: exec.Login{Policy: auth.Policy{Authenticates: true, Authorizes: true, Datacenters: true}}})
	super = dialAs(t, address, "cassandra", "cassandra")
	run(t, super, "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	run(t, super, "CREATE TABLE ks.t (k int PRIMARY KEY, v text)")
	run(t, super, "CREATE ROLE app WITH PASSWORD = 'app' AND LOGIN = true")
	return address, super
}

func dialAs(t *testing.T, address, user, password string) *client.Conn {
	t.Helper()
	c, err := client.Dial(t.Context(), client.Options{Addr: address, Username: user, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func codeOf(err error) cassandra.Code {
	var e *cassandra.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return -1
}

// TestLogin walks the versions of the protocol, right and wrong credentials, and what is asked before logging in.
func TestLogin(t *testing.T) {
	address, _ := startLogins(t)
	for v := protocol.V3; v <= protocol.V5; v++ {
		for _, c := range []struct{ user, password, says string }{
			{"app", "app", ""},
			{"app", "wrong", "Provided username app and/or password are incorrect"},
			{"nobody", "app", "Provided username nobody and/or password are incorrect"},
			{"app", "", "Password must not be null"},
			{"app", "with\x00zero", "Credential format error"},
			{"app", strings.Repeat("a", 100), "Provided username app and/or password are incorrect"},
		} {
			conn, err := client.Dial(t.Context(), client.Options{Addr: address, Version: v, Exact: true, Username: c.user, Password: c.password})
			if c.says == "" {
				if err != nil {
					t.Fatalf("v%d %s: %v", v, c.user, err)
				}
				if r, err := conn.Query(t.Context(), "SELECT key FROM system.local", nil); err != nil || len(r.Rows) != 1 {
					t.Errorf("v%d: %v, %v", v, r, err)
				}
				if err := conn.Close(); err != nil {
					t.Error(err)
				}
			} else if codeOf(err) != cassandra.CodeBadCredentials || !strings.Contains(err.Error(), c.says) {
				t.Errorf("v%d %s/%s: %v", v, c.user, c.password, err)
			}
		}
	}
	if _, err := client.Dial(t.Context(), client.Options{Addr: address}); !errors.Is(err, client.ErrLogin) {
		t.Errorf("without a name: %v", err)
	}
}

// TestEveryWayIsChecked executes one statement in every way that there is: each must ask for the permission, before and after it is given and
// taken away, and a statement that is prepared already no less.
func TestEveryWayIsChecked(t *testing.T) {
	address, super := startLogins(t)
	app := dialAs(t, address, "app", "app")
	insert, err := app.Prepare(t.Context(), "INSERT INTO ks.t (k, v) VALUES (1, 'a')", "")
	if err != nil {
		t.Fatal(err)
	}
	ways := map[string]func() error{
		"query": func() error {
			_, err := app.Query(t.Context(), "INSERT INTO ks.t (k, v) VALUES (1, 'a')", nil)
			return err
		},
		"execute": func() error { _, err := app.Execute(t.Context(), insert, nil); return err },
		"batch statement": func() error {
			_, err := app.Query(t.Context(), "BEGIN BATCH INSERT INTO ks.t (k, v) VALUES (1, 'a'); APPLY BATCH", nil)
			return err
		},
		"batch of text": func() error {
			_, err := app.Batch(t.Context(), protocol.BatchLogged, []client.BatchItem{{CQL: "INSERT INTO ks.t (k, v) VALUES (1, 'a')"}}, nil)
			return err
		},
		"batch of prepared": func() error {
			_, err := app.Batch(t.Context(), protocol.BatchLogged, []client.BatchItem{{Statement: insert}}, nil)
			return err
		},
	}
	check := func(when string, want cassandra.Code) {
		t.Helper()
		for way, do := range ways {
			for range 2 { // the second time it is remembered
				if err := do(); codeOf(err) != want {
					t.Errorf("%s, %s: %v", way, when, err)
				}
			}
		}
	}
	check("without a permission", cassandra.CodeUnauthorized)
	run(t, super, "GRANT MODIFY ON ks.t TO app")
	check("with it", -1)
	run(t, super, "REVOKE MODIFY ON ks.t FROM app")
	check("without it again", cassandra.CodeUnauthorized)
	run(t, super, "CREATE ROLE group")
	run(t, super, "GRANT MODIFY ON KEYSPACE ks TO group")
	run(t, super, "GRANT group TO app")
	check("by membership", -1)
	run(t, super, "ALTER ROLE app WITH ACCESS TO DATACENTERS {'datacenter2'}")
	check("bound to another datacenter", cassandra.CodeUnauthorized)
	run(t, super, "ALTER ROLE app WITH ACCESS TO ALL DATACENTERS")
	check("bound to none", -1)
	run(t, super, "DROP ROLE group")
	check("after the group is gone", cassandra.CodeUnauthorized)
}

// TestDroppedRolesAreOut guards that the connections of a role end when it is dropped, or may not log in any more, and that nobody logs in as
// it again.
func TestDroppedRolesAreOut(t *testing.T) {
	address, super := startLogins(t)
	for _, c := range []struct{ statement, again string }{
		{"ALTER ROLE app WITH LOGIN = false", "app is not permitted to log in"},
		{"DROP ROLE app", "Provided username app and/or password are incorrect"},
	} {
		run(t, super, "ALTER ROLE app WITH LOGIN = true")
		app := dialAs(t, address, "app", "app")
		run(t, app, "SELECT key FROM system.local")
		run(t, super, c.statement)
		select {
		case <-app.Done():
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: the connection goes on", c.statement)
		}
		if _, err := client.Dial(t.Context(), client.Options{Addr: address, Username: "app", Password: "app"}); codeOf(err) != cassandra.CodeBadCredentials || !strings.Contains(err.Error(), c.again) {
			t.Errorf("%s: %v", c.statement, err)
		}
	}
	run(t, super, "SELECT key FROM system.local")
}

// TestPasswordsAreNotShown guards that traces and system tables hold none.
func TestPasswordsAreNotShown(t *testing.T) {
	address, super := startLogins(t)
	if _, err := super.Query(t.Context(), "CREATE ROLE traced WITH PASSWORD = 's3cret' AND LOGIN = true", &client.Params{Consistency: cassandra.One, Tracing: true}); err != nil {
		t.Fatal(err)
	}
	run(t, super, "GRANT SELECT ON KEYSPACE system_auth TO app")
	app := dialAs(t, address, "app", "app")
	for _, conn := range []*client.Conn{super, app} {
		for _, r := range run(t, conn, "SELECT parameters FROM system_traces.sessions").Rows {
			if strings.Contains(string(r[0]), "s3cret") {
				t.Errorf("traced: %s", r[0])
			}
		}
	}
	hashes := func(c *client.Conn) (n int) {
		for _, r := range run(t, c, "SELECT salted_hash FROM system_auth.roles").Rows {
			if r[0] != nil {
				n++
			}
		}
		return n
	}
	if s, a := hashes(super), hashes(app); s != 3 || a != 0 {
		t.Errorf("the superuser sees %d hashes, another %d", s, a)
	}
}
