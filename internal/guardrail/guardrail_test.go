package guardrail

import (
	"slices"
	"strings"
	"testing"
)

// limits returns the default ones with some set.
func limits(set func(l *Limits)) *Limits {
	l := Defaults()
	set(l)
	return l
}

// TestNumbers walks every number from below its thresholds to above: nothing, a warning, a refusal that is a warning, too. A nil Guard takes all.
func TestNumbers(t *testing.T) {
	for n := range thresholds {
		d := numbers[n]
		if d.name == "" || d.text == nil {
			t.Fatalf("number %d has no description", n)
		}
		l := limits(func(l *Limits) { l.thresholds[n] = Threshold{Warn: 10, Fail: 20} })
		values := []int64{9, 10, 11, 20, 21}
		wants := []string{"", "", "warning", "warning", "failure"}
		if d.least {
			l.thresholds[n] = Threshold{Warn: 20, Fail: 10}
			values = []int64{21, 20, 19, 10, 9}
		}
		for i, v := range values {
			var warnings []string
			g := &Guard{Limits: l, Warn: func(text string) { warnings = append(warnings, text) }}
			err := g.Number(n, v, "this")
			got := ""
			switch {
			case err != nil && len(warnings) == 1 && warnings[0] == err.Error():
				got = "failure"
			case err == nil && len(warnings) == 1:
				got = "warning"
			case err != nil || len(warnings) > 0:
				got = "both"
			}
			if got != wants[i] {
				t.Errorf("%s of %d between %v: %q, want %q (%v, %q)", d.name, v, l.thresholds[n], got, wants[i], err, warnings)
			}
			if got != "" && !strings.HasPrefix(warnings[0], "Guardrail "+d.name+" violated: ") {
				t.Errorf("%s says %q", d.name, warnings[0])
			}
			if err := (*Guard)(nil).Number(n, v, "this"); err != nil {
				t.Errorf("nobody's guard refuses: %v", err)
			}
		}
	}
}

// TestFeatures holds every flag on and off.
func TestFeatures(t *testing.T) {
	for f := range flags {
		d := features[f]
		if d.name == "" || d.key == "" {
			t.Fatalf("feature %d has no description", f)
		}
		for _, is := range []Flag{{}, {Warned: true}, {Disabled: true}, {Disabled: true, Warned: true}} {
			warned := 0
			g := &Guard{Limits: limits(func(l *Limits) { l.flags[f] = is }), Warn: func(string) { warned++ }}
			err := g.Feature(f, "This")
			if (err != nil) != is.Disabled || (warned == 1) != (is.Disabled || is.Warned) || g.Forbids(f) != is.Disabled {
				t.Errorf("%s with %+v: %v, %d warnings", d.name, is, err, warned)
			}
		}
	}
}

// TestSettings: every guardrail has keys, each once; what they set is what is asked, and the defaults are those of Defaults.
func TestSettings(t *testing.T) {
	seen := map[string]bool{}
	l := &Limits{disk: disk{Threshold: Threshold{5, 6}, sizeMax: 7}}
	for _, s := range Settings() {
		if seen[s.Key] {
			t.Errorf("%s is there twice", s.Key)
		}
		seen[s.Key] = true
		switch s.Kind {
		case Truth:
			s.Truth(l, s.Default == "true")
		case Words:
			s.Words(l, nil)
		case Count:
			s.Number(l, -1)
		default:
			s.Number(l, map[string]int64{"": 0, "1KiB": 1 << 10, "8KiB": 8 << 10, "16KiB": 16 << 10, "32KiB": 32 << 10}[s.Default])
		}
	}
	standard := Defaults()
	for n := range thresholds {
		if a, b := l.thresholds[n], standard.thresholds[n]; max(a.Warn, 0) != b.Warn || max(a.Fail, 0) != b.Fail {
			t.Errorf("%s is %v by its settings and %v by default", numbers[n].name, a, b)
		}
	}
	if l.flags != standard.flags {
		t.Errorf("flags are %v by their settings and %v by default", l.flags, standard.flags)
	}
	if l.disk != standard.disk || standard.Disks() {
		t.Errorf("the disk is %v by its settings and %v by default", l.disk, standard.disk)
	}
	if standard.Reads() || standard.Writes() {
		t.Error("by default reads and writes have nothing to ask")
	}
}

