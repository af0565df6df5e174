package nodetool

import "strconv"

// verbs are all that there are, by what they are about.
var verbs = [][]verb{ringVerbs, nodeVerbs, tableVerbs, workVerbs, repairVerbs, snapshotVerbs, hintVerbs, membershipVerbs, switchVerbs, cidrVerbs}

// aliases are names of earlier releases.
var aliases = map[string]string{"cfstats": "tablestats", "cfhistograms": "tablehistograms"}

func findVerb(name string) *verb {
	if now := aliases[name]; now != "" {
		name = now
	}
	for _, all := range verbs {
		for i := range all {
			if all[i].name == name {
				return &all[i]
			}
		}
	}
	return nil
}

// keyspaceArgument takes one keyspace, or none.
func keyspaceArgument(c *call) error {
	if len(c.args) > 1 {
		return usageErrorf("Found unexpected parameters: %v", c.args[1:])
	}
	if len(c.args) == 1 {
		c.Keyspace = c.args[0]
	}
	return nil
}

// tablesArgument takes a keyspace and tables of it, or nothing.
func tablesArgument(c *call) error {
	if len(c.args) > 0 {
		c.Keyspace, c.Tables = c.args[0], c.args[1:]
	}
	return nil
}

// hostArgument takes one host id or address, which is called so when it is missing.
func hostArgument(name string) func(c *call) error {
	return func(c *call) error {
		switch {
		case len(c.args) == 0:
			return usageErrorf("Required parameters are missing: %s", name)
		case len(c.args) > 1:
			return usageErrorf("Found unexpected parameters: %v", c.args[1:])
		}
		c.Host = c.args[0]
		return nil
	}
}

// say prints a format with what is chosen of a report.
func say(format string, what func(r *Report) any) func(*call, *Report) error {
	return func(c *call, r *Report) error {
		c.printf(format+"\n", what(r))
		return nil
	}
}

// running prints whether something runs.
func running(what func(r *Report) bool) func(*call, *Report) error {
	return func(c *call, r *Report) error {
		if what(r) {
			c.printf("running\n")
		} else {
			c.printf("not running\n")
		}
		return nil
	}
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
