package initdb

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// file is one of the directory's.
type file struct {
	name, path string
	executable bool
}

// files returns those that are run, in the order of their names. Links are followed; hidden files and others are left out.
func (o *Options) files() (all []file, err error) {
	if o.Dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(o.Dir) // sorted
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for what a new cluster begins with: %w", err)
	}
	for _, e := range entries {
		f := file{name: e.Name(), path: filepath.Join(o.Dir, e.Name())}
		info, err := os.Stat(f.path)
		if err != nil {
			return nil, fmt.Errorf("look for what a new cluster begins with: %w", err)
		}
		f.executable = info.Mode()&0o111 != 0
		if info.Mode().IsRegular() && !strings.HasPrefix(f.name, ".") && f.kind() != "" {
			all = append(all, f)
		}
	}
	return all, nil
}

// kind is the file's ending when it is one that is run.
func (f *file) kind() string {
	for _, ending := range []string{".cql", ".cql.gz", ".sh"} {
		if strings.HasSuffix(f.name, ending) {
			return ending
		}
	}
	return ""
}

func (f *file) run(ctx context.Context, o *Options, address string) error {
	if f.kind() == ".sh" {
		return f.runShell(ctx, o, address)
	}
	in, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer in.Close()
	var text io.Reader = in
	if f.kind() == ".cql.gz" {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
		defer unpacked.Close()
		text = unpacked
	}
	return o.script(ctx, address, o.current(), f.path, text)
}

// runShell runs an executable script as a program, and has a shell read any other as its own, as the start scripts of other databases' images do:
// it ends at the first command that fails, and what it exports is there for the scripts after it. Its cqlsh finds the node by CQLSH_HOST and
// CQLSH_PORT, and logs in by CQLSH_USERNAME and CQLSH_PASSWORD unless it is told otherwise.
func (f *file) runShell(ctx context.Context, o *Options, address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if o.env == nil {
		o.env = os.Environ()
	}
	env := append(slices.Clone(o.env), "CQLSH_HOST="+host, "CQLSH_PORT="+port)
	if o.User != "" {
		env = append(env, "CQLSH_USERNAME="+o.User, "CQLSH_PASSWORD="+o.Password)
	}
	run := func(env []string, args ...string) error {
		c := exec.CommandContext(ctx, args[0], args[1:]...)
		c.Env = env
		c.Stdout, c.Stderr = o.Out, o.Out
		return c.Run()
	}
	switch {
	case f.executable:
		if err = run(env, f.path); errors.Is(err, syscall.ENOEXEC) { // no #! line
			err = run(env, "sh", f.path)
		}
	default:
		err = o.source(f.path, func(script string, more ...string) error { return run(append(env, more...), "sh", "-c", script) })
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	return nil
}

// Variables that are set for a script that is read, and for nothing that follows.
const (
	sourcedFile = "HELENUS_INIT_FILE"
	exportsFile = "HELENUS_INIT_EXPORTS"
)

// source has a shell read a script and keeps what it exports.
func (o *Options) source(path string, run func(script string, env ...string) error) error {
	if path == filepath.Base(path) {
		path = "." + string(filepath.Separator) + path // else it is looked for in PATH
	}
	exports, err := os.CreateTemp("", "helenus-init-")
	if err != nil { // a container whose file system is read-only
		o.Logger.Warn("what "+path+" exports does not reach other scripts: mount a directory that can be written at "+os.TempDir(), "error", err)
		return run(`set -e; . "$`+sourcedFile+`"`, sourcedFile+"="+path)
	}
	defer os.Remove(exports.Name())
	err = run(`trap 's=$?; env -0 > "$`+exportsFile+`"; exit $s' EXIT; set -e; . "$`+sourcedFile+`"`, sourcedFile+"="+path, exportsFile+"="+exports.Name())
	raw, readErr := io.ReadAll(exports)
	if err := errors.Join(err, readErr, exports.Close()); err != nil {
		return err
	}
	if len(raw) == 0 { // the script has a trap of its own
		return nil
	}
	o.env = nil
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(raw), "\x00"), "\x00") {
		if name, _, _ := strings.Cut(entry, "="); name != sourcedFile && name != exportsFile {
			o.env = append(o.env, entry)
		}
	}
	return nil
}