// TestValues: disallowed before ignored before warned, each named in the order that it was given in.
func TestValues(t *testing.T) {
	var warnings []string
	g := &Guard{Warn: func(text string) { warnings = append(warnings, text) }, Limits: limits(func(l *Limits) {
		l.values[TableProperties] = Values{Warned: []string{"a", "b"}, Ignored: []string{"c"}, Disallowed: []string{"d"}}
	})}
	ignored, err := g.Values(TableProperties, "b", "c", "x")
	if err != nil || !slices.Equal(ignored, []string{"c"}) || len(warnings) != 2 || !strings.Contains(warnings[1], "[b] are not recommended") {
		t.Errorf("%v, %v, %q", ignored, err, warnings)
	}
	if _, err := g.Values(TableProperties, "a", "d"); err == nil || !strings.Contains(err.Error(), "[d] are not allowed") {
		t.Errorf("%v", err)
	}
}

// TestTimestamps: thresholds are around now.
func TestTimestamps(t *testing.T) {
	const hour, now = 3600_000_000, int64(1_700_000_000_000_000)
	l := limits(func(l *Limits) {
		l.thresholds[MaximumTimestamp] = Threshold{Warn: hour, Fail: 2 * hour}
		l.thresholds[MinimumTimestamp] = Threshold{Warn: hour, Fail: 2 * hour}
	})
	for at, want := range map[int64]string{now: "", now + hour: "", now + hour + 1: "warning", now + 2*hour + 1: "failure", now - hour: "", now - hour - 1: "warning", now - 2*hour - 1: "failure"} {
		warned := 0
		err := (&Guard{Limits: l, Warn: func(string) { warned++ }}).Timestamp(at, now, "t")
		if got := map[bool]string{true: "failure"}[err != nil]; got != want && !(want == "warning" && err == nil && warned == 1) {
			t.Errorf("%d: %v, %d warnings, want %q", at-now, err, warned, want)
		}
	}
}

// TestDisk: percentages are of what data take and what is free, at most of the size that counts, and are rounded up.
func TestDisk(t *testing.T) {
	for _, c := range []struct {
		used, free, most int64
		want             DiskState
	}{
		{0, 0, 0, DiskSpacious}, {50, 50, 0, DiskSpacious}, {501, 499, 0, DiskStuffed}, {80, 20, 0, DiskStuffed}, {801, 199, 0, DiskFull}, {100, 0, 0, DiskFull},
		{10, 90, 20, DiskSpacious}, {11, 90, 20, DiskStuffed}, {30, 90, 20, DiskFull},
	} {
		l := limits(func(l *Limits) { l.disk = disk{Threshold{Warn: 50, Fail: 80}, c.most} })
		if got, percent := l.Disk(c.used, c.free); got != c.want {
			t.Errorf("%d used, %d free, at most %d: %d %%, state %d, want %d", c.used, c.free, c.most, percent, got, c.want)
		}
	}
	for _, c := range []struct {
		t    Threshold
		want int
	}{{Threshold{-1, -1}, 0}, {Threshold{50, 80}, 0}, {Threshold{80, 50}, 1}, {Threshold{0, 50}, 1}, {Threshold{50, 101}, 1}} {
		if got := limits(func(l *Limits) { l.disk.Threshold = c.t }).Check(); len(got) != c.want {
			t.Errorf("%v: %q", c.t, got)
		}
	}
	var warnings []string
	g := &Guard{Limits: Defaults(), Warn: func(text string) { warnings = append(warnings, text) }}
	if err := g.Disk(DiskStuffed); err != nil || len(warnings) != 1 || warnings[0] != "Guardrail replica_disk_usage violated: Replica disk usage exceeds warning threshold" {
		t.Errorf("%v, %q", err, warnings)
	}
	if err := g.Disk(DiskFull); err == nil || err.Error() != "Guardrail replica_disk_usage violated: Write request failed because disk usage exceeds failure threshold" {
		t.Error(err)
	}
}
