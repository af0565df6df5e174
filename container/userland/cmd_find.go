//go:build linux

package userland

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"helenus/container/process"
)

// found is a file that find looks at.
type found struct {
	shown string // as find prints it
	path  string
	info  fs.FileInfo
}

func (f found) stat() *syscall.Stat_t { s, _ := f.info.Sys().(*syscall.Stat_t); return s }

// test is one primary or a combination of them.
type test func(f found) bool

// find is one run: a parser of its expression, then the walk.
type find struct {
	*Call
	ctx                context.Context
	args               []string
	minDepth, maxDepth int
	depthFirst         bool
	acts               bool // there is an action: no implied -print
	prune              bool // set by -prune for the directory at hand
	batches            []*batch
	failed             bool
}

// batch collects the files of an -exec … {} +.
type batch struct{ command, files []string }

// batchFilesMax is how many files one command of -exec + gets.
const batchFilesMax = 2000

func runFind(ctx context.Context, c *Call) error {
	args := c.Args
	var roots []string
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") && args[0] != "!" && args[0] != "(" {
		roots, args = append(roots, args[0]), args[1:]
	}
	if len(roots) == 0 {
		roots = []string{"."}
	}
	f := &find{Call: c, ctx: ctx, args: args, maxDepth: 1 << 30}
	accept, err := f.either()
	if err == nil && len(f.args) > 0 {
		err = usageError("unexpected " + f.args[0])
	}
	if err != nil {
		return err
	}
	for _, root := range roots {
		info, err := os.Lstat(c.path(root))
		if err != nil {
			c.complain(fmt.Errorf("'%s': %s", root, reason(err)))
			f.failed = true
			continue
		}
		f.walk(found{root, c.path(root), info}, 0, func(at found) {
			if accept(at) && !f.acts {
				c.printf("%s\n", at.shown)
			}
		})
	}
	for _, b := range f.batches {
		f.flush(b)
	}
	if f.failed {
		return status(1)
	}
	return nil
}

func (f *find) walk(at found, depth int, visit func(found)) {
	if f.ctx.Err() != nil {
		return
	}
	f.prune = false
	if depth >= f.minDepth && !f.depthFirst {
		visit(at)
	}
	if at.info.IsDir() && depth < f.maxDepth && !f.prune {
		entries, err := os.ReadDir(at.path)
		if err != nil {
			f.complain(fmt.Errorf("'%s': %s", at.shown, reason(err)))
			f.failed = true
		}
		for _, e := range entries {
			if info, err := e.Info(); err == nil {
				f.walk(found{path.Join(at.shown, e.Name()), filepath.Join(at.path, e.Name()), info}.under(at.shown, e.Name()), depth+1, visit)
			}
		}
	}
	if depth >= f.minDepth && f.depthFirst {
		visit(at)
	}
}

// under names a file below a root as it was given, . and trailing slashes included.
func (f found) under(root, name string) found {
	f.shown = strings.TrimSuffix(root, "/") + "/" + name
	return f
}

func (f *find) peek(words ...string) bool {
	return len(f.args) > 0 && contains(words, f.args[0])
}

// either reads tests joined by -o.
func (f *find) either() (test, error) {
	left, err := f.both()
	for err == nil && f.peek("-o", "-or") {
		f.args = f.args[1:]
		var right test
		a := left
		right, err = f.both()
		left = func(at found) bool { return a(at) || right(at) }
	}
	return left, err
}

// both reads tests that stand side by side.
func (f *find) both() (test, error) {
	left := func(found) bool { return true }
	for len(f.args) > 0 && !f.peek("-o", "-or", ")") {
		if f.peek("-a", "-and") {
			f.args = f.args[1:]
			continue
		}
		right, err := f.one()
		if err != nil {
			return nil, err
		}
		a := left
		left = func(at found) bool { return a(at) && right(at) }
	}
	return left, nil
}

func (f *find) next(option string) (string, error) {
	if len(f.args) == 0 {
		return "", usageError(option + " takes an argument")
	}
	arg := f.args[0]
	f.args = f.args[1:]
	return arg, nil
}

// one reads a single test or action.
func (f *find) one() (test, error) {
	name := f.args[0]
	f.args = f.args[1:]
	yes := func(found) bool { return true }
	switch name {
	case "!", "-not":
		if len(f.args) == 0 {
			return nil, usageError(name + " takes a test")
		}
		inner, err := f.one()
		return func(at found) bool { return !inner(at) }, err
	case "(":
		inner, err := f.either()
		if err == nil && !f.peek(")") {
			err = usageError("missing )")
		}
		if err != nil {
			return nil, err
		}
		f.args = f.args[1:]
		return inner, nil
	case "-true":
		return yes, nil
	case "-depth":
		f.depthFirst = true
		return yes, nil
	case "-mount", "-xdev":
		return nil, usageError(name + " is not supported")
	case "-empty":
		return isEmpty, nil
	case "-prune":
		return func(found) bool { f.prune = true; return true }, nil
	case "-print", "-print0", "-delete":
		return f.action(name), nil
	case "-exec":
		return f.exec()
	}
	value, err := f.next(name)
	if err != nil {
		return nil, err
	}
	return f.compare(name, value)
}

func isEmpty(at found) bool {
	if at.info.IsDir() {
		entries, err := os.ReadDir(at.path)
		return err == nil && len(entries) == 0
	}
	return at.info.Mode().IsRegular() && at.info.Size() == 0
}

func (f *find) action(name string) test {
	f.acts = true
	if name == "-delete" {
		f.depthFirst = true
		return func(at found) bool {
			if err := os.Remove(at.path); err != nil {
				f.complain(err)
				f.failed = true
				return false
			}
			return true
		}
	}
	end := map[string]string{"-print": "\n", "-print0": "\x00"}[name]
	return func(at found) bool { f.printf("%s%s", at.shown, end); return true }
}

