package guardrail

// Threshold is a number from which on clients are warned, and one from which on they are refused; 0 or less: none.
type Threshold struct{ Warn, Fail int64 }

// IsSet says whether it bounds anything.
func (t Threshold) IsSet() bool { return t.Warn > 0 || t.Fail > 0 }

// Number names a guardrail that compares numbers.
type Number uint8

// unit is what a number is of, which says how cassandra.yaml has it.
type unit uint8

const (
	counted unit = iota
	bytes
	micros // a time to or from now
)

// number describes one.
type number struct {
	name, reason string
	unit         unit
	// least is true where what is below the thresholds exceeds them.
	least bool
	text  func(warning bool, what string, value, threshold int64) string
	// warn and fail are the thresholds by default; 0: none.
	warn, fail int64
}

// severity is what texts call a threshold.
func severity(warning bool) string {
	if warning {
		return "warning"
	}
	return "failure"
}

// Number checks a value; what says whose it is.
func (g *Guard) Number(n Number, value int64, what string) error {
	if g == nil {
		return nil
	}
	t := g.Limits.thresholds[n]
	return g.compare(n, t, value, what)
}

func (g *Guard) compare(n Number, t Threshold, value int64, what string) error {
	d := &numbers[n]
	exceeds := func(threshold int64) bool {
		if d.least {
			return value < threshold
		}
		return value > threshold
	}
	switch {
	case t.Fail > 0 && exceeds(t.Fail):
		return g.fail(d.name, d.reason, d.text(false, what, value, t.Fail))
	case t.Warn > 0 && exceeds(t.Warn):
		g.warn(d.name, d.reason, d.text(true, what, value, t.Warn))
	}
	return nil
}

// Threshold is what an operator has set for a number.
func (l *Limits) Threshold(n Number) Threshold { return l.thresholds[n] }
