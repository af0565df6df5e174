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
	"helenus/internal/schema"
)

// TestModifyScenes plays testdata/modify*: schema statements, then modifications, each printed as the mutations that it makes. Cells
// are named by column name; the request's time is 1000 seconds, its timestamp 1000000000.
//
//	define                    CREATE statements, one a line
//	modify [values=(a,b,…)]   one statement; values are constants of the markers' types, null or unset
//	transact [values=…]       one conditional statement, or batch with one, on what earlier statements wrote: what the client is told
//
// What modify and transact write is kept, so that later statements read it. Each is a second after the one before.
func TestModifyScenes(t *testing.T) {
	datadriven.Walk(t, "testdata/modify", func(t *testing.T, path string) {
		run := newRecordedRun(t)
		run.env.Timestamp, run.env.Now, run.env.Millis = 1_000_000_000, 1000, 1_000_000
		run.stored = map[schema.DataID]memory{}
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
			case "modify", "transact":
				var values []string
				d.MaybeScanArgs(t, "values", &values)
				p, statements, err := run.prepare(d.Input, values)
				if err != nil {
					return "error: " + err.Error()
				}
				run.env.Scratch = nil
				if d.Cmd == "transact" {
					_, batch := p.(*Batch)
					return run.transact(statements, batch)
				}
				return run.modify(statements)
			}
			d.Fatalf(t, "unknown verb %s", d.Cmd)
			return ""
		})
	})
}

// prepare plans a statement and binds its values.
func (r *recordedRun) prepare(text string, values []string) (Plan, []*Modify, error) {
	parsed, err := cql.Parse(text)
	if err != nil {
		return nil, nil, err
	}
	p, err := Prepare(parsed, &Context{Schema: r.schema, Keyspace: "golden"})
	if err != nil {
		return nil, nil, err
	}
	r.env.Values = nil
	for i, b := range p.Binds() {
		r.env.Values = append(r.env.Values, r.value(b.Type, values[i]))
	}
	if b, ok := p.(*Batch); ok {
		return p, b.Statements, nil
	}
	return p, []*Modify{p.(*Modify)}, nil
}

func (r *recordedRun) memory(m *Modify) memory {
	if r.stored[m.Table.DataID] == nil {
		r.stored[m.Table.DataID] = memory{}
	}
	return r.stored[m.Table.DataID]
}

func (r *recordedRun) modify(statements []*Modify) string {
	var b Bound
	for _, m := range statements {
		var current *Current
		if m.Reads() {
			partitions, rows, err := m.Targets(r.env)
			if err == nil {
				current, err = ReadCurrent(m.Table, r.memory(m).read(CurrentCommand(m.Table, partitions, rows)), r.env.Now, AllRows)
			}
			if err != nil {
				return "error: " + err.Error()
			}
		}
		if err := m.Bind(r.env, current, &b); err != nil {
			return "error: " + err.Error()
		}
	}
	return describeBound(&b) + r.keep(&b)
}

// keep stores what was written; a second passes. It returns no text.
func (r *recordedRun) keep(b *Bound) string {
	for i := range b.Mutations {
		if err := r.memory(&Modify{Table: b.Mutations[i].Table}).apply(b.Mutations[i : i+1]); err != nil {
			r.Fatal(err)
		}
	}
	r.env.Timestamp += 1_000_000
	r.env.Now++
	return ""
}

func (r *recordedRun) transact(statements []*Modify, batch bool) string {
	items := make([]BatchItem, len(statements))
	for i, m := range statements {
		items[i] = BatchItem{m, r.env}
	}
	fail := func(err error) string { return "error: " + err.Error() }
	t, err := NewTransaction(items, batch)
	if err != nil {
		return fail(err)
	}
	cmd, kept := t.Command()
	current, err := ReadCurrent(cmd.Table, r.memory(statements[0]).read(cmd), r.env.Now, kept)
	if err != nil {
		return fail(err)
	}
	applied, err := t.Decide(current)
	if err != nil {
		return fail(err)
	}
	var b Bound
	if applied {
		if err := t.Bind(current, &b); err != nil {
			return fail(err)
		}
	}
	columns, rows, err := t.Result(applied, current, false)
	if err != nil {
		return fail(err)
	}
	var out strings.Builder
	for _, values := range rows {
		for i, v := range values {
			fmt.Fprintf(&out, "%s=%s ", columns[i].Name, columns[i].Type.Format(v))
		}
		out.WriteString("\n")
	}
	return out.String() + describeBound(&b) + r.keep(&b)
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
