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
	shown := false
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
				shown = true
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
	} else if shown {
		s.printf("\n")
	}
	return nil
}

func shortClass(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// lineWidth is how wide names are set.
const lineWidth = 80

// inColumns sets names in columns read downwards.
func inColumns(names []string) string {
	width := 0
	for _, n := range names {
		width = max(width, len(n)+2)
	}
	columns := max(1, lineWidth/width)
	rows := (len(names) + columns - 1) / columns
	var b strings.Builder
	for r := range rows {
		for i := r; i < len(names); i += rows {
			fmt.Fprintf(&b, "%-*s", width, names[i])
		}
		if r < rows-1 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}
