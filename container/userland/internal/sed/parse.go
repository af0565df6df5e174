package sed

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"helenus/container/userland/internal/posix"
)

// address selects lines: by number, by expression, the last, or every step-th.
type address struct {
	line, step int
	last       bool
	re         *regexp.Regexp
	relative   bool // +N as the end of a range
}

// command is one of a script, with its addresses.
type command struct {
	from, to *address
	negated  bool
	name     byte
	text     string // of a, i, c; label of b, t, T; file of r, w
	status   int    // of q, Q
	re       *regexp.Regexp
	replace  []piece
	global   bool
	print    bool
	nth      int
	file     string        // of s///w
	table    map[rune]rune // of y
	target   int           // of b, t, T and {: where to go on
	active   bool          // inside a range
	until    int           // its last line where that is known
}

// Program is a compiled script. It is for one run.
type Program struct{ commands []*command }

// parser reads a script.
type parser struct {
	text   string
	at     int
	syntax posix.Syntax
	last   *regexp.Regexp // what an empty expression stands for
}

// Compile reads a script; its lines may come from several -e.
func Compile(script string, extended bool) (*Program, error) {
	p := &parser{text: script}
	if extended {
		p.syntax = posix.Extended
	}
	var program Program
	var open []int
	labels := map[string]int{}
	for {
		p.skip(" \t\n;")
		if p.at == len(p.text) {
			break
		}
		c, err := p.command()
		if err != nil {
			return nil, fmt.Errorf("-e expression, char %d: %w", p.at, err)
		}
		switch c.name {
		case '#':
			continue
		case ':':
			labels[c.text] = len(program.commands)
			continue
		case '{':
			open = append(open, len(program.commands))
		case '}':
			if len(open) == 0 {
				return nil, errors.New("unexpected }")
			}
			program.commands[open[len(open)-1]].target = len(program.commands)
			open = open[:len(open)-1]
			continue
		}
		program.commands = append(program.commands, c)
	}
	if len(open) > 0 {
		return nil, errors.New("unmatched {")
	}
	for _, c := range program.commands {
		if strings.IndexByte("btT", c.name) < 0 {
			continue
		}
		c.target = len(program.commands)
		if c.text != "" {
			at, ok := labels[c.text]
			if !ok {
				return nil, fmt.Errorf("can't find label %s", c.text)
			}
			c.target = at
		}
	}
	return &program, nil
}

func (p *parser) skip(bytes string) {
	for p.at < len(p.text) && strings.IndexByte(bytes, p.text[p.at]) >= 0 {
		p.at++
	}
}

// peek returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func (p *parser) command() (*command, error) {
	c := &command{}
	var err error
	if c.from, err = p.address(); err != nil {
		return nil, err
	}
	p.skip(" \t")
	if c.from != nil && p.peek() == ',' {
		p.at++
		p.skip(" \t")
		if c.to, err = p.address(); err != nil {
			return nil, err
		}
		if c.to == nil {
			return nil, errors.New("unexpected ,")
		}
	}
	p.skip(" \t")
	for p.peek() == '!' {
		c.negated = true
		p.at++
		p.skip(" \t")
	}
	if c.name = p.peek(); c.name == 0 {
		return nil, errors.New("missing command")
	}
	p.at++
	return c, p.rest(c)
}

// rest reads what follows a command's letter.
func (p *parser) rest(c *command) error {
	switch c.name {
	case '#':
		p.line()
		return nil
	case '{':
		return nil
	case 's':
		if err := p.substitution(c); err != nil {
			return err
		}
	case 'y':
		if err := p.transliteration(c); err != nil {
			return err
		}
	case 'a', 'i', 'c':
		c.text = p.block()
		return nil
	case ':':
		p.skip(" \t")
		c.text = p.label()
		if c.text == "" {
			return errors.New(": takes a label")
		}
		return nil
	case 'r', 'w':
		p.skip(" \t")
		c.text = strings.TrimSpace(p.line())
		if c.text == "" {
			return fmt.Errorf("%c takes a name", c.name)
		}
		return nil
	case 'b', 't', 'T':
		p.skip(" \t")
		c.text = p.label()
	case 'q', 'Q':
		p.skip(" \t")
		start := p.at
		p.skip("0123456789")
		if p.at > start {
			c.status, _ = strconv.Atoi(p.text[start:p.at]) // digits only
		}
	case '}', '=', 'd', 'D', 'g', 'G', 'h', 'H', 'n', 'N', 'p', 'P', 'x', 'z':
	default:
		return fmt.Errorf("unknown command: '%c'", c.name)
	}
	p.skip(" \t")
	if next := p.peek(); next != 0 && strings.IndexByte("\n;}#", next) < 0 {
		return errors.New("extra characters after command")
	}
	return nil
}

// label takes a name up to a blank or the end of the command.
func (p *parser) label() string {
	start := p.at
	for p.at < len(p.text) && strings.IndexByte(" \t\n;}", p.text[p.at]) < 0 {
		p.at++
	}
	return p.text[start:p.at]
}

