//go:build linux

package userland

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"helenus/container/process"
)

func runChown(_ context.Context, c *Call) error {
	return c.changeOwner(process.ParseOwner)
}

func runChgrp(_ context.Context, c *Call) error {
	return c.changeOwner(func(text string) (int, int, error) { return process.ParseOwner(":" + text) })
}

func (c *Call) changeOwner(parse func(string) (int, int, error)) error {
	o, operands, err := c.parse("Rhfv", map[string]byte{"recursive": 'R', "no-dereference": 'h', "quiet": 'f', "silent": 'f', "verbose": 'v'})
	if err != nil {
		return err
	}
	if len(operands) < 2 {
		return usageError("an owner and a file are needed")
	}
	uid, gid, err := parse(operands[0])
	if err != nil {
		return err
	}
	failed := false
	change := func(name string, follow bool) {
		set := os.Lchown
		if follow {
			set = os.Chown
		}
		if err := set(name, uid, gid); err != nil {
			failed = true
			if !o.has('f') {
				c.complain(fmt.Errorf("changing ownership of '%s': %s", name, reason(err)))
			}
		} else if o.has('v') {
			c.printf("ownership of '%s' changed to %s\n", name, operands[0])
		}
	}
	for _, name := range operands[1:] {
		if !o.has('R') {
			change(c.path(name), !o.has('h'))
			continue
		}
		err := filepath.WalkDir(c.path(name), func(path string, _ fs.DirEntry, err error) error {
			if err == nil {
				change(path, false)
			}
			return err
		})
		if err != nil {
			c.complain(err)
			failed = true
		}
	}
	if failed {
		return status(1)
	}
	return nil
}

func runLink(_ context.Context, c *Call) error {
	o, operands, err := c.parse("fnsT", map[string]byte{"force": 'f', "no-dereference": 'n', "symbolic": 's', "no-target-directory": 'T'})
	if err != nil {
		return err
	}
	if len(operands) == 0 || len(operands) > 2 {
		return usageError("a target and at most one link are taken")
	}
	target, name := operands[0], filepath.Base(operands[0])
	if len(operands) == 2 {
		name = operands[1]
	}
	file := c.path(name)
	look := os.Stat
	if o.has('n') {
		look = os.Lstat
	}
	if info, err := look(file); err == nil && info.IsDir() && !o.has('T') {
		file = filepath.Join(file, filepath.Base(target))
	}
	if o.has('f') {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if o.has('s') {
		return os.Symlink(target, file)
	}
	return os.Link(c.path(target), file)
}

func runReadLink(_ context.Context, c *Call) error {
	o, operands, err := c.parse("femn", map[string]byte{"canonicalize": 'f', "canonicalize-existing": 'e', "canonicalize-missing": 'm', "no-newline": 'n'})
	if err != nil {
		return err
	}
	for _, name := range operands {
		var target string
		if o.has('f') || o.has('e') || o.has('m') {
			target, err = canonical(c.path(name), !o.has('e'))
		} else {
			target, err = os.Readlink(c.path(name))
		}
		if err != nil {
			return status(1)
		}
		c.printf("%s", target)
		if !o.has('n') {
			c.printf("\n")
		}
	}
	return nil
}

func runRealPath(_ context.Context, c *Call) error {
	_, operands, err := c.parse("", nil)
	if err != nil {
		return err
	}
	for _, name := range operands {
		path, err := canonical(c.path(name), true)
		if err != nil {
			return err
		}
		c.printf("%s\n", path)
	}
	return nil
}

// canonical resolves links; the last element may be missing.
func canonical(path string, lenient bool) (string, error) {
	resolved, err := filepath.EvalSymlinks(path)
	if err == nil || !lenient || !errors.Is(err, fs.ErrNotExist) {
		return resolved, err
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	return filepath.Join(dir, filepath.Base(path)), err
}

func runRemoveDirectory(_ context.Context, c *Call) error {
	_, operands, err := c.parse("", nil)
	if err != nil {
		return err
	}
	for _, name := range operands {
		if err := syscall.Rmdir(c.path(name)); err != nil {
			return &os.PathError{Op: "rmdir", Path: name, Err: err}
		}
	}
	return nil
}

func runBasename(_ context.Context, c *Call) error {
	if len(c.Args) == 0 || len(c.Args) > 2 {
		return usageError("a path and at most one suffix are taken")
	}
	base := filepath.Base(c.Args[0])
	if len(c.Args) == 2 && base != c.Args[1] {
		base = strings.TrimSuffix(base, c.Args[1])
	}
	c.printf("%s\n", base)
	return nil
}

func runDirname(_ context.Context, c *Call) error {
	for _, arg := range c.Args {
		c.printf("%s\n", filepath.Dir(arg))
	}
	return nil
}

func runDiskUsage(_ context.Context, c *Call) error {
	o, names, err := c.parse("shkb", map[string]byte{"summarize": 's', "human-readable": 'h', "bytes": 'b'})
	if err != nil {
		return err
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	for _, name := range names {
		if _, err := c.usage(o, name, c.path(name), true); err != nil {
			return err
		}
	}
	return nil
}

// usage adds up what a file or directory takes, and prints directories.
func (c *Call) usage(o options, shown, path string, top bool) (int64, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return 0, err
	}
	var sum int64
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		sum = s.Blocks * 512
	}
	if o.has('b') {
		sum = info.Size()
	}
	if info.IsDir() {
		entries, err := os.ReadDir(path)
		if err != nil {
			return 0, err
		}
		for _, e := range entries {
			n, err := c.usage(o, shown+"/"+e.Name(), filepath.Join(path, e.Name()), false)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return 0, err
			}
			sum += n
		}
	}
	if top || info.IsDir() && !o.has('s') {
		size := strconv.FormatInt((sum+1023)/1024, 10)
		switch {
		case o.has('b'):
			size = strconv.FormatInt(sum, 10)
		case o.has('h'):
			size = human(sum)
		}
		c.printf("%s\t%s\n", size, shown)
	}
	return sum, nil
}

