package chaos

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"helenus/test/server"
)

// initDir writes files of a directory that a new cluster begins with; those that end with .gz are packed.
func initDir(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".gz") {
			packed := gzip.NewWriter(file)
			if _, err := packed.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
			if err := packed.Close(); err != nil {
				t.Fatal(err)
			}
		} else if _, err := file.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestBeginsWith: keyspace, statements and files, in the order of their names, once, before the node says that it is up; never again.
func TestBeginsWith(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	dir := initDir(t, map[string]string{
		"1-table.cql":     "CREATE TABLE users (id int PRIMARY KEY, name text);\n",
		"2-row.cql.gz":    "INSERT INTO users (id, name) VALUES (1, 'first');\n",
		"3-script.sh":     "echo \"$CQLSH_HOST\" >> " + out + "\n",
		".hidden.cql":     "CREATE TABLE hidden (id int PRIMARY KEY);\n",
		"README.txt":      "not run",
		"4-qualified.cql": "CREATE TABLE app.more (id int PRIMARY KEY);\nINSERT INTO early (id) VALUES (7);\n",
	})
	node := server.Start(t, server.Options{
		Args: []string{"--init-dir", dir}, Env: []string{"CASSANDRA_KEYSPACE=app", "CASSANDRA_STARTUP_CQL=CREATE TABLE early (id int PRIMARY KEY)"},
	})
	check := func(n *server.Node) {
		t.Helper()
		session := connect(t, n)
		defer session.Close()
		var name string
		if err := session.Query("SELECT name FROM app.users WHERE id = 1").Scan(&name); err != nil || name != "first" {
			t.Errorf("%q, %v", name, err)
		}
		var id int
		if err := session.Query("SELECT id FROM app.early").Scan(&id); err != nil || id != 7 {
			t.Errorf("%d, %v", id, err)
		}
		if err := session.Query("SELECT id FROM app.hidden").Exec(); err == nil {
			t.Error("a hidden file was run")
		}
		if raw, err := os.ReadFile(out); err != nil || string(raw) != n.Host+"\n" {
			t.Errorf("the script left %q, %v", raw, err)
		}
	}
	check(node)
	node.Kill()
	check(node.Again(t))
}

// TestBeginsWithFailure: a statement that fails ends the node with its file and line; the next start goes on at that file.
func TestBeginsWithFailure(t *testing.T) {
	dir := initDir(t, map[string]string{
		"1.cql": "CREATE KEYSPACE app WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};\nCREATE TABLE app.t (p int PRIMARY KEY);\n",
		"2.cql": "INSERT INTO app.t (p) VALUES (1);\n\nINSERT INTO app.nowhere (p) VALUES (1);\nINSERT INTO app.t (p) VALUES (2);\n",
	})
	o := server.Options{DataDir: t.TempDir(), Host: server.FreeHost(), Args: []string{"--init-dir", dir}}
	_, err := server.TryStart(t, o)
	if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "2.cql")+":3:") {
		t.Fatalf("the end does not name file and line: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "2.cql"), []byte("INSERT INTO app.t (p) VALUES (3);\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	session := connect(t, server.Start(t, o))
	defer session.Close()
	var count int
	if err := session.Query("SELECT count(*) FROM app.t").Scan(&count); err != nil || count != 2 {
		t.Errorf("%d rows, want those of before the failure and of the file as it is now: %v", count, err)
	}
}

// TestBeginsWithScripts: an executable script is run, any other is read by a shell; what one exports is there for those after it, and the first
// command that fails ends the node with the script's name.
func TestBeginsWithScripts(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	dir := initDir(t, map[string]string{
		"1-read.sh":  "export TABLE=things LINES='one\ntwo'\nunset HOME\n",
		"2-run.sh":   "#!/bin/sh\necho \"run $0 $TABLE\" >> " + out + "\n",
		"3-read.sh":  "echo \"read ${0##*/} $LINES ${HOME-no home}\" >> " + out + "\nexit 0\necho never >> " + out + "\n",
		"4-fails.sh": "echo begun >> " + out + "\nfalse\necho never >> " + out + "\n",
	})
	if err := os.Chmod(filepath.Join(dir, "2-run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	o := server.Options{DataDir: t.TempDir(), Host: server.FreeHost(), Args: []string{"--init-dir", dir}}
	if _, err := server.TryStart(t, o); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "4-fails.sh")+": exit status 1") {
		t.Errorf("the end does not name the script: %v", err)
	}
	want := "run " + filepath.Join(dir, "2-run.sh") + " things\nread sh one\ntwo no home\nbegun\n"
	if raw, err := os.ReadFile(out); err != nil || string(raw) != want {
		t.Errorf("the scripts left %q, want %q; %v", raw, want, err)
	}
}

// TestBeginsWithOnce: of three nodes that are started together, each with the files, one runs them and the others wait for it.
func TestBeginsWithOnce(t *testing.T) {
	dir := initDir(t, map[string]string{
		"1.cql": "CREATE KEYSPACE app WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3};\nCREATE TABLE app.runs (p int PRIMARY KEY, n counter);\n",
		"2.cql": "UPDATE app.runs SET n = n + 1 WHERE p = 1;\n",
	})
	hosts := freeHosts(3)
	nodes := startTogether(t, hosts, func(int) []string {
		return []string{"--seeds", strings.Join(hosts, ","), "--initial-nodes", "3", "--init-dir", dir}
	}, nil)
	for _, n := range nodes {
		session := connect(t, n)
		var runs int
		if err := session.Query("SELECT n FROM app.runs WHERE p = 1").Scan(&runs); err != nil || runs != 1 {
			t.Errorf("through %s: %d runs, %v", n.Host, runs, err)
		}
		session.Close()
	}
}
