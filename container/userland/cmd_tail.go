//go:build linux

package userland

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// followEvery is how often tail -f looks for more.
const followEvery = 200 * time.Millisecond

func runTail(ctx context.Context, c *Call) error {
	c.Args = oldCount(c.Args)
	o, names, err := c.parse("n:c:fFq", map[string]byte{"lines": 'n', "bytes": 'c', "follow": 'f', "quiet": 'q'})
	if err != nil {
		return err
	}
	unit := byte('n')
	if o.has('c') {
		unit = 'c'
	}
	text := o.value(unit, "10")
	n, err := strconv.ParseInt(strings.TrimLeft(text, "+-"), 10, 64)
	if err != nil {
		return usageError(fmt.Sprintf("-%c is %s; allowed: a number, or +NUMBER to count from the start", unit, text))
	}
	first := true
	var followed []*followedFile
	defer func() {
		for _, f := range followed {
			f.close()
		}
	}()
	err = c.eachInput(names, func(name string, in io.Reader) error {
		c.heading(name, &first, len(names) > 1 && !o.has('q'))
		if err := tail(c.Out, in, unit == 'c', strings.HasPrefix(text, "+"), n); err != nil {
			return err
		}
		if f, ok := in.(*os.File); ok && name != "-" {
			at, err := f.Seek(0, io.SeekCurrent)
			if err != nil {
				return err
			}
			followed = append(followed, &followedFile{path: c.path(name), at: at, again: o.has('F')})
		}
		return nil
	})
	if !o.has('f') && !o.has('F') {
		return err
	}
	if o.has('F') && err != nil { // files that are still to come
		for _, name := range names {
			if _, statErr := os.Stat(c.path(name)); statErr != nil {
				followed = append(followed, &followedFile{path: c.path(name), again: true})
			}
		}
	} else if err != nil {
		return err
	}
	return follow(ctx, c.Out, followed)
}

// tail copies the end of a text: the last n lines or bytes, or all from the nth on.
func tail(out io.Writer, in io.Reader, bytes, fromStart bool, n int64) error {
	lines := bufio.NewReader(in)
	if fromStart {
		for range n - 1 {
			var err error
			if bytes {
				_, err = lines.ReadByte()
			} else {
				_, err = lines.ReadSlice('\n')
			}
			if err != nil && err != bufio.ErrBufferFull {
				return orEnd(err)
			}
		}
		_, err := io.Copy(out, lines)
		return err
	}
	if bytes {
		all, err := io.ReadAll(lines)
		if err != nil {
			return err
		}
		_, err = out.Write(all[max(int64(len(all))-n, 0):])
		return err
	}
	var last [][]byte
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 && n > 0 {
			if int64(len(last)) == n {
				last = last[1:]
			}
			last = append(last, line)
		}
		if err != nil {
			for _, line := range last {
				if _, err := out.Write(line); err != nil {
					return err
				}
			}
			return orEnd(err)
		}
	}
}

// followedFile is a file whose growth tail -f shows.
type followedFile struct {
	path  string
	at    int64
	again bool // by name: a file that takes its place is followed too
	file  *os.File
}

func (f *followedFile) close() {
	if f.file != nil {
		_ = f.file.Close()
	}
}

// follow copies what is written to files until ctx is done.
func follow(ctx context.Context, out io.Writer, files []*followedFile) error {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		for _, f := range files {
			if err := f.copyNew(out); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (f *followedFile) copyNew(out io.Writer) error {
	if f.file == nil {
		file, err := os.Open(f.path)
		if err != nil {
			if f.again {
				return nil
			}
			return err
		}
		f.file = file
	}
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < f.at {
		f.at = 0 // it was cut
	}
	n, err := io.Copy(out, io.NewSectionReader(f.file, f.at, 1<<62-f.at))
	f.at += n
	if err != nil || !f.again {
		return err
	}
	if now, statErr := os.Stat(f.path); statErr == nil && !os.SameFile(info, now) {
		f.close()
		f.file, f.at = nil, 0
	}
	return nil
}
