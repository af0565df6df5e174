package nodetool

import (
	"maps"
	"slices"
	"strings"
)

// help prints the verbs, or what is known of one.
func (c *call) help(words []string) int {
	if len(words) == 0 {
		c.printf("usage: nodetool %s <command> [<args>]\n\nThe most commonly used nodetool commands are:\n", usage(globals))
		for _, v := range sortedVerbs() {
			c.printf("    %-23s %s\n", v.name, v.about)
		}
		c.printf("\nSee 'nodetool help <command>' for more information on a specific command.\n\n")
		return exitOK
	}
	v := findVerb(words[0])
	switch {
	case v == nil && unsupported[words[0]] != "":
		c.printf("%s: %s\n", words[0], unsupported[words[0]])
		return exitOK
	case v == nil:
		c.printf("Unknown command %s\n", words[0])
		return exitOK
	}
	c.printf("NAME\n        nodetool %s - %s\n\nSYNOPSIS\n        nodetool %s %s %s\n\nOPTIONS\n", v.name, v.about, usage(globals), v.name, strings.TrimSpace(usage(v.options)+" "+v.args))
	for _, o := range append(slices.Clone(globals), v.options...) {
		if o.refused != "" {
			continue
		}
		var names []string
		for _, n := range o.names {
			names = append(names, strings.TrimSpace(n+" "+o.placeholder()))
		}
		c.printf("        %s\n            %s\n\n", strings.Join(names, ", "), o.about)
	}
	return exitOK
}

// placeholder is how an option's value is shown.
func (o *option) placeholder() string {
	if o.value == "" {
		return ""
	}
	return "<" + o.value + ">"
}

// usage shows options as a synopsis does.
func usage(options []option) string {
	var all []string
	for _, o := range options {
		if o.refused != "" {
			continue
		}
		var names []string
		for _, n := range o.names {
			names = append(names, strings.TrimSpace(n+" "+o.placeholder()))
		}
		all = append(all, "[("+strings.Join(names, " | ")+")]")
	}
	return strings.Join(all, " ")
}

func sortedVerbs() []*verb {
	byName := map[string]*verb{}
	for _, all := range verbs {
		for i := range all {
			byName[all[i].name] = &all[i]
		}
	}
	var sorted []*verb
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		sorted = append(sorted, byName[name])
	}
	return sorted
}
