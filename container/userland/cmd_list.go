//go:build linux

package userland

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/mattn/go-runewidth"
)

// listed is a name that ls shows.
type listed struct {
	name string
	path string
	info fs.FileInfo
}

func runList(_ context.Context, c *Call) error {
	o, names, err := c.parse("1AadFhilnRrStk", map[string]byte{
		"all": 'a', "almost-all": 'A', "directory": 'd', "classify": 'F', "human-readable": 'h', "inode": 'i', "recursive": 'R', "reverse": 'r', "color": 'z',
	})
	if err != nil {
		return err
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	var files, directories []listed
	failed := false
	for _, name := range names {
		entry := listed{name: name, path: c.path(name)}
		if entry.info, err = os.Lstat(entry.path); err == nil && entry.info.Mode()&fs.ModeSymlink != 0 && !o.has('l') && !o.has('d') {
			if target, statErr := os.Stat(entry.path); statErr == nil {
				entry.info = target
			}
		}
		switch {
		case err != nil:
			c.complain(fmt.Errorf("cannot access '%s': %s", name, reason(err)))
			failed = true
		case entry.info.IsDir() && !o.has('d'):
			directories = append(directories, entry)
		default:
			files = append(files, entry)
		}
	}
	l := &lister{Call: c, o: o}
	l.show(files)
	heading := len(names) > 1 || o.has('R')
	for i, d := range directories {
		if heading && (i > 0 || len(files) > 0) {
			c.printf("\n")
		}
		if err := l.directory(d, heading); err != nil {
			c.complain(err)
			failed = true
		}
	}
	if failed {
		return status(2)
	}
	return nil
}

// reason is the last part of an error, in the words of Unix.
func reason(err error) string {
	_, text, _ := strings.Cut(plain(err), ": ")
	return text
}

type lister struct {
	*Call
	o options
}

func (l *lister) directory(d listed, heading bool) error {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return err
	}
	if heading {
		l.printf("%s:\n", d.name)
	}
	var all []listed
	if l.o.has('a') {
		for _, name := range []string{".", ".."} {
			if info, err := os.Lstat(filepath.Join(d.path, name)); err == nil {
				all = append(all, listed{name, filepath.Join(d.path, name), info})
			}
		}
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") && !l.o.has('a') && !l.o.has('A') {
			continue
		}
		if info, err := e.Info(); err == nil {
			all = append(all, listed{e.Name(), filepath.Join(d.path, e.Name()), info})
		}
	}
	if l.o.has('l') {
		l.printf("total %d\n", blocks(all))
	}
	l.show(all)
	if !l.o.has('R') {
		return nil
	}
	for _, e := range all {
		if e.info.IsDir() && e.name != "." && e.name != ".." {
			l.printf("\n")
			if err := l.directory(listed{filepath.Join(d.name, e.name), e.path, e.info}, true); err != nil {
				return err
			}
		}
	}
	return nil
}

func blocks(all []listed) int64 {
	var sum int64
	for _, e := range all {
		if s, ok := e.info.Sys().(*syscall.Stat_t); ok {
			sum += s.Blocks / 2
		}
	}
	return sum
}

// show prints names, one a line as for a pipe.
func (l *lister) show(all []listed) {
	slices.SortStableFunc(all, func(a, b listed) int {
		order := strings.Compare(a.name, b.name)
		switch {
		case l.o.has('t') && !a.info.ModTime().Equal(b.info.ModTime()):
			order = b.info.ModTime().Compare(a.info.ModTime())
		case l.o.has('S') && a.info.Size() != b.info.Size():
			order = int(max(min(b.info.Size()-a.info.Size(), 1), -1))
		}
		if l.o.has('r') {
			order = -order
		}
		return order
	})
	rows := make([][]string, len(all))
	var widths [5]int
	for i, e := range all {
		rows[i] = l.columns(e)
		for j := range min(len(rows[i]), len(widths)) {
			widths[j] = max(widths[j], runewidth.StringWidth(rows[i][j]))
		}
	}
	for i, e := range all {
		if l.o.has('i') {
			if s, ok := e.info.Sys().(*syscall.Stat_t); ok {
				l.printf("%d ", s.Ino)
			}
		}
		if l.o.has('l') || l.o.has('n') {
			r := rows[i]
			l.printf("%s %*s %-*s %-*s %*s %s ", r[0], widths[1], r[1], widths[2], r[2], widths[3], r[3], widths[4], r[4], r[5])
		}
		l.printf("%s%s\n", e.name, l.suffix(e))
	}
}

// columns are the fields of the long form but the name.
func (l *lister) columns(e listed) []string {
	s, ok := e.info.Sys().(*syscall.Stat_t)
	if !ok {
		return make([]string, 6)
	}
	owner, group := userName(int(s.Uid)), groupName(int(s.Gid))
	if l.o.has('n') {
		owner, group = fmt.Sprint(s.Uid), fmt.Sprint(s.Gid)
	}
	size := fmt.Sprint(e.info.Size())
	if l.o.has('h') {
		size = human(e.info.Size())
	}
	when := e.info.ModTime().Format("Jan _2 15:04")
	if age := time.Since(e.info.ModTime()); age > 182*24*time.Hour || age < -time.Hour {
		when = e.info.ModTime().Format("Jan _2  2006")
	}
	return []string{modeText(e.info.Mode()), fmt.Sprint(s.Nlink), owner, group, size, when}
}

// suffix is a link's target, or with -F the mark of what a name is.
func (l *lister) suffix(e listed) string {
	mode := e.info.Mode()
	if mode&fs.ModeSymlink != 0 && (l.o.has('l') || l.o.has('n')) {
		if target, err := os.Readlink(e.path); err == nil {
			return " -> " + target
		}
	}
	if !l.o.has('F') {
		return ""
	}
	switch {
	case mode.IsDir():
		return "/"
	case mode&fs.ModeSymlink != 0:
		return "@"
	case mode&fs.ModeNamedPipe != 0:
		return "|"
	case mode&fs.ModeSocket != 0:
		return "="
	case mode&0o111 != 0:
		return "*"
	}
	return ""
}

// modeText is a mode as ls -l shows it.
func modeText(m fs.FileMode) string {
	kind := "-"
	for bit, letter := range map[fs.FileMode]string{fs.ModeDir: "d", fs.ModeSymlink: "l", fs.ModeNamedPipe: "p", fs.ModeSocket: "s"} {
		if m&bit != 0 {
			kind = letter
		}
	}
	if m&fs.ModeDevice != 0 {
		kind = "b"
		if m&fs.ModeCharDevice != 0 {
			kind = "c"
		}
	}
	text := []byte(m.Perm().String()[1:])
	for _, special := range []struct {
		bit       fs.FileMode
		at        int
		set, lack byte
	}{{fs.ModeSetuid, 2, 's', 'S'}, {fs.ModeSetgid, 5, 's', 'S'}, {fs.ModeSticky, 8, 't', 'T'}} {
		if m&special.bit == 0 {
			continue
		}
		if text[special.at] == 'x' {
			text[special.at] = special.set
		} else {
			text[special.at] = special.lack
		}
	}
	return kind + string(text)
}

// human is a size with a unit.
func human(bytes int64) string {
	if bytes < 1024 {
		return fmt.Sprint(bytes)
	}
	size, units := float64(bytes), "KMGTPE"
	for i := range units {
		if size /= 1024; size < 1024 || i == len(units)-1 {
			if size < 10 {
				return fmt.Sprintf("%.1f%c", size, units[i])
			}
			return fmt.Sprintf("%.0f%c", size, units[i])
		}
	}
	return ""
}
