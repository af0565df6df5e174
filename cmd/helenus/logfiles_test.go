package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLogFilesAreBounded guards that a log which goes on for ever keeps its newest lines, in order, and no more than so many bytes.
func TestLogFilesAreBounded(t *testing.T) {
	const most, lines = 1000, 2000
	path := filepath.Join(t.TempDir(), systemLog)
	var f *logFile
	for i := range lines {
		var err error
		if i%700 == 0 { // a restart goes on with the file that is there
			if f != nil {
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if f, err = openLogFile(path, most); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.write(fmt.Appendf(nil, "line %d\n", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var all []byte
	for n := logKept; n >= 0; n-- {
		name := path
		if n > 0 {
			name = numbered(path, n)
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) > most {
			t.Errorf("%s has %d bytes", name, len(raw))
		}
		all = append(all, raw...)
	}
	seen := strings.Split(strings.TrimSpace(string(all)), "\n")
	for i, line := range seen {
		if want := fmt.Sprintf("line %d", lines-len(seen)+i); line != want {
			t.Fatalf("%q where %q should be", line, want)
		}
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != logKept+1 {
		t.Errorf("%d files, %v", len(entries), err)
	}
}

// TestLogFiles guards which lines are written where, and that a directory which can't be made is said and no more.
func TestLogFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	files, err := openLogFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	log, level := newLogger(&out, "info", files)
	log = log.With("of", "all")
	log.Debug("small")
	log.Info("large")
	level.Set(-4)
	log.Debug("asked for")
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	log.Info("too late for files")
	for name, want := range map[string]string{systemLog: "large asked for", debugLog: "small large asked for"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(string(raw)) {
			_, message, _ := strings.Cut(strings.TrimSpace(line), " - ")
			got = append(got, strings.TrimSuffix(message, " of=all"))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s has %q, want %q", name, got, want)
		}
	}
	if strings.Contains(out.String(), "small") || !strings.Contains(out.String(), "too late") {
		t.Errorf("standard output has\n%s", &out)
	}

	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	files, err = openLogFiles(filepath.Join(dir, "file", "logs"))
	if err == nil {
		t.Error("a file serves as a directory")
	}
	log, _ = newLogger(&out, "info", files)
	log.Info("goes on")
	if !strings.Contains(out.String(), "goes on") {
		t.Error("without files nothing is logged")
	}
}
