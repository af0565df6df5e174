package nodetool

import (
	"fmt"
	"slices"
	"strings"
)

// option is a flag of a verb, or one that all verbs have.
type option struct {
	names []string // the long one last, which it is known by
	value string   // what it takes; empty: nothing
	about string
	// refused says why it can't mean anything here. An option that is not refused and that no verb looks at tells only how fast or in which
	// order, and changes no outcome.
	refused string
}

func (o *option) name() string { return strings.TrimLeft(o.names[len(o.names)-1], "-") }

// globals may stand before the verb and after it.
var globals = []option{
	{names: []string{"-h", "--host"}, value: "host", about: "address of the node; what changes something it does only for callers on its own machine"},
	{names: []string{"-p", "--port"}, value: "port", about: "port of the node's nodetool service"},
	{names: []string{"-pp", "--print-port"}, about: "show the nodes' ports too"},
	{names: []string{"-u", "--username"}, value: "username", about: "not needed: whoever is on the node's machine may ask"},
	{names: []string{"-pw", "--password"}, value: "password", about: "not needed"},
	{names: []string{"-pwf", "--password-file"}, value: "file", about: "not needed"},
}

// given are the options and arguments of a call.
type given struct {
	options map[string][]string // by the option's long name; flags have one empty value
	args    []string
}

func (g *given) has(name string) bool { return len(g.options[name]) > 0 }

// value is the last one given, or otherwise.
func (g *given) value(name, otherwise string) string {
	if all := g.options[name]; len(all) > 0 {
		return all[len(all)-1]
	}
	return otherwise
}

// list is all values given, each of which may be several with commas between.
func (g *given) list(name string) (all []string) {
	for _, v := range g.options[name] {
		all = append(all, strings.Split(v, ",")...)
	}
	return all
}

// usageErrorf is a call that has to be made otherwise.
func usageErrorf(format string, args ...any) error {
	return &Error{Text: fmt.Sprintf(format, args...), Usage: true}
}

// take reads options off the front of words: of those known, until the first word that is none.
func (g *given) take(words []string, known []option) (rest []string, err error) {
	for len(words) > 0 {
		word := words[0]
		if !isOption(word) {
			return words, nil
		}
		o, value, attached := find(known, word)
		switch {
		case o == nil:
			return words, nil
		case o.refused != "":
			return nil, usageErrorf("%s: %s", o.names[len(o.names)-1], o.refused)
		}
		words = words[1:]
		if o.value != "" && !attached {
			if len(words) == 0 {
				return nil, usageErrorf("Required values for option '%s' not provided", o.name())
			}
			value, words = words[0], words[1:]
		}
		if g.options == nil {
			g.options = map[string][]string{}
		}
		g.options[o.name()] = append(g.options[o.name()], strings.TrimSpace(value))
	}
	return nil, nil
}

// parse reads all words after a verb: options and arguments in any order, arguments alone behind "--".
func (g *given) parse(words []string, known []option) (err error) {
	for len(words) > 0 {
		if words, err = g.take(words, known); err != nil {
			return err
		}
		switch {
		case len(words) == 0:
		case words[0] == "--":
			g.args = append(g.args, words[1:]...)
			return nil
		case isOption(words[0]):
			return usageErrorf("Found unexpected parameters: [%s]", words[0])
		default:
			g.args, words = append(g.args, words[0]), words[1:]
		}
	}
	return nil
}

// isOption says whether a word is one; negative numbers are tokens and keys.
func isOption(word string) bool {
	return len(word) > 1 && word[0] == '-' && word != "--" && (word[1] < '0' || word[1] > '9')
}

// find returns the option that a word names, and the value that is attached to it: --port=1, -p1, or with a blank between in one word, as some
// compose files have it.
func find(known []option, word string) (o *option, value string, attached bool) {
	for i := range known {
		if slices.Contains(known[i].names, word) {
			return &known[i], "", false
		}
	}
	for i := range known {
		o = &known[i]
		for _, name := range o.names {
			rest, begins := strings.CutPrefix(word, name)
			if begins && o.value != "" && (rest[0] == '=' || rest[0] == ' ' || len(name) == 2 && rest[0] >= '0' && rest[0] <= '9') {
				return o, strings.TrimPrefix(rest, "="), true
			}
		}
	}
	return nil, "", false
}