// line takes the rest of the line.
func (p *parser) line() string {
	end := strings.IndexByte(p.text[p.at:], '\n')
	if end < 0 {
		end = len(p.text) - p.at
	}
	line := p.text[p.at : p.at+end]
	p.at += end
	return line
}

// block takes the text of a, i and c: the rest of the line, or the lines after a backslash.
func (p *parser) block() string {
	p.skip(" \t")
	if strings.HasPrefix(p.text[p.at:], "\\\n") {
		p.at += 2
	} else if p.peek() == '\\' { // keeps blanks at the start
		p.at++
	}
	var out strings.Builder
	for p.at < len(p.text) && p.text[p.at] != '\n' {
		if p.text[p.at] == '\\' && p.at+1 < len(p.text) {
			p.at++
			if p.text[p.at] == 't' {
				out.WriteByte('\t')
				p.at++
				continue
			}
		}
		out.WriteByte(p.text[p.at])
		p.at++
	}
	return out.String()
}

func (p *parser) number() int {
	start := p.at
	p.skip("0123456789")
	n, err := strconv.Atoi(p.text[start:p.at])
	if err != nil {
		return 0
	}
	return n
}

func (p *parser) address() (*address, error) {
	b := p.peek()
	switch {
	case b >= '0' && b <= '9':
		a := &address{line: p.number()}
		if p.peek() == '~' {
			p.at++
			a.step = p.number()
		}
		return a, nil
	case b == '+':
		p.at++
		return &address{line: p.number(), relative: true}, nil
	case b == '$':
		p.at++
		return &address{last: true}, nil
	case b == '/' || b == '\\':
		p.at++
		if b == '\\' {
			b = p.peek()
			p.at++
		}
		text, err := p.delimited(b, true)
		if err != nil {
			return nil, err
		}
		ignoreCase := false
		if p.peek() == 'I' {
			p.at++
			ignoreCase = true
		}
		re, err := p.compile(text, ignoreCase)
		return &address{re: re}, err
	}
	return nil, nil
}

func (p *parser) compile(text string, ignoreCase bool) (*regexp.Regexp, error) {
	if text == "" {
		if p.last == nil {
			return nil, errors.New("no previous regular expression")
		}
		return p.last, nil
	}
	re, err := posix.Compile(text, p.syntax, ignoreCase)
	p.last = re
	return re, err
}

// delimited takes a text up to a delimiter, which a backslash makes part of it.
func (p *parser) delimited(delimiter byte, expression bool) (string, error) {
	var out strings.Builder
	inBracket := false
	for ; p.at < len(p.text); p.at++ {
		b := p.text[p.at]
		switch {
		case b == '\\' && p.at+1 < len(p.text):
			p.at++
			next := p.text[p.at]
			switch {
			case next == delimiter && delimiter != '\\':
				out.WriteByte(next)
			case next == '\n' && !expression:
				out.WriteByte('\n')
			default:
				out.WriteByte('\\')
				out.WriteByte(next)
			}
			continue
		case expression && b == '[' && !inBracket:
			inBracket = true
			out.WriteByte(b)
			for _, first := range []byte("^]") {
				if p.at+1 < len(p.text) && p.text[p.at+1] == first {
					p.at++
					out.WriteByte(first)
				}
			}
			continue
		case expression && b == ']':
			inBracket = false
		case b == delimiter && !inBracket:
			p.at++
			return out.String(), nil
		}
		out.WriteByte(b)
	}
	return "", fmt.Errorf("unterminated text: %c is missing", delimiter)
}

func (p *parser) substitution(c *command) error {
	delimiter := p.peek()
	p.at++
	expression, err := p.delimited(delimiter, true)
	if err != nil {
		return err
	}
	replacement, err := p.delimited(delimiter, false)
	if err != nil {
		return err
	}
	c.replace = parseReplacement(replacement)
	ignoreCase := false
	for {
		b := p.peek()
		switch {
		case b == 'g':
			c.global = true
		case b == 'p':
			c.print = true
		case b == 'i' || b == 'I':
			ignoreCase = true
		case b >= '1' && b <= '9':
			c.nth = p.number()
			continue
		case b == 'w':
			p.at++
			c.file = strings.TrimSpace(p.line())
		}
		if b == 0 || strings.IndexByte("gpiI", b) < 0 {
			break
		}
		p.at++
	}
	c.re, err = p.compile(expression, ignoreCase)
	return err
}

func (p *parser) transliteration(c *command) error {
	delimiter := p.peek()
	p.at++
	from, err := p.delimited(delimiter, false)
	if err != nil {
		return err
	}
	to, err := p.delimited(delimiter, false)
	if err != nil {
		return err
	}
	unescape := strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`)
	a, b := []rune(unescape.Replace(from)), []rune(unescape.Replace(to))
	if len(a) != len(b) {
		return errors.New("strings for y command are different lengths")
	}
	c.table = map[rune]rune{}
	for i := range a {
		c.table[a[i]] = b[i]
	}
	return nil
}
