package cqltype

import (
	"fmt"
	"strings"
)

// parseTuple reads a tuple from one constant: its fields with colons between, @ for null, both escaped by a backslash where they are
// meant. So the constant 5 is a tuple of one field.
// Source: Cassandra 5.0, TupleType.fromString.
func (t *Type) parseTuple(text string) ([]byte, error) {
	if text == "" {
		return []byte{}, nil
	}
	parts := splitEscaped(text)
	if len(parts) > len(t.Elems) {
		return nil, fmt.Errorf("Invalid tuple literal: too many elements. Type %s expects %d but got %d", t, len(t.Elems), len(parts))
	}
	raw := []byte{}
	for i, part := range parts {
		if part == "@" {
			raw = AppendElement(raw, nil)
			continue
		}
		field, err := t.Elems[i].ParseText(tupleUnescape.Replace(part))
		if err != nil {
			return nil, err
		}
		raw = AppendElement(raw, field)
	}
	return raw, nil
}

var tupleUnescape = strings.NewReplacer(`\:`, ":", `\@`, "@")

// splitEscaped splits at colons that no backslash precedes.
func splitEscaped(text string) []string {
	var parts []string
	start := 0
	for i := 0; i < len(text); i++ {
		if text[i] == ':' && (i == 0 || text[i-1] != '\\') {
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}
