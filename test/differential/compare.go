package differential

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"helenus/test/golden"
)

// answer is what a server said to a statement; fault is set when nothing was said, or nothing that could be read.
type answer struct {
	golden.Outcome
	fault string
}

func (a answer) String() string {
	if a.fault != "" {
		return "fault: " + a.fault
	}
	raw, err := json.Marshal(a.Outcome)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// difference says how two answers differ: empty, or one of a few words that begin a signature.
func difference(want, got answer, masked bool) string {
	switch {
	case strings.HasPrefix(want.fault, "bind ") && got.Error != nil, strings.HasPrefix(got.fault, "bind ") && want.Error != nil:
		return "" // the values do not fit the markers, which one side had no reason to look at
	case want.fault != "" || got.fault != "":
		if want.fault == got.fault {
			return ""
		}
		return "fault"
	case want.Error != nil && got.Error != nil:
		if want.Error.Code != got.Error.Code {
			return "code"
		}
		if want.Error.Message != got.Error.Message {
			return "text"
		}
		return ""
	case want.Error != nil:
		return "accepted"
	case got.Error != nil:
		return "refused"
	}
	a, b := want.Outcome, got.Outcome
	slices.Sort(a.Warnings)
	slices.Sort(b.Warnings)
	if !slices.Equal(a.Warnings, b.Warnings) {
		return "warnings"
	}
	if !reflect.DeepEqual(a.Prepared, b.Prepared) {
		return "markers"
	}
	if (a.Rows == nil) != (b.Rows == nil) || a.Void != b.Void || a.SetKeyspace != b.SetKeyspace || !reflect.DeepEqual(a.Change, b.Change) {
		return "kind"
	}
	if a.Rows == nil {
		return ""
	}
	if !reflect.DeepEqual(a.Rows.Columns, b.Rows.Columns) {
		return "columns"
	}
	for i, c := range a.Rows.Specs {
		if d := b.Rows.Specs[i]; c.Keyspace != d.Keyspace || c.Table != d.Table {
			return "column's table"
		}
	}
	if !reflect.DeepEqual(a.Rows.Rows, b.Rows.Rows) {
		return "rows"
	}
	for i, row := range a.Rows.Raw {
		for j, v := range row {
			if !masked && !bytes.Equal(v, b.Rows.Raw[i][j]) {
				return "bytes"
			}
		}
	}
	return ""
}

// diverges says whether the two servers may hold other data after a statement: one side took what the other refused, or failed when a part of it may have been written.
func diverges(how string, s *statement, want, got answer) bool {
	if s.kind() == "SELECT" || how == "" || how == "text" {
		return false
	}
	return how != "code" || failedMidway(want) || failedMidway(got)
}

// failedMidway says whether an error leaves open what was written: a write timeout or failure.
func failedMidway(a answer) bool {
	return a.Error != nil && (a.Error.Code == "0x1100" || a.Error.Code == "0x1500")
}

var (
	quoted  = regexp.MustCompile(`'[^']*'|"[^"]*"|\([^()]*\)`)
	named   = regexp.MustCompile(`\b[a-z][0-9]\b|\b[0-9]+\b|0x[0-9a-f]*`)
	typed   = regexp.MustCompile(`\b(ascii|bigint|blob|boolean|date|decimal|double|duration|float|inet|int|smallint|text|time|timestamp|timeuuid|tinyint|uuid|varint|counter)\b`)
	aClause = regexp.MustCompile(`[A-Za-z]+Type\b`)
)

// signature puts differences of the same kind together, so that each is shrunk once.
func signature(how string, s *statement, want, got answer) string {
	shape := func(a answer) string {
		switch {
		case a.fault != "":
			return "fault"
		case a.Error != nil:
			m := a.Error.Message
			for range 3 {
				m = quoted.ReplaceAllString(m, "_")
			}
			m = named.ReplaceAllString(m, "_")
			m = typed.ReplaceAllString(m, "type")
			m = aClause.ReplaceAllString(m, "type")
			if len(m) > 70 {
				m = m[:70]
			}
			return a.Error.Code + " " + m
		case a.Rows != nil:
			return "rows"
		}
		return "done"
	}
	return fmt.Sprintf("%s %s: %s | %s", how, s.kind(), shape(want), shape(got))
}
