package plan

import (
	"strings"
	"testing"

	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// Each overload of an operator asks about its operands, which ask about theirs: a sum of sixty terms must not take 9^60 questions.
func TestLongSumsArePlannedQuickly(t *testing.T) {
	for _, sum := range []string{"1" + strings.Repeat(" + 1", 60), "1.5" + strings.Repeat(" * 2 - 1", 30), strings.Repeat("abs(", 50) + "1" + strings.Repeat(")", 50)} {
		statement, err := cql.Parse("INSERT INTO t (k, v) VALUES (1, " + sum + ")")
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range []*cqltype.Type{cqltype.Double, cqltype.Decimal, cqltype.Varint, cqltype.Blob, cqltype.Text} {
			s := &Scope{Keyspace: "ks"}
			term, err := s.Term(statement.(*cql.Insert).Values[1], Receiver{Name: "v", Type: of})
			if err == nil && !IsConstant(term) {
				t.Errorf("%s as %s is no constant", sum, of)
			}
			if len(s.resolved) > 70*10 {
				t.Errorf("%s as %s: %d questions", sum, of, len(s.resolved))
			}
		}
	}
}
