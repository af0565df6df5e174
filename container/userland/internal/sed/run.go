package sed

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
)

// Options say how a program runs.
type Options struct {
	Quiet bool // -n: print only what p and its like print
	Zero  bool // -z: lines end with a zero byte
	// Create opens a file of w for writing, Read one of r.
	Create func(name string) (io.WriteCloser, error)
	Read   func(name string) ([]byte, error)
}

// editor is one run.
type editor struct {
	program *Program
	o       Options
	in      *bufio.Reader
	out     *bufio.Writer
	end     byte // of a line
	files   map[string]io.WriteCloser
	pattern string
	hold    string
	line    int
	next    *string // read ahead, to know the last line
	noEnd   bool    // the last line had no end
	after   []string
	changed bool // for t
	quit    bool
	status  int
}

// Run edits in to out and returns the status of q or Q.
func (p *Program) Run(in io.Reader, out io.Writer, o Options) (status int, err error) {
	e := &editor{program: p, o: o, end: '\n', in: bufio.NewReader(in), out: bufio.NewWriter(out), files: map[string]io.WriteCloser{}}
	if o.Zero {
		e.end = 0
	}
	defer func() {
		for _, f := range e.files {
			err = errors.Join(err, f.Close())
		}
	}()
	if err := e.advance(); err != nil {
		return 0, err
	}
	for !e.quit {
		if ok, err := e.take(); err != nil || !ok {
			return e.status, errors.Join(err, e.out.Flush())
		}
		if err := e.cycle(); err != nil {
			return 0, err
		}
	}
	return e.status, e.out.Flush()
}

// advance reads the line after the one at hand.
func (e *editor) advance() error {
	e.next = nil
	line, err := e.in.ReadString(e.end)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if line == "" {
		return nil
	}
	trimmed, whole := strings.CutSuffix(line, string(e.end))
	e.noEnd = !whole
	e.next = &trimmed
	return nil
}

// take makes the line that was read ahead the pattern space.
func (e *editor) take() (bool, error) {
	if e.next == nil {
		return false, nil
	}
	e.pattern = *e.next
	e.line++
	return true, e.advance()
}

func (e *editor) emit(text string) {
	end := string(e.end)
	if e.noEnd && e.next == nil {
		end = ""
	}
	_, _ = e.out.WriteString(text + end) // an error stays until Flush
}

// finish ends a cycle: the line, then what a and r have put behind it.
func (e *editor) finish(print bool) {
	if print && !e.o.Quiet {
		e.emit(e.pattern)
	}
	for _, text := range e.after {
		_, _ = e.out.WriteString(text)
	}
	e.after = nil
}

// cycle runs the commands on a line.
func (e *editor) cycle() error {
	e.changed = false
	for at := 0; at < len(e.program.commands); {
		c := e.program.commands[at]
		at++
		if e.selects(c) == c.negated {
			if c.name == '{' {
				at = c.target
			}
			continue
		}
		jump, end, err := e.run(c)
		if err != nil {
			return err
		}
		if end {
			return nil
		}
		if jump >= 0 {
			at = jump
		}
	}
	e.finish(true)
	return nil
}

// run runs one command. jump is where to go on, or -1; end says that the cycle is over.
func (e *editor) run(c *command) (jump int, end bool, err error) {
	switch c.name {
	case 's':
		return -1, false, e.substitute(c)
	case 'y':
		e.pattern = strings.Map(func(r rune) rune {
			if to, ok := c.table[r]; ok {
				return to
			}
			return r
		}, e.pattern)
	case 'd':
		e.finish(false)
		return -1, true, nil
	case 'D':
		if _, rest, ok := strings.Cut(e.pattern, "\n"); ok {
			e.pattern = rest
			return 0, false, nil
		}
		e.finish(false)
		return -1, true, nil
	case 'p':
		e.emit(e.pattern)
	case 'P':
		first, _, _ := strings.Cut(e.pattern, "\n")
		e.emit(first)
	case '=':
		e.emit(strconv.Itoa(e.line))
	case 'a':
		e.after = append(e.after, c.text+"\n")
	case 'i':
		_, _ = e.out.WriteString(c.text + "\n")
	case 'c':
		if c.to == nil || !c.active || c.negated {
			_, _ = e.out.WriteString(c.text + "\n")
		}
		e.finish(false)
		return -1, true, nil
	case 'r':
		if raw, err := e.o.Read(c.text); err == nil { // a file that is missing counts as empty
			e.after = append(e.after, string(raw))
		}
	case 'w':
		return -1, false, e.write(c.text)
	case 'n':
		if e.next == nil {
			e.finish(true)
			return -1, true, nil
		}
		e.finish(true)
		_, err = e.take()
	case 'N':
		if e.next == nil {
			e.finish(true)
			return -1, true, nil
		}
		before := e.pattern
		_, err = e.take()
		e.pattern = before + "\n" + e.pattern
	case 'g':
		e.pattern = e.hold
	case 'G':
		e.pattern += "\n" + e.hold
	case 'h':
		e.hold = e.pattern
	case 'H':
		e.hold += "\n" + e.pattern
	case 'x':
		e.pattern, e.hold = e.hold, e.pattern
	case 'z':
		e.pattern = ""
	case 'b':
		return c.target, false, nil
	case 't', 'T':
		changed := e.changed
		e.changed = false
		if changed == (c.name == 't') {
			return c.target, false, nil
		}
	case 'q', 'Q':
		e.quit, e.status = true, c.status
		e.finish(c.name == 'q')
		return -1, true, nil
	}
	return -1, false, err
}

func (e *editor) substitute(c *command) error {
	line, done := c.substitute(e.pattern)
	if !done {
		return nil
	}
	e.pattern, e.changed = line, true
	if c.print {
		e.emit(e.pattern)
	}
	if c.file != "" {
		return e.write(c.file)
	}
	return nil
}

// write appends the pattern space to a file of this run.
func (e *editor) write(name string) error {
	if name == "/dev/stdout" {
		e.emit(e.pattern)
		return nil
	}
	if e.files[name] == nil {
		if e.o.Create == nil {
			return &os.PathError{Op: "create", Path: name, Err: os.ErrPermission}
		}
		f, err := e.o.Create(name)
		if err != nil {
			return err
		}
		e.files[name] = f
	}
	_, err := io.WriteString(e.files[name], e.pattern+"\n")
	return err
}

// selects says whether a command's addresses select the line.
func (e *editor) selects(c *command) bool {
	if c.from == nil {
		return true
	}
	if c.to == nil {
		return e.matches(c.from)
	}
	if !c.active {
		zero := c.from.line == 0 && c.from.re == nil && !c.from.last && c.from.step == 0
		if !zero && !e.matches(c.from) {
			return false
		}
		c.active, c.until = true, 0
		switch {
		case c.to.relative:
			c.until = e.line + c.to.line
		case c.to.re == nil && !c.to.last:
			c.until = c.to.line
		}
		if c.until > 0 && c.until <= e.line || c.to.relative && c.to.line == 0 {
			c.active = false
			return true
		}
		if !zero {
			return true
		}
	}
	switch {
	case c.to.re != nil:
		c.active = !c.to.re.MatchString(e.pattern)
	case c.to.last:
		c.active = e.next != nil
	default:
		c.active = e.line < c.until
	}
	return true
}

func (e *editor) matches(a *address) bool {
	switch {
	case a.re != nil:
		return a.re.MatchString(e.pattern)
	case a.last:
		return e.next == nil
	case a.step > 0:
		return e.line >= a.line && (e.line-a.line)%a.step == 0
	}
	return e.line == a.line
}
