package shell

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"helenus/test/server"
)

// startLogin starts a node as a container with CASSANDRA_USER and CASSANDRA_PASSWORD would, with initial scripts, and TLS for clients when a
// key store is given.
func startLogin(t *testing.T, host string, env ...string) *server.Node {
	t.Helper()
	binary, err := server.Binary()
	if err != nil {
		t.Fatal(err)
	}
	secret, dir := filepath.Join(t.TempDir(), "password"), t.TempDir()
	for name, text := range map[string]string{
		secret:                            "s3cret\n",
		filepath.Join(dir, "1.cql"):       "CREATE KEYSPACE app WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};\nCREATE ROLE app WITH PASSWORD = 'app' AND LOGIN = true;\n",
		filepath.Join(dir, "2_shell.sh"):  binary + " cqlsh -e 'CREATE TABLE app.t (k int PRIMARY KEY)'\n",
		filepath.Join(dir, "3_own.sh"):    binary + " cqlsh -u admin -p \"$(cat \"$CASSANDRA_PASSWORD_FILE\")\" -e 'GRANT SELECT ON app.t TO app'\n",
		filepath.Join(dir, "4_wrong.sh"):  binary + " cqlsh -u cassandra -p cassandra -e 'LIST ROLES' && exit 1; exit 0\n",
		filepath.Join(dir, "5_last.cql"):  "ALTER ROLE admin WITH PASSWORD = 'changed';\n",
		filepath.Join(dir, "6_after.cql"): "INSERT INTO app.t (k) VALUES (1);\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return server.Start(t, server.Options{Host: host, Args: []string{"--init-dir", dir}, Env: append(env, "CASSANDRA_USER=admin", "CASSANDRA_PASSWORD_FILE="+secret)})
}

// TestLogin holds both shells to the same words where clients have to log in, and sees what ran before the first of them.
func TestLogin(t *testing.T) {
	stock, ours := shells(t)
	node := startLogin(t, "")
	home := t.TempDir()
	credentials, rc := filepath.Join(home, "credentials"), filepath.Join(home, "cqlshrc")
	for name, text := range map[string]string{credentials: "[PlainTextAuthProvider]\nusername = app\npassword = app\n", rc: "[authentication]\nusername = app\npassword = app\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, stdin string
		args        []string
		status      int
		says        string
	}{
		{"superuser", "", []string{"-u", "admin", "-p", "changed", "-e", "LIST ROLES"}, 0, "admin"},
		{"blanks in arguments", "", []string{"-u admin", "-p changed", "-e SELECT k FROM app.t"}, 0, "1"},
		{"app", "", []string{"-u", "app", "-p", "app", "-e", "SELECT * FROM app.t; LIST ROLES"}, 0, "app"},
		{"refused", "", []string{"-u", "app", "-p", "app", "-e", "INSERT INTO app.t (k) VALUES (2)"}, 2, "User app has no MODIFY permission on <table app.t> or any of its parents"},
		{"a wrong password", "", []string{"-u", "app", "-p", "wrong", "-e", "LIST ROLES"}, 1, "Provided username app and/or password are incorrect"},
		{"the password from before", "", []string{"-u", "admin", "-p", "s3cret", "-e", "LIST ROLES"}, 1, "Provided username admin and/or password are incorrect"},
		{"the default login", "", []string{"-u", "cassandra", "-p", "cassandra", "-e", "LIST ROLES"}, 1, "incorrect"},
		{"nobody", "", []string{"-e", "LIST ROLES"}, 1, "Remote end requires authentication"},
		{"a file of credentials", "", []string{"--credentials", credentials, "-e", "LIST USERS"}, 0, "app"},
		{"cqlshrc", "", []string{"--cqlshrc", rc, "-e", "LIST USERS"}, 0, "app"},
		{"LOGIN", "LOGIN app 'app'\nLIST ROLES;\n", []string{"-u", "admin", "-p", "changed"}, 0, "app"},
	} {
		for who, shell := range map[string][]string{"stock": stock, "ours": ours} {
			if who == "stock" && c.name == "blanks in arguments" {
				continue // option and value in one argument are a container's health check, which is ours
			}
			r := run(t, c.stdin, shell[0], append(append(shell[1:len(shell):len(shell)], node.Host), c.args...)...)
			if r.status != c.status || !strings.Contains(r.out+r.err, c.says) {
				t.Errorf("%s, %s: status %d, want %d\n%s%s\ndoes not say %s", c.name, who, r.status, c.status, r.out, r.err, c.says)
			}
		}
	}
	if log := node.Log(); strings.Contains(log, "s3cret") || strings.Contains(log, "changed") {
		t.Error("a password is in the log")
	}
	binary := ours[0]
	for _, args := range [][]string{{"health", "--listen", node.Host}, {"nodetool", "-h", node.Host, "status"}} {
		if r := run(t, "", binary, args...); r.status != 0 {
			t.Errorf("%v needs a login: status %d\n%s%s", args, r.status, r.out, r.err)
		}
	}
}

// TestLoginOverTLS has both shells speak TLS by their cqlshrc, with a client's certificate.
func TestLoginOverTLS(t *testing.T) {
	stock, ours := shells(t)
	authority := server.NewAuthority(t)
	host := server.FreeHost()
	const prefix = "CASSANDRA_CLIENT_ENCRYPTION_OPTIONS_"
	env := []string{
		prefix + "ENABLED=true", prefix + "KEYSTORE=" + authority.Sign(t, host, "").JKS(t, "node.jks", "cassandra"), prefix + "KEYSTORE_PASSWORD=cassandra",
		prefix + "REQUIRE_CLIENT_AUTH=true", prefix + "TRUSTSTORE=" + authority.Truststore(t, "trust.jks", "cassandra"), prefix + "TRUSTSTORE_PASSWORD=cassandra",
	}
	node := startLogin(t, host, env...)
	certificate, key := authority.Sign(t, "client", "").Apart(t, "client")
	rc := filepath.Join(t.TempDir(), "cqlshrc")
	text := "[ssl]\ncertfile = " + authority.File + "\nvalidate = true\nusercert = " + certificate + "\nuserkey = " + key + "\n[connection]\nfactory = cqlshlib.ssl.ssl_transport_factory\n"
	if err := os.WriteFile(rc, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for who, shell := range map[string][]string{"stock": stock, "ours": ours} {
		r := run(t, "", shell[0], append(shell[1:len(shell):len(shell)], node.Host, "--ssl", "--cqlshrc", rc, "-u", "admin", "-p", "changed", "-e", "SELECT ssl_enabled FROM system_views.clients LIMIT 1")...)
		if r.status != 0 || !strings.Contains(r.out, "True") {
			t.Errorf("%s: status %d\n%s%s", who, r.status, r.out, r.err)
		}
		if r := run(t, "", shell[0], append(shell[1:len(shell):len(shell)], node.Host, "-u", "admin", "-p", "changed", "-e", "LIST ROLES")...); r.status != 1 {
			t.Errorf("%s in the clear: status %d\n%s%s", who, r.status, r.out, r.err)
		}
	}
	for _, setting := range env { // the check takes the node's settings from its variables
		name, value, _ := strings.Cut(setting, "=")
		t.Setenv(name, value)
	}
	if r := run(t, "", ours[0], "health", "--listen", node.Host); r.status != 0 {
		t.Errorf("health: status %d\n%s%s", r.status, r.out, r.err)
	}
}

// TestCIDRGroups binds roles to addresses: groups come by nodetool, and who is elsewhere may do nothing.
func TestCIDRGroups(t *testing.T) {
	_, ours := shells(t)
	node := server.Start(t, server.Options{Env: []string{
		"CASSANDRA_PASSWORD=s3cret", "CASSANDRA_CIDR_AUTHORIZER=CassandraCIDRAuthorizer", "CASSANDRA_CIDR_AUTHORIZER_PARAMETERS_CIDR_AUTHORIZER_MODE=ENFORCE",
	}})
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"nodetool", "updatecidrgroup", "home", "127.0.0.0/8", "10.0.0.1/8"}, 0, ""},
		{[]string{"nodetool", "updatecidrgroup", "away", "10.0.0.0/16"}, 0, ""},
		{[]string{"nodetool", "updatecidrgroup", "bad", "10.0.0.300/8"}, 1, "10.0.0.300/8 is not a valid CIDR String"},
		{[]string{"nodetool", "updatecidrgroup", "bad"}, 1, "atleast one CIDR"},
		{[]string{"nodetool", "listcidrgroups"}, 0, "CIDR Groups: \naway         \nhome"},
		{[]string{"nodetool", "listcidrgroups", "home"}, 0, "10.0.0.0/8"},
		{[]string{"nodetool", "getcidrgroupsofip", "10.0.0.9"}, 0, "CIDR Groups: \naway"},
		{[]string{"nodetool", "getcidrgroupsofip", "8.8.8.8"}, 0, ""},
		{[]string{"cqlsh", "CREATE ROLE a WITH PASSWORD = 'a' AND LOGIN = true AND ACCESS FROM CIDRS {'home'}"}, 0, ""},
		{[]string{"cqlsh", "CREATE ROLE b WITH PASSWORD = 'b' AND LOGIN = true AND ACCESS FROM CIDRS {'away'}"}, 0, ""},
		{[]string{"cqlsh", "CREATE ROLE c WITH ACCESS FROM CIDRS {'nowhere'}"}, 2, "Invalid CIDR group(s): [nowhere]. Available CIDR Groups are: [away, home]"},
		{[]string{"cqlsh", "SELECT * FROM system_auth.cidr_groups"}, 0, "{('10.0.0.0', 8), ('127.0.0.0', 8)}"},
		{[]string{"as a"}, 0, "local"},
		{[]string{"as b"}, 1, "You do not have access from this IP 127.0.0.1"},
		{[]string{"nodetool", "updatecidrgroup", "away", "127.0.0.1/32"}, 0, ""},
		{[]string{"as b"}, 0, "local"},
		{[]string{"as a"}, 1, "You do not have access from this IP 127.0.0.1"}, // the narrowest range counts
		{[]string{"nodetool", "dropcidrgroup", "away"}, 0, "Deleted CIDR group away"},
		{[]string{"nodetool", "dropcidrgroup", "away"}, 2, "CIDR group 'away' doesn't exists"},
		{[]string{"as a"}, 0, "local"},
		{[]string{"as b"}, 1, "You do not have access from this IP 127.0.0.1"},
	} {
		var args []string
		switch name, role, _ := strings.Cut(c.args[0], " "); name {
		case "nodetool":
			args = append([]string{"nodetool", "-h", node.Host}, c.args[1:]...)
		case "cqlsh":
			args = []string{"cqlsh", node.Host, "-u", "cassandra", "-p", "s3cret", "-e", c.args[1]}
		case "as":
			args = []string{"cqlsh", node.Host, "-u", role, "-p", role, "-e", "SELECT key FROM system.local"}
		}
		if r := run(t, "", ours[0], args...); r.status != c.status || !strings.Contains(r.out+r.err, c.says) {
			t.Errorf("%v: status %d, want %d\n%s%s\ndoes not say %q", c.args, r.status, c.status, r.out, r.err, c.says)
		}
	}
}
