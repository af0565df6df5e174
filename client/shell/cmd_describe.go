package shell

import (
	"context"
	"fmt"
	"strings"

	"helenus/client"
)

// runDescribe sends DESCRIBE to the server and prints its rows: the statements, or names in columns by keyspace.
func (s *Shell) runDescribe(ctx context.Context, args string) error {
	p := &client.Params{Consistency: s.consistency, PageSize: 1000}
	text := "DESCRIBE " + args
	keyspace := ""
	var names []string
	flush := func() {
		if len(names) > 0 {
			if keyspace != "" && s.keyspace == "" {
				s.printf("\nKeyspace %s\n%s\n", keyspace, strings.Repeat("-", len("Keyspace ")+len(keyspace)))
			} else {
				s.printf("\n")
			}
			s.printf("%s\n", inColumns(names))
		}
		names = nil
	}
	for {
		r, err := s.query(ctx, text, p)
		if err != nil {
			return err
		}
		statement, name, ks := r.Column("create_statement"), r.Column("name"), r.Column("keyspace_name")
		for _, row := range r.Rows {
			switch {
			case r.Column("cluster") >= 0:
				s.printf("\nCluster: %s\nPartitioner: %s\nSnitch: %s\n\n", row[0], shortClass(string(row[1])), shortClass(string(row[2])))
			case statement >= 0:
				s.printf("\n%s\n", row[statement])
			case name >= 0:
				kind := string(row[r.Column("type")])
				if k := string(row[ks]); k != keyspace && kind != "keyspace" {
					flush()
					keyspace = k
				}
				names = append(names, string(row[name]))
			}
		}
		if r.PagingState == nil {
			break
		}
		p.PagingState = r.PagingState
	}
	if len(names) > 0 {
		flush()
		s.printf("\n")
	}
	return nil
}

func shortClass(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// lineWidth is how wide names are set.
const lineWidth = 80

// inColumns sets names in as few lines as fit, in columns read downwards, each as wide as its longest name.
func inColumns(names []string) string {
	for rows := 1; ; rows++ {
		columns := (len(names) + rows - 1) / rows
		widths := make([]int, columns)
		total := -2
		for i, n := range names {
			widths[i/rows] = max(widths[i/rows], len(n))
		}
		for _, w := range widths {
			total += w + 2
		}
		if total > lineWidth && rows < len(names) {
			continue
		}
		lines := make([]string, rows)
		for r := range lines {
			var parts []string
			for i := r; i < len(names); i += rows {
				parts = append(parts, fmt.Sprintf("%-*s", widths[i/rows], names[i]))
			}
			lines[r] = strings.Join(parts, "  ")
		}
		return strings.Join(lines, "\n")
	}
}