// compare reads a test that takes a value.
func (f *find) compare(name, value string) (test, error) {
	switch name {
	case "-name", "-iname", "-path", "-wholename", "-ipath":
		return matcher(name, value)
	case "-type":
		return isType(value)
	case "-maxdepth", "-mindepth":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return nil, usageError(name + " is " + value + "; allowed: a number from 0")
		}
		if name == "-maxdepth" {
			f.maxDepth = n
		} else {
			f.minDepth = n
		}
		return func(found) bool { return true }, nil
	case "-user", "-uid":
		uid, _, err := process.ParseOwner(value)
		return func(at found) bool { return int(at.stat().Uid) == uid }, err
	case "-group", "-gid":
		_, gid, err := process.ParseOwner(":" + value)
		return func(at found) bool { return int(at.stat().Gid) == gid }, err
	case "-newer":
		info, err := os.Stat(f.path(value))
		if err != nil {
			return nil, err
		}
		return func(at found) bool { return at.info.ModTime().After(info.ModTime()) }, nil
	case "-mtime":
		return number(value, func(at found) int64 { return int64(time.Since(at.info.ModTime()) / (24 * time.Hour)) })
	case "-mmin":
		return number(value, func(at found) int64 { return int64((time.Since(at.info.ModTime()) + time.Minute - 1) / time.Minute) })
	case "-size":
		unit, digits := int64(512), value
		if n := len(value); n > 0 {
			if u, ok := map[byte]int64{'c': 1, 'w': 2, 'b': 512, 'k': 1 << 10, 'M': 1 << 20, 'G': 1 << 30}[value[n-1]]; ok {
				unit, digits = u, value[:n-1]
			}
		}
		return number(digits, func(at found) int64 { return (at.info.Size() + unit - 1) / unit })
	case "-perm":
		mode, err := strconv.ParseUint(strings.TrimLeft(value, "-/"), 8, 12)
		if err != nil {
			return nil, usageError("-perm is " + value + "; allowed: octal digits, with - or / before them")
		}
		return func(at found) bool {
			have := at.stat().Mode & 0o7777
			switch value[0] {
			case '-':
				return have&uint32(mode) == uint32(mode)
			case '/':
				return mode == 0 || have&uint32(mode) != 0
			}
			return have == uint32(mode)
		}, nil
	}
	return nil, usageError("unknown test " + name)
}

// matcher compares names or paths with a shell pattern; in paths * matches slashes too.
func matcher(name, pattern string) (test, error) {
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, usageError(name + ": " + err.Error())
	}
	fold := func(s string) string { return s }
	if strings.HasPrefix(name, "-i") {
		fold = strings.ToLower
	}
	isPath := strings.HasSuffix(name, "path") || name == "-wholename"
	return func(at found) bool {
		subject, p := filepath.Base(at.shown), pattern
		if isPath { // path.Match stops at slashes: give it another byte
			subject, p = strings.ReplaceAll(at.shown, "/", "\x00"), strings.ReplaceAll(pattern, "/", "\x00")
		}
		ok, err := path.Match(fold(p), fold(subject))
		return err == nil && ok
	}, nil
}

func isType(letters string) (test, error) {
	types := map[string]fs.FileMode{"f": 0, "d": fs.ModeDir, "l": fs.ModeSymlink, "p": fs.ModeNamedPipe, "s": fs.ModeSocket, "b": fs.ModeDevice, "c": fs.ModeDevice | fs.ModeCharDevice}
	var allowed []fs.FileMode
	for _, letter := range strings.Split(letters, ",") {
		t, ok := types[letter]
		if !ok {
			return nil, usageError("-type is " + letters + "; allowed: b, c, d, f, l, p, s")
		}
		allowed = append(allowed, t)
	}
	return func(at found) bool {
		for _, t := range allowed {
			if at.info.Mode().Type() == t {
				return true
			}
		}
		return false
	}, nil
}

// number compares with 5, +5 (more) or -5 (less).
func number(text string, of func(found) int64) (test, error) {
	n, err := strconv.ParseInt(strings.TrimLeft(text, "+-"), 10, 64)
	if err != nil {
		return nil, usageError(text + " is no number; allowed: N, +N, -N")
	}
	return func(at found) bool {
		switch have := of(at); text[0] {
		case '+':
			return have > n
		case '-':
			return have < n
		default:
			return have == n
		}
	}, nil
}

// exec reads -exec COMMAND … ; or -exec COMMAND … {} +.
func (f *find) exec() (test, error) {
	f.acts = true
	for i, arg := range f.args {
		switch {
		case arg == ";":
			command := f.args[:i]
			f.args = f.args[i+1:]
			return func(at found) bool {
				argv := make([]string, len(command))
				for j, word := range command {
					argv[j] = strings.ReplaceAll(word, "{}", at.shown)
				}
				return f.spawn(f.ctx, argv) == nil
			}, nil
		case arg == "+" && i > 1 && f.args[i-1] == "{}":
			b := &batch{command: f.args[:i-1]}
			f.batches = append(f.batches, b)
			f.args = f.args[i+1:]
			return func(at found) bool {
				if b.files = append(b.files, at.shown); len(b.files) == batchFilesMax {
					f.flush(b)
				}
				return true
			}, nil
		}
	}
	return nil, usageError("-exec takes a command that ends with ; or {} +")
}

func (f *find) flush(b *batch) {
	if len(b.files) == 0 {
		return
	}
	if f.spawn(f.ctx, append(append([]string(nil), b.command...), b.files...)) != nil {
		f.failed = true
	}
	b.files = nil
}
