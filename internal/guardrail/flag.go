package guardrail

// Flag is whether something may be done, and whether whoever does it is warned.
type Flag struct{ Disabled, Warned bool }

// Feature names a guardrail that forbids.
type Feature uint8

// feature describes one.
type feature struct {
	name, reason string
	// what is not allowed, where whoever asks has no other words.
	what string
	// key is what cassandra.yaml calls it, less _enabled and _warned; warns: there is a key for warnings, too, and its default.
	key, warned string
}

// Feature checks that something may be done. what words it; empty: the guardrail's own words.
func (g *Guard) Feature(f Feature, what string) error {
	if g == nil {
		return nil
	}
	d := &features[f]
	if what == "" {
		what = d.what
	}
	switch is := g.Limits.flags[f]; {
	case is.Disabled:
		return g.fail(d.name, d.reason, what+" is not allowed")
	case is.Warned:
		g.warn(d.name, d.reason, what+" is not recommended")
	}
	return nil
}

// Forbids says whether something may not be done.
func (g *Guard) Forbids(f Feature) bool { return g != nil && g.Limits.flags[f].Disabled }
