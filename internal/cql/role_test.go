package cql

import (
	"bufio"
	"os"
	"strings"
	"testing"
)

// TestRoleStatements parses what stands in testdata/roles.txt and compares with what Cassandra 5.0.5 says: nothing, or its error. What
// is parsed is printed, and what is printed parses to the same.
func TestRoleStatements(t *testing.T) {
	f, err := os.Open("testdata/roles.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	n := 0
	for lines.Scan() {
		text, want, _ := strings.Cut(lines.Text(), "\t")
		if strings.TrimSpace(text) == "" || text[0] == '#' {
			continue
		}
		n++
		s, err := Parse(text)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
			continue
		}
		if err != nil {
			continue
		}
		printed := s.(interface{ String() string }).String()
		again, err := Parse(printed)
		if err != nil {
			t.Errorf("%s is printed as %s: %v", text, printed, err)
		} else if twice := again.(interface{ String() string }).String(); twice != printed {
			t.Errorf("%s is printed as %s, then as %s", text, printed, twice)
		}
	}
	if n < 100 {
		t.Errorf("only %d statements", n)
	}
}

func TestHide(t *testing.T) {
	for text, want := range map[string]string{
		"CREATE ROLE a WITH PASSWORD = 'secret' AND LOGIN = true": "CREATE ROLE a WITH PASSWORD *******",
		"alter user a with hashed password 'x'":                   "alter user a with hashed password *******",
		"SELECT password FROM t":                                  "SELECT password *******",
		"SELECT \"password\" FROM t WHERE a = 'password'":         "SELECT \"password\" FROM t WHERE a = 'password'",
		"CREATE ROLE a WITH PASSWORD = 'unfinished":               "CREATE ROLE a WITH PASSWORD *******",
	} {
		if got := Hide(text); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}
