//go:build linux

package userland

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"
)

func runCat(_ context.Context, c *Call) error {
	_, names, err := c.parse("u", nil)
	if err != nil {
		return err
	}
	return c.eachInput(names, func(_ string, in io.Reader) error {
		_, err := io.Copy(c.Out, in)
		return err
	})
}

// oldCount turns head -5 into head -n 5.
func oldCount(args []string) []string {
	if len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && strings.Trim(args[0][1:], "0123456789") == "" {
		return append([]string{"-n", args[0][1:]}, args[1:]...)
	}
	return args
}

func runHead(_ context.Context, c *Call) error {
	c.Args = oldCount(c.Args)
	o, names, err := c.parse("n:c:qv", map[string]byte{"lines": 'n', "bytes": 'c', "quiet": 'q', "verbose": 'v'})
	if err != nil {
		return err
	}
	unit := byte('n')
	if o.has('c') {
		unit = 'c'
	}
	count, err := strconv.ParseInt(o.value(unit, "10"), 10, 64)
	if err != nil || count < 0 {
		return usageError(fmt.Sprintf("-%c is %s; allowed: a number from 0", unit, o.value(unit, "")))
	}
	first := true
	return c.eachInput(names, func(name string, in io.Reader) error {
		c.heading(name, &first, !o.has('q') && (len(names) > 1 || o.has('v')))
		if unit == 'c' {
			_, err := io.CopyN(c.Out, in, count)
			return orEnd(err)
		}
		lines := bufio.NewReader(in)
		for range count {
			line, err := lines.ReadBytes('\n')
			if _, err := c.Out.Write(line); err != nil {
				return err
			}
			if err != nil {
				return orEnd(err)
			}
		}
		return nil
	})
}

// heading names the file whose lines follow.
func (c *Call) heading(name string, first *bool, wanted bool) {
	if wanted {
		if !*first {
			c.printf("\n")
		}
		c.printf("==> %s <==\n", name)
	}
	*first = false
}

func orEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func runTee(_ context.Context, c *Call) error {
	o, names, err := c.parse("a", map[string]byte{"append": 'a'})
	if err != nil {
		return err
	}
	flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if o.has('a') {
		flags = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	}
	outs := []io.Writer{c.Out}
	for _, name := range names {
		f, err := os.OpenFile(c.path(name), flags, 0o666)
		if err != nil {
			return err
		}
		defer f.Close()
		outs = append(outs, f)
	}
	_, err = io.Copy(io.MultiWriter(outs...), c.stdin())
	return err
}

// counts are a text's sizes.
type counts struct{ lines, words, characters, bytes int64 }

func runCount(_ context.Context, c *Call) error {
	o, names, err := c.parse("clmw", map[string]byte{"bytes": 'c', "lines": 'l', "chars": 'm', "words": 'w'})
	if err != nil {
		return err
	}
	show := func(n counts, name string) {
		var columns []string
		for _, column := range []struct {
			letter byte
			value  int64
		}{{'l', n.lines}, {'w', n.words}, {'m', n.characters}, {'c', n.bytes}} {
			if o.has(column.letter) || len(o.set) == 0 && column.letter != 'm' {
				columns = append(columns, strconv.FormatInt(column.value, 10))
			}
		}
		if name != "" {
			columns = append(columns, name)
		}
		c.printf("%s\n", strings.Join(columns, " "))
	}
	var total counts
	err = c.eachInput(names, func(name string, in io.Reader) error {
		n, err := count(in)
		if err != nil {
			return err
		}
		total = counts{total.lines + n.lines, total.words + n.words, total.characters + n.characters, total.bytes + n.bytes}
		if len(names) == 0 {
			name = ""
		}
		show(n, name)
		return nil
	})
	if len(names) > 1 {
		show(total, "total")
	}
	return err
}

func count(in io.Reader) (counts, error) {
	var n counts
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		n.bytes += int64(len(line))
		n.characters += int64(utf8.RuneCount(line))
		n.words += int64(len(bytes.Fields(line)))
		if bytes.HasSuffix(line, []byte("\n")) {
			n.lines++
		}
		if err != nil {
			return n, orEnd(err)
		}
	}
}
