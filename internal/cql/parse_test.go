package cql

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseForms(t *testing.T) {
	for text, want := range map[string]Statement{
		"USE Foo":            &Use{Keyspace: "foo"},
		`USE "Foo";`:         &Use{Keyspace: "Foo"},
		"TRUNCATE TABLE a.b": &Truncate{Table: Name{"a", "b"}},
		"SELECT k, v AS x FROM t WHERE k = 1and v > ?": &Select{
			Selectors: []Selector{{Expr: &Column{"k"}}, {Expr: &Column{"v"}, Alias: "x"}},
			Table:     Name{Name: "t"},
			Where: []Relation{
				{Columns: []string{"k"}, Op: OpEq, Value: &Constant{ConstInteger, "1"}},
				{Columns: []string{"v"}, Op: OpGt, Value: &Bind{Marker{0, ""}}},
			},
		},
		"UPDATE t SET l = [0] + l, c += 1 WHERE k = :key": &Update{
			Table: Name{Name: "t"},
			Set: []Assignment{
				{Column: "l", Op: AssignPrepend, Value: &ListLit{[]Expr{&Constant{ConstInteger, "0"}}}},
				{Column: "c", Op: AssignAdd, Value: &Constant{ConstInteger, "1"}},
			},
			Where: []Relation{{Columns: []string{"k"}, Op: OpEq, Value: &Bind{Marker{0, "key"}}}},
		},
	} {
		got, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got.setMarkers(nil)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %#v\nwant %#v", text, got, want)
		}
	}
}

func TestBoundsHold(t *testing.T) {
	for name, text := range map[string]string{
		"parentheses": "SELECT * FROM t WHERE k = " + strings.Repeat("(", 100_000),
		"lists":       "SELECT * FROM t WHERE k = " + strings.Repeat("[", 100_000),
		"minus":       "SELECT * FROM t WHERE k = " + strings.Repeat("- ", 100_000) + "1",
		"types":       "CREATE TABLE t (k " + strings.Repeat("list<", 100_000),
		"operators":   "SELECT " + strings.Repeat("1+", 100_000) + "1 FROM t",
	} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"SELECT a, count(*), m['x'], cast(v as text) FROM ks.t WHERE token(a) > ? AND (b, c) IN ((1, 2), ?) GROUP BY a LIMIT 3 ALLOW FILTERING",
		"INSERT INTO t (a, b) VALUES (1, {x: 'y'}) IF NOT EXISTS USING TTL :ttl AND TIMESTAMP 5",
		"UPDATE t SET l = [1] + l, m['k'] = 3d, c += 1 WHERE k = 1 IF v IN (1, 2)",
		"BEGIN UNLOGGED BATCH DELETE a[1], b.c FROM t WHERE k = 0x00; APPLY BATCH",
		"CREATE TABLE t (k int, c text, v frozen<map<text, list<int>>>, PRIMARY KEY ((k), c)) WITH CLUSTERING ORDER BY (c DESC) AND comment = 'x'",
		"DESCRIBE FULL SCHEMA", "$$", "/*", "'", "P1Y", "1y2mo",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := Parse(text); (s == nil) == (err == nil) {
			t.Errorf("%v, %v", s, err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for name, text := range map[string]string{
		"insert": "INSERT INTO ks.posts (id, title, content, created_at) VALUES (?, ?, ?, ?) USING TTL 86400",
		"select": "SELECT id, title, content FROM ks.posts WHERE id = ? AND day >= '2020-01-01' LIMIT 10",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
