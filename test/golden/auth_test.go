package golden

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"helenus/client"
	"helenus/test/server"
)

var (
	recordAuth  = flag.Bool("recordauth", false, "write the expected files of testdata/auth from the server of -authserver")
	authScript  = flag.String("authscript", "", "with -recordauth: the one script whose answers are written")
	authAddress = flag.String("authserver", "", "host:port of a server where clients log in; default: a node of the test's own")
)

// word is a name that is written without quotes.
var word = regexp.MustCompile(`^\w+$`)

// superuser is who every script begins as.
const superuser = "cassandra"

// loginSettings are those that testdata/auth was recorded with.
var loginSettings = []string{
	"CASSANDRA_AUTHENTICATOR=PasswordAuthenticator", "CASSANDRA_AUTHORIZER=CassandraAuthorizer", "CASSANDRA_NETWORK_AUTHORIZER=CassandraNetworkAuthorizer",
	"CASSANDRA_CIDR_AUTHORIZER=CassandraCIDRAuthorizer", "CASSANDRA_CIDR_AUTHORIZER_PARAMETERS_CIDR_AUTHORIZER_MODE=ENFORCE",
	"CASSANDRA_DYNAMIC_DATA_MASKING_ENABLED=true", "CASSANDRA_USER_DEFINED_FUNCTIONS_ENABLED=true",
}

// TestRecordedLogins asks the scripts of testdata/auth, whose statements are run by several roles, and compares with what Cassandra answered:
// texts, too, since most of the answers are refusals.
func TestRecordedLogins(t *testing.T) {
	addr := *authAddress
	if addr == "" {
		addr = server.Start(t, server.Options{Env: loginSettings}).Addr
	}
	files, err := filepath.Glob("testdata/auth/cql/*.cql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	asked := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".cql")
		if *authScript != "" && *authScript != name {
			continue
		}
		t.Run(name, func(t *testing.T) { runLogins(t, addr, "testdata/auth", name, &asked) })
	}
	t.Logf("%d statements", asked)
}

// runLogins asks one script of a directory and counts its statements.
func runLogins(t *testing.T, addr, dir, name string, asked *int) {
	text, err := os.ReadFile(filepath.Join(dir, "cql", name+".cql"))
	if err != nil {
		t.Fatal(err)
	}
	statements, err := Split(string(text))
	if err != nil {
		t.Fatal(err)
	}
	r := loginRunner{t: t, addr: addr, script: string(text)}
	defer r.close()
	r.clean()
	expected := filepath.Join(dir, "expected", name+".json")
	var want recorded
	if !*recordAuth {
		if want = load(t, expected); len(want.Statements) != len(statements) {
			t.Fatalf("%d statements, %d answers", len(statements), len(want.Statements))
		}
	}
	for i := range statements {
		s := &statements[i]
		got := r.ask(s)
		*asked++
		if *recordAuth {
			want.add(s, got)
			continue
		}
		if ok, text := same(want.Statements[i].Outcome, got, s.Directives); !ok || !text && s.Directives["text"] != "any" {
			a, _ := json.Marshal(want.Statements[i].Outcome) // they came from JSON
			b, _ := json.Marshal(got)
			t.Errorf("%s:%d: as %s: %s\nwant %s\n got %s", name, s.Line, r.role, s.CQL, a, b)
		}
	}
	r.clean()
	if *recordAuth {
		want.write(t, expected)
	}
}

// loginRunner asks one server as one role after the other.
type loginRunner struct {
	t            *testing.T
	addr, script string
	role         string
	conn         *client.Conn
}

// login connects as a role.
func (r *loginRunner) login(role, password string) error {
	r.close()
	r.role = role
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	var err error
	r.conn, err = client.Dial(ctx, client.Options{Addr: r.addr, Version: 4, Username: role, Password: password})
	return err
}

func (r *loginRunner) close() {
	if r.conn == nil {
		return
	}
	if err := r.conn.Close(); err != nil {
		r.t.Error(err)
	}
	r.conn = nil
}

// ask runs a statement; @as role [password] before it has that role log in first, and stay. A login that fails is the statement's outcome.
func (r *loginRunner) ask(s *Statement) Outcome {
	r.t.Helper()
	asker := &Runner{Conn: r.conn, Script: r.script}
	if as, ok := s.Directives["as"]; ok {
		role, password, _ := strings.Cut(as, " ")
		if password == "" {
			password = role
		}
		if err := r.login(role, password); err != nil {
			out, err := asker.failure(err, nil)
			if err != nil {
				r.t.Fatalf("log in as %s: %v", role, err)
			}
			return out
		}
		asker.Conn = r.conn
	}
	if r.conn == nil {
		r.t.Fatalf("line %d: nobody is logged in", s.Line)
	}
	out, err := asker.Ask(r.t.Context(), s)
	if err != nil {
		r.t.Fatalf("line %d: %s: %v", s.Line, s.CQL, err)
	}
	return out
}

// clean logs in as the superuser, removes the keyspaces and roles that the script names, and nothing else, and makes the keyspace golden for
// the scripts that use it.
func (r *loginRunner) clean() {
	r.t.Helper()
	if err := r.login(superuser, superuser); err != nil {
		r.t.Fatal(err)
	}
	run := func(cql string) *client.Result {
		result, err := r.conn.Query(r.t.Context(), cql, nil)
		if err != nil {
			r.t.Fatalf("%s: %v", cql, err)
		}
		return result
	}
	named := func(name string) bool {
		if !word.MatchString(name) {
			return strings.Contains(r.script, strings.ReplaceAll(name, "'", "''"))
		}
		return regexp.MustCompile(`(?i)\b` + name + `\b`).MatchString(r.script)
	}
	for _, row := range run("SELECT keyspace_name FROM system_schema.keyspaces").Rows {
		if name := string(row[0]); !strings.HasPrefix(name, "system") && named(name) {
			run(fmt.Sprintf("DROP KEYSPACE %q", name))
		}
	}
	for _, row := range run("LIST ROLES").Rows {
		if name := string(row[0]); name != superuser && named(name) {
			run("DROP ROLE '" + name + "'")
		}
	}
	if named("golden") {
		run("CREATE KEYSPACE golden WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	}
}

// add records an answer.
func (r *recorded) add(s *Statement, out Outcome) {
	r.Statements = append(r.Statements, recordedStatement{s.Line, s.CQL, s.Directives, out})
}

// write keeps what was recorded, one statement a line.
func (r *recorded) write(t *testing.T, file string) {
	t.Helper()
	out := []byte("{\"statements\": [\n")
	for i, s := range r.Statements {
		line := struct {
			Line       int               `json:"line"`
			CQL        string            `json:"cql"`
			Directives map[string]string `json:"directives,omitempty"`
			Outcome    Outcome           `json:"outcome"`
		}{s.Line, s.CQL, s.Directives, s.Outcome}
		raw, err := json.Marshal(line)
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			out = append(out, ",\n"...)
		}
		out = append(out, raw...)
	}
	if err := os.WriteFile(file, append(out, "\n]}\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
}
