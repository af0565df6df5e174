package exec_test

import (
	"fmt"
	"strings"
	"testing"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/exec"
	"helenus/internal/protocol"
)

// TestGroupPages guards LIMIT and PER PARTITION LIMIT of groups: small pages together are what one answer is, and that is the groups wanted, each whole.
func TestGroupPages(t *testing.T) {
	c := dialStack(t, startStack(t, exec.Options{}), protocol.V5)
	run(t, c, "CREATE TABLE ks.g (p int, a int, b int, s int static, PRIMARY KEY (p, a, b))")
	const partitions, groups, rows = 4, 3, 2 // each of the one before
	for p := range partitions {
		for a := range groups {
			for b := range rows {
				run(t, c, fmt.Sprintf("INSERT INTO ks.g (p, a, b) VALUES (%d, %d, %d)", p, a, b))
			}
		}
	}
	run(t, c, "INSERT INTO ks.g (p, s) VALUES (9, 9)") // one group, without rows

	all := func(n int) int { return n*partitions + 1 }
	for _, q := range []struct {
		from string
		all  func(ofPartition int) int // groups of all partitions, when each gives so many at most
		by   string
		of   int // groups of one partition
		size string
	}{
		{"FROM ks.g", all, "p", 1, "6"},
		{"FROM ks.g", all, "p, a", groups, "2"},
		{"FROM ks.g", all, "p, a, b", groups * rows, "1"},
		{"FROM ks.g WHERE p IN (0, 2, 9)", func(n int) int { return 2*n + 1 }, "p, a", groups, "2"},
		{"FROM ks.g WHERE p = 1", func(n int) int { return n }, "a", groups, "2"},
		{"FROM ks.g WHERE p = 1 AND a < 2", func(n int) int { return min(n, 2) }, "a", groups, "2"},
	} {
		for _, perPartition := range []int{0, 1, 2} {
			for _, limit := range []int{0, 1, 2, 3, 5, 100} {
				tail := ""
				want := q.all(q.of)
				if perPartition > 0 {
					tail = fmt.Sprint(" PER PARTITION LIMIT ", perPartition)
					want = q.all(min(q.of, perPartition))
				}
				if limit > 0 {
					tail += fmt.Sprint(" LIMIT ", limit)
					want = min(want, limit)
				}
				statement := "SELECT p, a, CAST(count(a) AS text) " + q.from + " GROUP BY " + q.by + tail
				whole := run(t, c, statement)
				if len(whole.Rows) != want {
					t.Errorf("%s: %d groups, want %d", statement, len(whole.Rows), want)
				}
				for _, r := range whole.Rows {
					if n := string(r[2]); n != q.size && (n != "0" || r[1] != nil) {
						t.Errorf("%s: a group of %s rows", statement, n)
					}
				}
				for size := range int32(want + 2) {
					if got := inPages(t, c, statement, size+1); got != fmt.Sprint(whole.Rows) {
						t.Errorf("%s in pages of %d: %s, want %v", statement, size+1, got, whole.Rows)
					}
				}
			}
		}
	}
}

// TestGroupPagesEndByBytes guards memory: a page of large groups ends before it has all the rows asked for.
func TestGroupPagesEndByBytes(t *testing.T) {
	c := dialStack(t, startStack(t, exec.Options{PageBytes: 1000}), protocol.V5)
	for k := range 20 {
		run(t, c, fmt.Sprintf("INSERT INTO ks.t (k, c, v) VALUES (%d, 1, '%s')", k, strings.Repeat("v", 400)))
	}
	n, pages := 0, 0
	for page, err := range c.Pages(t.Context(), "SELECT k, max(v) FROM ks.t GROUP BY k LIMIT 17", &client.Params{Consistency: cassandra.One, PageSize: 100}) {
		if err != nil {
			t.Fatal(err)
		}
		if pages++; len(page.Rows) > 3 {
			t.Errorf("a page of %d groups", len(page.Rows))
		}
		n += len(page.Rows)
	}
	if n != 17 || pages < 6 {
		t.Errorf("%d groups in %d pages", n, pages)
	}
}

// inPages returns the rows of all pages of a statement, and looks that none holds more than asked for.
func inPages(t *testing.T, c *client.Conn, statement string, size int32) string {
	t.Helper()
	var rows [][][]byte
	for page, err := range c.Pages(t.Context(), statement, &client.Params{Consistency: cassandra.One, PageSize: size}) {
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		if len(page.Rows) > int(size) {
			t.Errorf("%s: a page of %d rows, %d were asked for", statement, len(page.Rows), size)
		}
		rows = append(rows, page.Rows...)
	}
	return fmt.Sprint(rows)
}
