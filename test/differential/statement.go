package differential

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"helenus/test/golden"
)

// value is one value in the three forms that statements give values in.
type value struct {
	literal string // a CQL literal
	bind    string // JSON for the @bind directive; empty when the value can't be bound
	doc     string // JSON for INSERT JSON
	// loose is a set or map of several elements, or has one in it: bound, they may be in any order.
	loose bool
}

// statement is a template: text with holes, \x01N\x01 for the value values[N]. A hole that is bound becomes a marker. So a piece of the
// text can be taken away together with the values in it.
type statement struct {
	template string
	values   []value
	bound    map[int]bool
	paging   int
	mask     string
	// descending says that the table has clustering columns in descending order.
	descending bool
	// pure is false when the text was made wrong on purpose; nothing may be concluded from it.
	pure bool
	// effect changes what the generator believes of the schema; nil for most.
	effect func()
}

var hole = regexp.MustCompile("\x01([0-9]+)\x01")

// golden returns the statement as a script has it.
func (s *statement) golden(line int) golden.Statement {
	var binds []string
	prepared := false
	text := hole.ReplaceAllStringFunc(s.template, func(h string) string {
		n, _ := strconv.Atoi(h[1 : len(h)-1]) // the expression matches digits only
		if s.bound[n] {
			prepared = true
			binds = append(binds, s.values[n].bind)
			return "?"
		}
		return s.values[n].literal
	})
	d := map[string]string{}
	if prepared {
		d["bind"] = "[" + strings.Join(binds, ", ") + "]"
	}
	if s.paging > 0 {
		d["paging"] = strconv.Itoa(s.paging)
	}
	if s.mask != "" {
		d["mask"] = s.mask
	}
	return golden.Statement{Line: line, Directives: d, CQL: text}
}

// kind is the statement's first words, for reports.
func (s *statement) kind() string {
	words := strings.Fields(strings.ToUpper(s.template))
	if len(words) > 1 && (words[0] == "CREATE" || words[0] == "ALTER" || words[0] == "DROP") {
		return words[0] + " " + words[1]
	}
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// script prints statements as a golden script.
func script(list []*statement) string {
	var b strings.Builder
	for _, s := range list {
		g := s.golden(0)
		for _, name := range []string{"paging", "mask", "bind"} {
			if v, ok := g.Directives[name]; ok {
				fmt.Fprintf(&b, "-- @%s %s\n", name, v)
			}
		}
		if _, err := golden.Split(g.CQL + ";"); err != nil || strings.Contains(g.CQL, ";") && !strings.HasPrefix(g.CQL, "BEGIN") {
			b.WriteString("-- @raw\n" + strings.ReplaceAll(g.CQL, "\n", " ") + "\n")
			continue
		}
		b.WriteString(g.CQL + ";\n")
	}
	return b.String()
}
