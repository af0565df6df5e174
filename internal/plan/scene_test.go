package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/protocol"
	"helenus/internal/row"
)

// TestModifyScenes plays testdata/modify*: schema statements, then modifications, each printed as the mutations that it makes. Cells
// are named by column name; the request's time is 1000 seconds, its timestamp 1000000000.
//
//	define                    CREATE statements, one a line
//	modify [values=(a,b,…)]   one statement; values are constants of the markers' types, null or unset
func TestModifyScenes(t *testing.T) {
	datadriven.Walk(t, "testdata/modify", func(t *testing.T, path string) {
		run := newRecordedRun(t)
		run.env.Timestamp, run.env.Now, run.env.Millis = 1_000_000_000, 1000, 1_000_000
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			run.T = t
			switch d.Cmd {
			case "define":
				for _, line := range strings.Split(d.Input, "\n") {
					parsed, err := cql.Parse(line)
					if err != nil {
						d.Fatalf(t, "%s: %v", line, err)
					}
					run.define(parsed)
				}
				return ""
			case "modify":
				var values []string
				d.MaybeScanArgs(t, "values", &values)
				return run.modify(d.Input, values)
			}
			d.Fatalf(t, "unknown verb %s", d.Cmd)
			return ""
		})
	})
}

func (r *recordedRun) modify(text string, values []string) string {
	parsed, err := cql.Parse(text)
	if err != nil {
		return "error: " + err.Error()
	}
	p, err := Prepare(parsed, &Context{Schema: r.schema, Keyspace: "golden"})
	if err != nil {
		return "error: " + err.Error()
	}
	r.env.Values = nil
	for i, b := range p.Binds() {
		r.env.Values = append(r.env.Values, r.value(b.Type, values[i]))
	}
	var b Bound
	statements := []*Modify{}
	switch p := p.(type) {
	case *Modify:
		statements = append(statements, p)
	case *Batch:
		statements = p.Statements
	}
	for _, m := range statements {
		if err := m.Bind(r.env, nil, &b); err != nil {
			return "error: " + err.Error()
		}
	}
	return describeBound(&b)
}

// value reads a constant in any of its lexical forms.
func (r *recordedRun) value(t *cqltype.Type, text string) protocol.Value {
	switch text {
	case "null":
		return protocol.Value{}
	case "unset":
		return protocol.Value{Unset: true}
	}
	raw, err := t.ParseConstant(cqltype.ConstString, text)
	if err != nil {
		r.Fatal(err)
	}
	return protocol.Value{Bytes: raw}
}

func describeBound(b *Bound) string {
	var out strings.Builder
	for i := range b.Mutations {
		m := &b.Mutations[i]
		fmt.Fprintf(&out, "%s %x\n", m.Table.Name, m.Partition.Key)
		if m.Header != nil {
			fmt.Fprintf(&out, "  %s\n", describeHeader(m.Header))
		}
		if m.Static != nil {
			fmt.Fprintf(&out, "  static: %s\n", named(m, m.Static))
		}
		for _, d := range m.Rows {
			fmt.Fprintf(&out, "  row %x: %s\n", d.Clustering, named(m, d.Delta))
		}
	}
	for _, n := range b.Increments {
		fmt.Fprintf(&out, "%s %x row %x static=%t: %v += %v\n", n.Table.Name, n.Partition.Key, n.Clustering, n.Static, n.Columns, n.Deltas)
	}
	return out.String()
}

func describeHeader(encoded []byte) string {
	var h row.HeaderView
	if err := h.Reset(encoded); err != nil {
		return err.Error()
	}
	var parts []string
	if d := h.Partition(); !d.IsZero() {
		parts = append(parts, fmt.Sprintf("partition deleted %d", d.Timestamp))
	}
	for _, r := range h.Ranges() {
		parts = append(parts, fmt.Sprintf("rows %x to %x deleted %d", r.Start, r.End, r.Timestamp))
	}
	return strings.Join(parts, ", ")
}

// named is a delta with names instead of column ids.
func named(m *row.Mutation, delta []byte) string {
	parts := strings.Split(row.Describe(delta), " · ")
	for i, part := range parts {
		for _, c := range m.Table.Columns() {
			id := fmt.Sprint(c.ID)
			if rest, ok := strings.CutPrefix(part, id); ok && strings.HasPrefix(rest, "=") || ok && strings.HasPrefix(rest, "{") || ok && strings.HasPrefix(rest, "+") {
				parts[i] = c.Name + rest
			}
		}
	}
	return strings.Join(parts, " · ")
}
