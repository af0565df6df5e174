//go:build linux

package userland

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"helenus/container/userland/internal/posix"
)

// grep is one run.
type grep struct {
	*Call
	o             options
	patterns      []*regexp.Regexp
	names         bool // before each line
	before, after int
	most          int
	matched       bool
}

var grepLong = map[string]byte{
	"extended-regexp": 'E', "fixed-strings": 'F', "perl-regexp": 'P', "ignore-case": 'i', "invert-match": 'v', "quiet": 'q', "silent": 'q',
	"count": 'c', "line-number": 'n', "only-matching": 'o', "word-regexp": 'w', "line-regexp": 'x', "files-with-matches": 'l', "files-without-match": 'L',
	"no-filename": 'h', "with-filename": 'H', "no-messages": 's', "regexp": 'e', "file": 'f', "max-count": 'm', "recursive": 'r',
	"after-context": 'A', "before-context": 'B', "context": 'C', "text": 'a', "line-buffered": 'u', "color": 'z', "colour": 'z',
}

func runGrep(_ context.Context, c *Call) error {
	o, operands, err := c.parse("EFGPaivqcnowxlLhHse:f:m:rRA:B:C:", grepLong)
	if err != nil {
		return err
	}
	g := &grep{Call: c, o: o, most: -1}
	texts, operands, err := g.texts(operands)
	if err != nil {
		return err
	}
	if err := g.compile(texts); err != nil {
		return err
	}
	for letter, target := range map[byte]*int{'A': &g.after, 'B': &g.before, 'm': &g.most} {
		text := o.value(letter, "")
		if text == "" && letter != 'm' {
			text = o.value('C', "")
		}
		if text != "" {
			if *target, err = strconv.Atoi(text); err != nil || *target < 0 {
				return usageError(fmt.Sprintf("-%c is %s; allowed: a number from 0", letter, text))
			}
		}
	}
	recursive := o.has('r') || o.has('R')
	if recursive {
		operands = g.walk(operands)
	}
	g.names = (len(operands) > 1 || recursive || o.has('H')) && !o.has('h')
	if o.has('s') {
		c.Err = io.Discard
	}
	err = c.eachInput(operands, g.file)
	switch {
	case g.matched && o.has('q'):
		return nil
	case err != nil:
		return status(2)
	case !g.matched:
		return status(1)
	}
	return nil
}

// texts collects the patterns of -e, -f or the first operand.
func (g *grep) texts(operands []string) ([]string, []string, error) {
	texts := g.o.values['e']
	for _, name := range g.o.values['f'] {
		raw, err := os.ReadFile(g.path(name))
		if err != nil {
			return nil, nil, err
		}
		texts = append(texts, strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")...)
	}
	if !g.o.has('e') && !g.o.has('f') {
		if len(operands) == 0 {
			return nil, nil, usageError("a pattern is missing")
		}
		texts, operands = append(texts, operands[0]), operands[1:]
	}
	return texts, operands, nil
}

func (g *grep) compile(texts []string) error {
	syntax := posix.Basic
	switch {
	case g.o.has('F') || g.Name == "fgrep":
		syntax = posix.Text
	case g.o.has('E') || g.Name == "egrep":
		syntax = posix.Extended
	}
	for _, joined := range texts {
		for _, text := range strings.Split(joined, "\n") {
			var re *regexp.Regexp
			var err error
			if g.o.has('P') { // Go's own syntax is Perl's without look-around
				prefix := ""
				if g.o.has('i') {
					prefix = "(?i)"
				}
				re, err = regexp.Compile(prefix + text)
			} else {
				re, err = posix.Compile(text, syntax, g.o.has('i'))
			}
			if err == nil && g.o.has('x') {
				re, err = regexp.Compile("^(?:" + re.String() + ")$")
			} else if err == nil && g.o.has('w') {
				re, err = regexp.Compile(`\b(?:` + re.String() + `)\b`)
			}
			if err != nil {
				return usageError(err.Error())
			}
			g.patterns = append(g.patterns, re)
		}
	}
	return nil
}

// walk replaces directories by the files under them.
func (g *grep) walk(operands []string) []string {
	if len(operands) == 0 {
		operands = []string{"."}
	}
	var files []string
	for _, root := range operands {
		base := g.path(root)
		err := filepath.WalkDir(base, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				rest, relErr := filepath.Rel(base, path)
				if relErr != nil {
					return relErr
				}
				files = append(files, filepath.Join(root, rest))
			}
			return err
		})
		if err != nil {
			g.complain(err)
		}
	}
	return files
}

// file shows the matches of one input.
func (g *grep) file(name string, in io.Reader) error {
	if name == "-" {
		name = "(standard input)"
	}
	lines := bufio.NewReader(in)
	found, last := 0, 0
	var waiting []string // lines before a match
	trailing := 0        // lines still to show after one
	for number := 1; g.most < 0 || found < g.most || trailing > 0; number++ {
		line, err := lines.ReadString('\n')
		if line != "" {
			line = strings.TrimSuffix(line, "\n")
			spans := g.match(line)
			switch hit := (spans != nil) != g.o.has('v') && (g.most < 0 || found < g.most); {
			case hit:
				found++
				g.matched = true
				if g.o.has('q') || g.o.has('l') {
					break
				}
				if last > 0 && number-len(waiting) > last+1 && g.before+g.after > 0 && g.showsLines() {
					g.printf("--\n")
				}
				for i, early := range waiting {
					g.show(name, number-len(waiting)+i, "-", early, nil)
				}
				waiting, trailing, last = nil, g.after, number
				g.show(name, number, ":", line, spans)
			case trailing > 0:
				trailing--
				last = number
				g.show(name, number, "-", line, nil)
			case g.before > 0:
				if len(waiting) == g.before {
					waiting = waiting[1:]
				}
				waiting = append(waiting, line)
			}
		}
		if g.matched && g.o.has('q') || found > 0 && g.o.has('l') || err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	switch {
	case g.o.has('q'):
	case g.o.has('l') && found > 0, g.o.has('L') && found == 0:
		g.printf("%s\n", name)
	case g.o.has('c') && !g.o.has('l') && !g.o.has('L'):
		prefix := ""
		if g.names {
			prefix = name + ":"
		}
		g.printf("%s%d\n", prefix, found)
	}
	return nil
}

func (g *grep) showsLines() bool {
	return !g.o.has('c') && !g.o.has('l') && !g.o.has('L') && !g.o.has('q')
}

// match returns where patterns match, in order; nil: nowhere.
func (g *grep) match(line string) [][]int {
	var spans [][]int
	for _, re := range g.patterns {
		if !g.o.has('o') {
			if re.MatchString(line) {
				return [][]int{}
			}
			continue
		}
		if found := re.FindAllStringIndex(line, -1); found != nil {
			spans = append(spans, found...)
		}
	}
	return spans
}

func (g *grep) show(name string, number int, mark, line string, spans [][]int) {
	if !g.showsLines() {
		return
	}
	prefix := ""
	if g.names {
		prefix = name + mark
	}
	if g.o.has('n') {
		prefix += strconv.Itoa(number) + mark
	}
	if !g.o.has('o') {
		g.printf("%s%s\n", prefix, line)
		return
	}
	for _, span := range spans {
		if span[1] > span[0] {
			g.printf("%s%s\n", prefix, line[span[0]:span[1]])
		}
	}
}
