package function

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

type recorded struct {
	Q    string
	Code string
	Err  string
	Args []string
	Fn   string
	Cols [][2]string
	Row  []*string
}

func readRec(t *testing.T, p string) (all []recorded) {
	f, err := os.Open(p)
	if err != nil {
		t.Skip(err)
	}
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		var r recorded
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func mustType(t *testing.T, text string) *cqltype.Type {
	if strings.HasPrefix(text, "custom ") {
		return cqltype.TimeUUID
	}
	s, err := cql.Parse("SELECT (" + text + ") 1 FROM t")
	if err != nil {
		t.Fatal(text, err)
	}
	of, err := typeOf(s.(*cql.Select).Selectors[0].Expr.(*cql.Hint).Type)
	if err != nil {
		t.Fatal(err)
	}
	return of
}

func TestZZ(t *testing.T) {
	row := readRec(t, "/tmp/fnprobe/row.json")[0]
	e := &evaluator{columns: map[string]column{}}
	e.ctx = Context{NowMicros: 1e15, NewTimeUUID: func(dst []byte) []byte { return cqltype.AppendTimeUUID(dst, 1e16, 1) }, NewUUID: func(dst []byte) []byte { return append(dst, make([]byte, 16)...) }}
	for i, c := range row.Cols {
		var raw []byte
		if row.Row[i] != nil {
			raw, _ = hex.DecodeString(*row.Row[i])
		}
		e.columns[c[0]] = column{mustType(t, c[1]), raw}
	}
	same, differ := 0, 0
	for _, r := range readRec(t, os.Getenv("REC")) {
		got, want := "", ""
		if r.Err != "" {
			want = r.Code + " " + r.Err + fmt.Sprint(r.Args)
		} else if r.Row != nil {
			want = r.Cols[0][0] + ":" + r.Cols[0][1] + " "
			if r.Row[0] == nil {
				want += "null"
			} else {
				want += *r.Row[0]
			}
		} else {
			continue
		}
		s, err := cql.Parse(r.Q)
		if err != nil {
			got = "SYNTAX " + err.Error()
		} else {
			v, err := e.eval(s.(*cql.Select).Selectors[0].Expr)
			var ce *cassandra.Error
			if errors.As(err, &ce) {
				got = fmt.Sprintf("0x%04X %s%v", ce.Code, ce.Message, ce.ArgTypes)
			} else if err != nil {
				got = "OTHER " + err.Error()
			} else {
				of := v.of
				raw := v.raw
				if of == nil {
					of = v.CompatibleType()
				}
				ts := "?"
				if of != nil {
					ts = strings.ReplaceAll(of.String(), "frozen<tuple<int, text>>", "tuple<int, text>")
					ts = strings.ReplaceAll(ts, "frozen<set<text>>", "set<text>")
					ts = strings.ReplaceAll(ts, "frozen<list<int>>", "list<int>")
				}
				got = v.title + ":" + ts + " "
				if raw == nil {
					got += "null"
				} else {
					got += hex.EncodeToString(raw)
				}
			}
		}
		if strings.HasPrefix(want, "0x0000") && strings.HasPrefix(got, "0x") {
			same++
			continue
		}
		if strings.HasPrefix(want, "0x2000") {
			continue
		}
		if i := strings.Index(want, "(known type"); i > 0 {
			want = want[:i]
			if j := strings.Index(got, "(known type"); j > 0 {
				got = got[:j]
			}
		}
		if i := strings.Index(want, "(can be matched"); i > 0 {
			want = want[:i]
			if j := strings.Index(got, "(can be matched"); j > 0 {
				got = got[:j]
			}
		}
		if got != want {
			differ++
			fmt.Printf("%s\n   want %s\n   got  %s\n", r.Q, want, got)
		} else {
			same++
		}
	}
	fmt.Println("same", same, "differ", differ)
}
