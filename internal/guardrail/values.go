package guardrail

import (
	"fmt"
	"slices"
	"strings"
)

// Values are those that clients are warned of, that are taken for not given, and that are refused.
type Values struct{ Warned, Ignored, Disallowed []string }

// List names a guardrail over values.
type List uint8

// list describes one.
type list struct {
	name, what string
	// ignores: there is a key for values to ignore. known are the values there are.
	ignores bool
	known   func() []string
}

// Values checks the values given and returns those that are to be ignored.
func (g *Guard) Values(l List, given ...string) (ignored []string, err error) {
	if g == nil {
		return nil, nil
	}
	d, limits := &lists[l], &g.Limits.values[l]
	among := func(all []string) (found []string) {
		for _, v := range given {
			if slices.Contains(all, v) && !slices.Contains(found, v) {
				found = append(found, v)
			}
		}
		return found
	}
	if found := among(limits.Disallowed); found != nil {
		return nil, g.fail(d.name, "", fmt.Sprintf("Provided values %s are not allowed for %s (disallowed values are: %s)", listed(found), d.what, listed(limits.Disallowed)))
	}
	if ignored = among(limits.Ignored); ignored != nil {
		g.warn(d.name, "", fmt.Sprintf("Ignoring provided values %s as they are not supported for %s (ignored values are: %s)", listed(ignored), d.what, listed(limits.Ignored)))
	}
	if found := among(limits.Warned); found != nil {
		g.warn(d.name, "", fmt.Sprintf("Provided values %s are not recommended for %s (warned values are: %s)", listed(found), d.what, listed(limits.Warned)))
	}
	return ignored, nil
}

func listed(all []string) string { return "[" + strings.Join(all, ", ") + "]" }
