//go:build linux

package userland

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Call is one run of a command.
type Call struct {
	Name     string
	Args     []string // without the name
	In       io.Reader
	Out, Err io.Writer
	Env      []string // KEY=value
	Dir      string   // where relative paths begin; absolute
}

// status ends a command with an exit status and no message.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// usageError is a wrong option or operand.
type usageError string

func (e usageError) Error() string { return string(e) }

// getenv returns a variable; the last one of a name counts.
func (c *Call) getenv(name string) string {
	for _, entry := range slices.Backward(c.Env) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// path makes a path absolute.
func (c *Call) path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.Dir, name)
}

// printf writes to the command's output. That nobody reads any more shows at the next flush or is nobody's loss.
func (c *Call) printf(format string, args ...any) { _, _ = fmt.Fprintf(c.Out, format, args...) }

// complain writes a message that begins with the command's name.
func (c *Call) complain(err error) { _, _ = fmt.Fprintf(c.Err, "%s: %s\n", c.Name, plain(err)) }

// plain is an error in the words of Unix: path, then reason.
func plain(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		reason := path.Err.Error()
		return path.Path + ": " + strings.ToUpper(reason[:1]) + reason[1:]
	}
	return err.Error()
}

// eachInput calls f with each file named, or with standard input where none is or a name is -. Files that can't be read are complained
// of, and make the result status 1 after all others have been read.
func (c *Call) eachInput(names []string, f func(name string, in io.Reader) error) error {
	if len(names) == 0 {
		names = []string{"-"}
	}
	failed := false
	for _, name := range names {
		if name == "-" {
			if err := f(name, c.stdin()); err != nil {
				return err
			}
			continue
		}
		file, err := os.Open(c.path(name))
		if err == nil {
			err = f(name, file)
			if closeErr := file.Close(); err == nil {
				err = closeErr
			}
		}
		var path *os.PathError
		if errors.As(err, &path) {
			path.Path = name
			c.complain(err)
			failed = true
		} else if err != nil {
			return err
		}
	}
	if failed {
		return status(1)
	}
	return nil
}

func (c *Call) stdin() io.Reader {
	if c.In == nil {
		return strings.NewReader("")
	}
	return c.In
}

// options are the flags of a call by letter.
type options struct {
	set    map[byte]bool
	values map[byte][]string
}

func (o options) has(letter byte) bool { return o.set[letter] }

// value returns the last value given, or the fallback.
func (o options) value(letter byte, fallback string) string {
	if all := o.values[letter]; len(all) > 0 {
		return all[len(all)-1]
	}
	return fallback
}

// parse splits arguments into options and operands. spec lists letters, "x:" where one takes a value; a leading "+" ends options at the
// first operand. long gives letters their long names.
func (c *Call) parse(spec string, long map[string]byte) (options, []string, error) {
	o := options{map[byte]bool{}, map[byte][]string{}}
	strict := strings.HasPrefix(spec, "+")
	spec = strings.TrimPrefix(spec, "+")
	var operands []string
	for i := 0; i < len(c.Args); i++ {
		arg := c.Args[i]
		switch {
		case arg == "--":
			return o, append(operands, c.Args[i+1:]...), nil
		case arg == "-" || !strings.HasPrefix(arg, "-"):
			if strict {
				return o, c.Args[i:], nil
			}
			operands = append(operands, arg)
		case strings.HasPrefix(arg, "--"):
			name, value, given := strings.Cut(arg[2:], "=")
			letter, ok := long[name]
			if !ok {
				return o, nil, usageError("unknown option --" + name)
			}
			if takesValue(spec, letter) && !given {
				if i++; i == len(c.Args) {
					return o, nil, usageError("option --" + name + " takes a value")
				}
				value = c.Args[i]
			}
			o.add(letter, value)
		default:
			skip, err := o.cluster(arg[1:], c.Args[i+1:], spec)
			if err != nil {
				return o, nil, err
			}
			i += skip
		}
	}
	return o, operands, nil
}

// cluster reads letters that share a dash and returns how many of the arguments after it they took.
func (o options) cluster(letters string, rest []string, spec string) (int, error) {
	for i := range len(letters) {
		letter := letters[i]
		if letter == ':' || strings.IndexByte(spec, letter) < 0 {
			return 0, usageError("unknown option -" + letters[i:i+1])
		}
		if !takesValue(spec, letter) {
			o.add(letter, "")
			continue
		}
		if i+1 < len(letters) {
			o.add(letter, letters[i+1:])
			return 0, nil
		}
		if len(rest) == 0 {
			return 0, usageError("option -" + letters[i:] + " takes a value")
		}
		o.add(letter, rest[0])
		return 1, nil
	}
	return 0, nil
}

func (o options) add(letter byte, value string) {
	o.set[letter] = true
	o.values[letter] = append(o.values[letter], value)
}

func takesValue(spec string, letter byte) bool {
	at := strings.IndexByte(spec, letter)
	return at >= 0 && at+1 < len(spec) && spec[at+1] == ':'
}
