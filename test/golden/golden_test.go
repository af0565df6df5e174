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
	"helenus/test/server"
)

var (
	address = flag.String("server", "", "host:port of a server to ask; default: a node of the test's own")
	update  = flag.Bool("update", false, "write testdata/known_failures.txt anew")
)

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	server.RemoveBinary()
	os.Exit(code)
}

// recorded is an expected file.
type recorded struct {
	Statements []struct {
		Line       int
		CQL        string
		Directives map[string]string
		Outcome    Outcome
	}
}

const knownFile = "testdata/known_failures.txt"

// TestRecordedAnswers asks every statement of the corpora and compares.
func TestRecordedAnswers(t *testing.T) {
	addr := *address
	if addr == "" {
		addr = server.Start(t, server.Options{}).Addr
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
					got, err := r.ask(t.Context(), &Statement{s.Line, s.Directives, s.CQL})
					if err != nil {
						t.Fatalf("%s:%d: %s: %v", name, s.Line, s.CQL, err)
					}
					ok, text := same(s.Outcome, got, s.Directives)
					total++
					if ok {
						passed++
					}
					if s.Outcome.Error != nil {
						errors++
						if text {
							texts++
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
func start(t *testing.T, addr, file string) *runner {
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
	return &runner{conn: c, script: string(text)}
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
	text := "# Statements whose answers differ from the recorded ones: script:line. Most need indexes, materialized views, user functions or\n" +
		"# roles, which are refused by name. One that begins to pass must leave this list.\n" + strings.Join(failing, "\n") + "\n"
	if err := os.WriteFile(knownFile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
