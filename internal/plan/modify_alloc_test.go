package plan

import (
	"testing"

	"helenus/internal/cql"
	"helenus/internal/protocol"
)

// TestBindAllocates holds the budget of bindRow: a prepared INSERT or UPDATE of one row binds without an allocation.
func TestBindAllocates(t *testing.T) {
	run := newRecordedRun(t)
	define, err := cql.Parse("CREATE TABLE t (k bigint, c text, a blob, b int, PRIMARY KEY (k, c))")
	if err != nil {
		t.Fatal(err)
	}
	run.define(define)
	for _, text := range []string{
		"INSERT INTO t (k, c, a, b) VALUES (?, ?, ?, ?)",
		"UPDATE t USING TTL 60 SET a = :a, b = 7 WHERE k = :k AND c = :c",
	} {
		parsed, err := cql.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Prepare(parsed, &Context{Schema: run.schema, Keyspace: "golden"})
		if err != nil {
			t.Fatal(err)
		}
		run.env.Values = nil
		for _, b := range p.Binds() {
			run.env.Values = append(run.env.Values, map[string]protocol.Value{
				"k": {Bytes: []byte{0, 0, 0, 0, 0, 0, 0, 1}}, "c": {Bytes: []byte("row")}, "a": {Bytes: make([]byte, 100)}, "b": {Bytes: []byte{0, 0, 0, 9}},
			}[b.Name])
		}
		m, b := p.(*Modify), new(Bound)
		n := testing.AllocsPerRun(100, func() {
			b.Reset()
			run.env.Scratch = run.env.Scratch[:0]
			if err := m.Bind(run.env, nil, b); err != nil {
				t.Fatal(err)
			}
		})
		if n > 0 {
			t.Errorf("%s: %v allocations, budget 0", text, n)
		}
	}
}