// runStat prints facts about files in a form of the caller's.
func runStat(_ context.Context, c *Call) error {
	o, names, err := c.parse("Lc:", map[string]byte{"dereference": 'L', "format": 'c', "printf": 'p'})
	if err != nil {
		return err
	}
	if !o.has('c') {
		return usageError("-c FORMAT is needed")
	}
	for _, name := range names {
		look := os.Lstat
		if o.has('L') {
			look = os.Stat
		}
		info, err := look(c.path(name))
		if err != nil {
			return err
		}
		s, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return errors.New("the system tells nothing of " + name)
		}
		text := strings.NewReplacer("%%", "%", "%n", name, "%s", fmt.Sprint(info.Size()), "%a", fmt.Sprintf("%o", s.Mode&0o7777), "%A", modeText(info.Mode()),
			"%u", fmt.Sprint(s.Uid), "%g", fmt.Sprint(s.Gid), "%U", userName(int(s.Uid)), "%G", groupName(int(s.Gid)), "%Y", fmt.Sprint(info.ModTime().Unix()),
			"%i", fmt.Sprint(s.Ino), "%h", fmt.Sprint(s.Nlink), "%F", kindText(info.Mode())).Replace(o.value('c', ""))
		c.printf("%s\n", text)
	}
	return nil
}

func kindText(m fs.FileMode) string {
	switch {
	case m.IsRegular():
		return "regular file"
	case m.IsDir():
		return "directory"
	case m&fs.ModeSymlink != 0:
		return "symbolic link"
	case m&fs.ModeNamedPipe != 0:
		return "fifo"
	case m&fs.ModeSocket != 0:
		return "socket"
	}
	return "special file"
}

// runCopy copies files, and with -r directories; -p and -a keep mode, owner and times.
func runCopy(_ context.Context, c *Call) error {
	o, operands, err := c.parse("afnpRrTvLPd", map[string]byte{"archive": 'a', "force": 'f', "no-clobber": 'n', "recursive": 'r', "no-target-directory": 'T', "verbose": 'v', "dereference": 'L', "no-dereference": 'P'})
	if err != nil {
		return err
	}
	if len(operands) < 2 {
		return usageError("a source and a target are needed")
	}
	sources, target := operands[:len(operands)-1], c.path(operands[len(operands)-1])
	info, err := os.Stat(target)
	into := err == nil && info.IsDir() && !o.has('T')
	if len(sources) > 1 && !into {
		return usageError(operands[len(operands)-1] + " is no directory")
	}
	cp := copier{c, o, o.has('R') || o.has('r') || o.has('a'), o.has('p') || o.has('a')}
	failed := false
	for _, source := range sources {
		to := target
		if into {
			to = filepath.Join(target, filepath.Base(source))
		}
		if err := cp.copy(c.path(source), to); err != nil {
			c.complain(err)
			failed = true
		}
	}
	if failed {
		return status(1)
	}
	return nil
}

type copier struct {
	*Call
	o              options
	recursive, all bool
}

func (cp copier) copy(from, to string) error {
	look := os.Stat
	if cp.recursive && !cp.o.has('L') || cp.o.has('P') || cp.o.has('d') {
		look = os.Lstat
	}
	info, err := look(from)
	if err != nil {
		return err
	}
	if cp.o.has('v') {
		cp.printf("'%s' -> '%s'\n", from, to)
	}
	switch {
	case info.IsDir():
		if !cp.recursive {
			return fmt.Errorf("-r not specified; omitting directory '%s'", from)
		}
		err = cp.directory(from, to, info)
	case info.Mode()&fs.ModeSymlink != 0:
		err = cp.link(from, to)
	default:
		err = cp.file(from, to, info)
	}
	if err != nil || !cp.all {
		return err
	}
	return keep(to, info)
}

func (cp copier) directory(from, to string, info fs.FileInfo) error {
	if err := os.Mkdir(to, info.Mode().Perm()|0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := cp.copy(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return os.Chmod(to, info.Mode())
}

func (cp copier) link(from, to string) error {
	target, err := os.Readlink(from)
	if err != nil {
		return err
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Symlink(target, to)
}

func (cp copier) file(from, to string, info fs.FileInfo) error {
	if old, err := os.Stat(to); err == nil {
		if cp.o.has('n') {
			return nil
		}
		if os.SameFile(old, info) {
			return fmt.Errorf("'%s' and '%s' are the same file", from, to)
		}
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, info.Mode().Perm())
	if err != nil && cp.o.has('f') && os.Remove(to) == nil {
		out, err = os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, info.Mode().Perm())
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// keep gives a copy the owner, mode and times of its source; an owner that may not be given stays.
func keep(path string, info fs.FileInfo) error {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		if err := os.Lchown(path, int(s.Uid), int(s.Gid)); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return nil
	}
	return errors.Join(os.Chmod(path, info.Mode()), os.Chtimes(path, info.ModTime(), info.ModTime()))
}
