//go:build linux

package entrypoint

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"helenus/container/process"
)

func TestWhole(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"", "cassandra -f"}, {"-R", "cassandra -f -R"}, {"-Dcassandra.ring_delay_ms=5000", "cassandra -f -Dcassandra.ring_delay_ms=5000"},
		{"cassandra -f", "cassandra -f"}, {"cqlsh host", "cqlsh host"}, {"bash", "bash"},
	} {
		if got := strings.Join(whole(strings.Fields(test.args)), " "); got != test.want {
			t.Errorf("%q became %q, want %q", test.args, got, test.want)
		}
	}
}

func TestSet(t *testing.T) {
	if got := set([]string{"A=1", "HOME=/root", "HOME=/x"}, "HOME", "/y"); !slices.Equal(got, []string{"A=1", "HOME=/y"}) {
		t.Error(got)
	}
}

func TestDirectoriesFollowTheVariable(t *testing.T) {
	all := directories(func(string) string { return "/conf" })
	if all[0].path != "/conf" || !all[1].written {
		t.Error(all)
	}
}

// needsRoot skips where owners can't be changed.
func needsRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can change owners")
	}
}

// open makes a test's directories passable for other users.
func open(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for d := dir; d != filepath.Dir(os.TempDir()) && d != "/"; d = filepath.Dir(d) {
		if info, err := os.Stat(d); err == nil && info.Mode().Perm()&0o005 != 0o005 {
			if err := os.Chmod(d, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func TestGiveChangesWhatIsAnothers(t *testing.T) {
	needsRoot(t)
	dir := open(t)
	if err := os.MkdirAll(filepath.Join(dir, "a", "b"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/nowhere", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := give(dir, 999); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "a", "a/b", "link"} {
		info, err := os.Lstat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if uid := info.Sys().(*syscall.Stat_t).Uid; uid != 999 {
			t.Errorf("%q belongs to %d", name, uid)
		}
	}
	if err := give(filepath.Join(dir, "missing"), 999); err != nil {
		t.Error(err)
	}
}

// TestWriter guards who the server becomes, by what is writable for whom.
func TestWriter(t *testing.T) {
	needsRoot(t)
	dir := open(t)
	account := process.Account{UID: 999, GID: 999, Home: "/home"}
	for _, test := range []struct {
		about    string
		uid      int
		mode     os.FileMode
		want     int
		warnings int
	}{
		{"its own", 999, 0o755, 999, 0},
		{"anybody's", 0, 0o777, 999, 0},
		{"another's", 1234, 0o700, 1234, 1},
		{"root's alone", 0, 0o700, 0, 1},
	} {
		t.Run(test.about, func(t *testing.T) {
			path := filepath.Join(dir, strings.ReplaceAll(test.about, " ", "-"))
			if err := os.Mkdir(path, test.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chown(path, test.uid, test.uid); err != nil {
				t.Fatal(err)
			}
			var errs bytes.Buffer
			got, err := writer(path, account, &errs)
			if err != nil || got.UID != test.want || strings.Count(errs.String(), "\n") != test.warnings {
				t.Errorf("uid %d, %v, warnings %q; want uid %d", got.UID, err, errs.String(), test.want)
			}
		})
	}
	if _, err := writer("/proc", account, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "/proc") || !strings.Contains(err.Error(), "chown 999") {
		t.Errorf("a directory that nobody can write: %v", err)
	}
}
