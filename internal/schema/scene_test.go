package schema

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/google/uuid"

	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// TestScenes plays statements one a line and shows what each came to: ddl lists outcomes, describe the text of a keyspace's objects,
// ids the column and data ids of a table.
func TestScenes(t *testing.T) {
	datadriven.Walk(t, "testdata/scenes", func(t *testing.T, path string) {
		s := systemKeyspaces()
		facts := Facts{Keyspace: "ks", Now: time.UnixMicro(1700000000000000), Datacenters: map[string]int{"dc1": 1, "dc2": 2}, Functions: anyFunctions}
		tables := byte(0)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var out strings.Builder
			switch d.Cmd {
			case "ddl":
				for _, line := range strings.Split(d.Input, "\n") {
					tables++
					facts.TableID = uuid.UUID{15: tables}
					parsed, err := cql.Parse(line)
					var o Outcome
					if err == nil {
						o, err = Execute(s, parsed, facts)
					}
					fmt.Fprintln(&out, tell(o, err))
					if err == nil {
						s = s.Apply(stored(t, o.Change))
					}
				}
			case "describe":
				k := s.Keyspace(d.CmdArgs[0].Key)
				out.WriteString(k.Describe() + "\n")
				for _, u := range k.SortedTypes() {
					out.WriteString(DescribeType(u) + "\n")
				}
				for _, f := range k.SortedFunctions() {
					out.WriteString(f.Describe() + "\n")
				}
				for _, a := range k.SortedAggregates() {
					out.WriteString(a.Describe() + "\n")
				}
				for _, table := range k.SortedTables() {
					text, _, _ := strings.Cut(table.Describe(true), "additional_write_policy")
					_, dropped, _ := strings.Cut(table.Describe(true), ";")
					out.WriteString(text + "…" + dropped + "\n")
				}
			case "options":
				table := s.Table("ks", d.CmdArgs[0].Key)
				out.WriteString(table.Describe(false) + "\n")
			case "ids":
				table := s.Table("ks", d.CmdArgs[0].Key)
				fmt.Fprintf(&out, "data %d:", table.DataID)
				for _, c := range table.Columns() {
					fmt.Fprintf(&out, " %s=%d", c.Name, c.ID)
				}
				out.WriteByte('\n')
			default:
				d.Fatalf(t, "no verb %s", d.Cmd)
			}
			return out.String()
		})
		checkSnapshot(t, s)
	})
}

// anyFunctions take every body, and integers for constants.
var anyFunctions = FunctionFacts{
	Allowed: func(string) error { return nil },
	Compile: func(*Function) error { return nil },
	Constant: func(_ *Schema, _ string, e cql.Expr, t *cqltype.Type) ([]byte, error) {
		return t.ParseConstant(cqltype.ConstInteger, e.(*cql.Constant).Text)
	},
}
