package shell

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"helenus/test/server"
)

func TestMain(m *testing.M) {
	code := m.Run()
	server.RemoveBinary()
	os.Exit(code)
}

const article = `create keyspace mykeyspace with replication = {'class':'SimpleStrategy','replication_factor':1};
use mykeyspace;
create table posts (id int primary key, title varchar, content text, created_at timestamp);
insert into posts (id,title,content,created_at) values (1,'test','test entry.',dateof(now()));
select * from posts;
exit
`

const articleTable = `
 id | content     | created_at                      | title
----+-------------+---------------------------------+-------
  1 | test entry. | <timestamp> |  test

(1 rows)
`

// result is what a program printed and how it ended.
type result struct {
	out, err string
	status   int
}

func run(t *testing.T, stdin, name string, args ...string) result {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return result{mask(out.String()), mask(errOut.String()), cmd.ProcessState.ExitCode()}
}

var (
	stockWarning = regexp.MustCompile(`(?m)^WARNING: cqlsh was built against.*\n`)
	timestamps   = regexp.MustCompile(`20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+0000`)
	lineNumbers  = regexp.MustCompile(`(?m)^(\S+?):\d+:`)
)

// mask hides what differs from run to run, and the number of the line in errors, which stock cqlsh counts in its own way.
func mask(text string) string {
	text = stockWarning.ReplaceAllString(text, "")
	text = timestamps.ReplaceAllString(text, "<timestamp>")
	return lineNumbers.ReplaceAllString(text, "$1:N:")
}

// shells are the programs to compare, as command lines less the address.
func shells(t *testing.T) (stock, ours []string) {
	t.Helper()
	dir := os.Getenv("HELENUS_TEST_PYTHON")
	if dir == "" {
		t.Fatal("HELENUS_TEST_PYTHON is not set; go run ./test -only shell installs stock cqlsh and sets it")
	}
	binary, err := server.Binary()
	if err != nil {
		t.Fatal(err)
	}
	return []string{filepath.Join(dir, "cqlsh")}, []string{binary, "cqlsh"}
}

func TestArticle(t *testing.T) {
	stock, ours := shells(t)
	for name, shell := range map[string][]string{"stock cqlsh": stock, "helenus cqlsh": ours} {
		t.Run(name, func(t *testing.T) {
			node := server.Start(t, server.Options{})
			r := run(t, article, shell[0], append(shell[1:], node.Host)...)
			if r.status != 0 || r.out != articleTable || r.err != "" {
				t.Errorf("status %d\n%s%s\nwant%s", r.status, r.out, r.err, articleTable)
			}
		})
	}
}

// TestSameAsStock compares a long script line by line.
func TestSameAsStock(t *testing.T) {
	stock, ours := shells(t)
	script, err := filepath.Abs("testdata/walk.cql")
	if err != nil {
		t.Fatal(err)
	}
	var got []result
	for _, shell := range [][]string{stock, ours} {
		node := server.Start(t, server.Options{})
		r := run(t, "", shell[0], append(shell[1:], node.Host, "-f", script)...)
		r.out = strings.ReplaceAll(r.out, node.Host, "HOST")
		r.err = strings.ReplaceAll(r.err, node.Host, "HOST")
		got = append(got, r)
	}
	if got[0].status != got[1].status {
		t.Errorf("stock ends with %d, ours with %d", got[0].status, got[1].status)
	}
	for what, texts := range map[string][2]string{"output": {got[0].out, got[1].out}, "errors": {got[0].err, got[1].err}} {
		want, have := strings.Split(texts[0], "\n"), strings.Split(texts[1], "\n")
		for i := range max(len(want), len(have)) {
			a, b := "", ""
			if i < len(want) {
				a = want[i]
			}
			if i < len(have) {
				b = have[i]
			}
			if a != b {
				t.Fatalf("%s, line %d:\nstock %q\n ours %q", what, i+1, a, b)
			}
		}
	}
}

func TestExitStatus(t *testing.T) {
	_, ours := shells(t)
	node := server.Start(t, server.Options{})
	for _, c := range []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"statement given", []string{node.Host, "-e", "select cluster_name from system.local"}, 0, ""},
		{"statement fails", []string{node.Host, "-e", "selec"}, 2, "SyntaxException"},
		{"nobody listens", []string{"127.0.0.1", "1"}, 1, "Unable to connect"},
		{"wrong flag", []string{"--nonsense"}, 2, "unknown flag"},
		{"wrong port", []string{node.Host, "x"}, 2, "allowed: a number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run(t, "", ours[0], append(ours[1:], c.args...)...)
			if r.status != c.status || !strings.Contains(r.err, c.says) || strings.Contains(r.err, "goroutine") {
				t.Errorf("status %d, want %d: %s", r.status, c.status, r.err)
			}
		})
	}
}

