package golden

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"helenus/client"
	"helenus/test/reference"
	"helenus/test/server"
)

var (
	address = flag.String("server", "", "host:port of a server to ask; default: a node of the test's own")
	wording = flag.Bool("texts", false, "log the errors whose text is not the recorded one")
	update  = flag.Bool("update", false, "write testdata/known_failures.txt anew")
	record  = flag.String("record", "", "a script's name: write its expected file from -server's answers, texts of errors included; only from Cassandra 5.0")
)

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	server.RemoveBinary()
	os.Exit(code)
}

// recorded is an expected file.
type recorded struct {
	// Exact says that errors must have the same text, too.
	Exact      bool
	Statements []recordedStatement
}

type recordedStatement struct {
	Line       int               `json:"line"`
	CQL        string            `json:"cql"`
	Directives map[string]string `json:"directives,omitempty"`
	Outcome    Outcome           `json:"outcome"`
}

const knownFile = "testdata/known_failures.txt"

// TestRecord writes an expected file; it is a command more than a test.
func TestRecord(t *testing.T) {
	if *record == "" || *address == "" {
		t.Skip("-record=NAME -server=HOST:PORT")
	}
	file := filepath.Join("testdata", "cql", *record+".cql")
	r := start(t, *address, file)
	statements, err := Split(r.Script)
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, len(statements))
	for i, s := range statements {
		if err := pause(t.Context(), s.Directives["sleep"]); err != nil {
			t.Fatal(err)
		}
		out, err := r.Ask(t.Context(), &s)
		if err != nil {
			t.Fatalf("line %d: %v", s.Line, err)
		}
		raw, err := json.Marshal(recordedStatement{s.Line, s.CQL, s.Directives, out})
		if err != nil {
			t.Fatal(err)
		}
		lines[i] = "  " + string(raw)
	}
	text := fmt.Sprintf("{\"script\": %q, \"server\": %q, \"exact\": true, \"statements\": [\n%s\n]}\n", *record+".cql", "Apache Cassandra "+reference.Version, strings.Join(lines, ",\n"))
	if err := os.WriteFile(filepath.Join("testdata", "expected", *record+".json"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestRecordedAnswers asks every statement of the corpora and compares.
func TestRecordedAnswers(t *testing.T) {
	addr := *address
	if addr == "" {
		addr = server.Start(t, server.Options{Args: []string{"--user-defined-functions=true", "--materialized-views=true", "--sasi-indexes=true"}}).Addr
	}
	known := readKnown(t)
	var failing []string
	passed, total, texts, errors := 0, 0, 0, 0
	for _, corpus := range []string{"testdata", "testdata/compat"} {
		files, err := filepath.Glob(corpus + "/cql/*.cql")
		if err != nil || len(files) == 0 {
			t.Fatalf("no scripts in %s: %v", corpus, err)
		}
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".cql")
			t.Run(name, func(t *testing.T) {
				r := start(t, addr, file)
				want := load(t, filepath.Join(corpus, "expected", name+".json"))
				for _, s := range want.Statements {
					if err := pause(t.Context(), s.Directives["sleep"]); err != nil {
						t.Fatal(err)
					}
					got, err := r.Ask(t.Context(), &Statement{s.Line, s.Directives, s.CQL})
					if err != nil {
						t.Fatalf("%s:%d: %s: %v", name, s.Line, s.CQL, err)
					}
					ok, text := same(s.Outcome, got, s.Directives)
					if want.Exact && s.Directives["text"] != "any" {
						ok = ok && text
					}
					total++
					if ok {
						passed++
					}
					if s.Outcome.Error != nil {
						errors++
						if text {
							texts++
						} else if *wording && got.Error != nil {
							t.Logf("%s:%d: %s\nwant %s\n got %s", name, s.Line, s.CQL, s.Outcome.Error.Message, got.Error.Message)
						}
					}
					id := fmt.Sprintf("%s:%d", name, s.Line)
					if !ok {
						failing = append(failing, id)
					}
					if ok == known[id] && !*update {
						a, _ := json.Marshal(s.Outcome) // they came from JSON
						b, _ := json.Marshal(got)
						t.Errorf("%s: %s\n%s\nwant %.500s\n got %.500s", id, s.CQL, map[bool]string{true: "passes now: take it out of known_failures.txt", false: "differs"}[ok], a, b)
					}
				}
			})
		}
	}
	t.Logf("%d of %d answers as recorded; %d of %d errors with the same text", passed, total, texts, errors)
	if *update {
		writeKnown(t, failing)
	}
}

// pause lets time pass on the server's clock, for what expires.
func pause(ctx context.Context, seconds string) error {
	if seconds == "" {
		return nil
	}
	d, err := time.ParseDuration(seconds + "s")
	if err != nil {
		return err
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// start connects and makes the keyspace that scripts run in, without what an earlier script left.
func start(t *testing.T, addr, file string) *Runner {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	statements, err := Split(string(text))
	if err != nil || len(statements) == 0 {
		t.Fatalf("%s: %v", file, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, err := client.Dial(ctx, client.Options{Addr: addr, Version: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	rows, err := c.Query(ctx, "SELECT keyspace_name FROM system_schema.keyspaces", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows.Rows {
		if name := string(row[0]); strings.HasPrefix(strings.ToLower(name), "golden") {
			if _, err := c.Query(ctx, `DROP KEYSPACE "`+name+`"`, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, cql := range []string{"CREATE KEYSPACE golden WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", "USE golden"} {
		if _, err := c.Query(ctx, cql, nil); err != nil {
			t.Fatal(err)
		}
	}
	return &Runner{Conn: c, Script: string(text)}
}

func load(t *testing.T, file string) recorded {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r recorded
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return r
}

// readKnown returns the statements that are known to differ.
func readKnown(t *testing.T) map[string]bool {
	t.Helper()
	raw, err := os.ReadFile(knownFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, line := range strings.Split(string(raw), "\n") {
		if line, _, _ = strings.Cut(line, "#"); strings.TrimSpace(line) != "" {
			known[strings.TrimSpace(line)] = true
		}
	}
	return known
}

func writeKnown(t *testing.T, failing []string) {
	t.Helper()
	text := "# Statements whose answers differ from the recorded ones: script:line. One that begins to\n" +
		"# pass must leave this list.\n" + strings.Join(failing, "\n") + "\n"
	if err := os.WriteFile(knownFile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
