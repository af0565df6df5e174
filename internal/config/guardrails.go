package config

import (
	"math"
	"strings"
	"time"

	"helenus/internal/guardrail"
)

// guardrails are the settings of package guardrail.
var guardrails = guardrailSettings()

func guardrailSettings() (all []setting) {
	for _, g := range guardrail.Settings() {
		k := setting{name: g.Key, noFlag: true, yaml: g.Key, fallback: g.Default, about: g.About}
		switch g.Kind {
		case guardrail.Count:
			k.check = number(-1, math.MaxInt32)
		case guardrail.Size:
			k.check = size
		case guardrail.Time:
			k.check = optionalDuration
		case guardrail.Truth:
			k.check = boolean("true", "false")
		case guardrail.Words:
			k.list, k.check = true, func(text string) string {
				if g.Missing(split(text)) != nil {
					return strings.Join(g.Known, ", ")
				}
				return ""
			}
		}
		all = append(all, k)
	}
	return all
}

func optionalDuration(text string) string {
	if text == "" {
		return ""
	}
	return duration(text)
}

// Guardrails are the limits for roles that are no superusers.
func (s *Settings) Guardrails() *guardrail.Limits {
	l := &guardrail.Limits{}
	for _, g := range guardrail.Settings() {
		switch g.Kind {
		case guardrail.Count:
			g.Number(l, int64(s.number(g.Key)))
		case guardrail.Size:
			g.Number(l, s.size(g.Key))
		case guardrail.Time:
			if s.text(g.Key) != "" {
				g.Number(l, int64(s.duration(g.Key)/time.Microsecond))
			}
		case guardrail.Truth:
			g.Truth(l, truth(s.text(g.Key)) == "true")
		case guardrail.Words:
			words := split(s.text(g.Key))
			for i, w := range words {
				if len(g.Missing([]string{w})) == 0 && strings.ToUpper(w) != w && isLevel(g.Known) {
					words[i] = strings.ToUpper(w)
				}
			}
			g.Words(l, words)
		}
	}
	return l
}

// isLevel says whether words are written in capitals.
func isLevel(known []string) bool { return known[0] == strings.ToUpper(known[0]) }

// checkGuardrails notes thresholds that do not go together.
func (l *loader) checkGuardrails() {
	for _, k := range guardrails {
		if k.check(l.out.values[k.name].Text) != "" {
			return // which is said already
		}
	}
	for _, fault := range l.out.Guardrails().Check() {
		l.fault("%s", fault)
	}
}