// TestCopyBothWays exports with one shell and imports with the other.
func TestCopyBothWays(t *testing.T) {
	stock, ours := shells(t)
	node := server.Start(t, server.Options{})
	setup := `create keyspace c with replication = {'class':'SimpleStrategy','replication_factor':1};
create table c.a (k int primary key, t text, l list<int>, m map<text,int>, ts timestamp, b blob, f double);
create table c.b (k int primary key, t text, l list<int>, m map<text,int>, ts timestamp, b blob, f double);
insert into c.a (k,t,l,m,ts,b,f) values (1,'plain',[1,2],{'x':1},'2020-01-01',0xcafe,1.5);
insert into c.a (k,t,l,m,ts,b,f) values (2,'with "quotes", and commas',[],{},'2020-01-01',0x,-0.25);
insert into c.a (k) values (3);
`
	if r := run(t, setup, ours[0], append(ours[1:], node.Host)...); r.status != 0 {
		t.Fatal(r.err)
	}
	want := run(t, "", ours[0], append(ours[1:], node.Host, "-e", "select * from c.a")...).out
	t.Run("lines", func(t *testing.T) { // stock cqlsh makes \n of a line end and does not make it one again
		file := filepath.Join(t.TempDir(), "lines.csv")
		script := "create table c.l (k int primary key, t text);\ninsert into c.l (k,t) values (1,'two\nlines');\ncopy c.l to '" + file + "';\ntruncate c.l;\ncopy c.l from '" + file + "';\n" +
			"select text_as_blob(t) as b from c.l;\n"
		if r := run(t, script, ours[0], append(ours[1:], node.Host)...); r.status != 0 || !strings.Contains(r.out, "0x74776f0a6c696e6573") {
			t.Errorf("%s%s", r.out, r.err)
		}
	})
	for name, pair := range map[string][2][]string{"ours to stock": {ours, stock}, "stock to ours": {stock, ours}, "ours to ours": {ours, ours}} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "a.csv")
			for i, text := range []string{"copy c.a to '" + file + "' with header = true;\n", "truncate c.b;\ncopy c.b from '" + file + "' with header = true;\n"} {
				shell := pair[i]
				if r := run(t, text, shell[0], append(shell[1:], node.Host)...); r.status != 0 {
					t.Fatalf("%s: %s%s", text, r.out, r.err)
				}
			}
			if got := run(t, "", ours[0], append(ours[1:], node.Host, "-e", "select * from c.b")...).out; got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
		})
	}
}

// TestDev runs the README's first command without a terminal, twice on one directory.
func TestDev(t *testing.T) {
	binary, err := server.Binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for range 2 {
		r := run(t, "", binary, "dev", "--data", dir, "--listen", server.FreeHost())
		if r.status != 0 || !strings.Contains(r.out, "  1 | test entry. | <timestamp> |  test\n\n(1 rows)") {
			t.Errorf("status %d\n%s%s", r.status, r.out, r.err)
		}
	}
}

func TestStartRefusals(t *testing.T) {
	binary, err := server.Binary()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"wrong flag", []string{"start", "--nonsense"}, 2, "unknown flag: --nonsense"},
		{"wrong value", []string{"start", "--commitlog-sync", "fast"}, 2, `--commitlog-sync is "fast"; allowed: batch, group, periodic`},
		{"port of several nodes", []string{"dev", "-n", "2", "--data", t.TempDir(), "--port", "9999"}, 2, "--port goes with one node"},
		{"no such file", []string{"start", "--config", "/nonexistent.yaml"}, 2, "nonexistent.yaml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run(t, "", binary, c.args...)
			if r.status != c.status || !strings.Contains(r.err, c.says) || strings.Contains(r.err, "goroutine") {
				t.Errorf("status %d, want %d: %s", r.status, c.status, r.err)
			}
		})
	}
}

// TestInterrupt guards Ctrl-C: requests finish, exit status 0.
func TestInterrupt(t *testing.T) {
	node := server.Start(t, server.Options{})
	if err := node.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := node.Wait(10 * time.Second); err != nil {
		t.Errorf("%v\n%s", err, node.Log())
	}
}
