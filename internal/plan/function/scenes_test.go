package function

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// The scenes hold what Cassandra 5.0.5 answers to the same selections, but for differences.txt, where Helenus answers otherwise on purpose.
//
//	row        one column a line: name, type, value; the row that the following selections are of
//	eval       one expression a line; each gives "column name: type = value" or an error
//	aggregate f=NAME of=TYPE   one value a line
func TestScenes(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		e := &evaluator{columns: map[string]column{}, ctx: testContext()}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "row":
				for _, line := range strings.Split(d.Input, "\n") {
					name, value, _ := strings.Cut(line, " ")
					v, err := e.eval(expression(t, value))
					if err != nil {
						t.Fatalf("%s: %v", line, err)
					}
					e.columns[name] = column{v.of, v.raw}
				}
				return ""
			case "eval":
				var b strings.Builder
				for _, line := range strings.Split(d.Input, "\n") {
					v, err := e.eval(expression(t, line))
					b.WriteString(answer(v, err) + "\n")
				}
				return b.String()
			case "aggregate":
				return aggregate(t, e, d)
			}
			t.Fatalf("%s: unknown command %s", d.Pos, d.Cmd)
			return ""
		})
	})
}

// testContext is a request at 2020-03-04 05:06:07.089 UTC whose UUIDs are easily known.
func testContext() Context {
	const now = 1583298367_089_000
	return Context{
		NowMicros:   now,
		NewTimeUUID: func(dst []byte) []byte { return cqltype.AppendTimeUUID(dst, now*10, 0x8000000000000001) },
		NewUUID: func(dst []byte) []byte {
			return append(dst, 1, 2, 3, 4, 5, 6, 0x40, 8, 0x80, 10, 11, 12, 13, 14, 15, 16)
		},
	}
}

func expression(t *testing.T, text string) cql.Expr {
	t.Helper()
	s, err := cql.Parse("SELECT " + text + " FROM t")
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s.(*cql.Select).Selectors[0].Expr
}

func answer(v typed, err error) string {
	var failed *cassandra.Error
	if errors.As(err, &failed) {
		args := ""
		if failed.Code == cassandra.CodeFunctionFailure {
			args = fmt.Sprintf(" [%s.%s %v]", failed.Keyspace, failed.Function, failed.ArgTypes)
		}
		return fmt.Sprintf("error 0x%04X%s: %s", failed.Code, args, failed.Message)
	}
	if err != nil {
		return "no answer: " + err.Error()
	}
	value := v.of.Format(v.raw)
	if err := v.of.Validate(v.raw); err != nil {
		value = "invalid: " + err.Error()
	}
	return fmt.Sprintf("%s: %s = %s", v.title, v.of, value)
}

// aggregate runs an aggregate over the values of its lines.
func aggregate(t *testing.T, e *evaluator, d *datadriven.TestData) string {
	var name, of string
	d.ScanArgs(t, "f", &name)
	d.ScanArgs(t, "of", &of)
	hint := expression(t, "("+of+") null")
	typ, err := typeOf(hint.(*cql.Hint).Type)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Resolve(Name{"", name}, []Arg{typed{e: e, expr: hint, of: typ, title: "v"}}, nil, Scope{})
	if err != nil {
		return answer(typed{}, err)
	}
	s := f.New(&Context{})
	for _, line := range strings.Fields(d.Input) {
		v, err := e.eval(expression(t, "("+of+") "+line))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Add([][]byte{v.raw}); err != nil {
			return answer(typed{}, err)
		}
	}
	raw, err := s.Result()
	return answer(typed{of: f.Return, raw: raw, title: f.ColumnName([]string{"v"})}, err)
}
