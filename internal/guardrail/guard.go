package guardrail

import (
	"strings"

	"helenus/internal/cassandra"
)

// Limits are what an operator has set. Immutable once it is in use.
type Limits struct {
	thresholds [thresholds]Threshold
	flags      [flags]Flag
	values     [valueLists]Values
	disk       disk
}

// Defaults are the limits of a cassandra.yaml that sets none.
func Defaults() *Limits {
	l := &Limits{disk: disk{Threshold: Threshold{-1, -1}}}
	for n := range thresholds {
		l.thresholds[n] = Threshold{numbers[n].warn, numbers[n].fail}
	}
	for f := range flags {
		l.flags[f].Warned = features[f].warned == "true"
	}
	return l
}

// Guard asks for one request of a role that is no superuser. nil takes everything.
type Guard struct {
	Limits *Limits
	// Warn takes a warning for the client.
	Warn func(text string)
}

// violated words what exceeds a guardrail.
func violated(name, reason, text string) string {
	full := "Guardrail " + name + " violated: " + text
	if reason != "" {
		if !strings.HasSuffix(full, ".") {
			full += "."
		}
		full += " " + reason
	}
	return full
}

// fail tells the client twice, as Cassandra does: by a warning and by the error.
func (g *Guard) fail(name, reason, text string) error {
	full := violated(name, reason, text)
	g.Warn(full)
	return &cassandra.Error{Code: cassandra.CodeInvalid, Message: full}
}

func (g *Guard) warn(name, reason, text string) { g.Warn(violated(name, reason, text)) }
