package shell

import (
	"context"
	"sort"
	"strings"
	"time"
)

// keywords are offered by Tab at any place.
var keywords = strings.Fields(`ADD AGGREGATE ALLOW ALTER AND APPLY ASC BATCH BEGIN BY CAST CLUSTERING COLUMNFAMILY CONTAINS COUNT CREATE DELETE DESC DESCRIBE
	DISTINCT DROP EXISTS FILTERING FROM FROZEN FUNCTION GROUP IF IN INDEX INSERT INTO JSON KEY KEYSPACE KEYSPACES LIKE LIMIT LIST LOGGED MAP MATERIALIZED
	NOT NULL ORDER PARTITION PER PRIMARY RENAME REPLICATION SELECT SET STATIC TABLE TABLES TIMESTAMP TO TOKEN TRUNCATE TTL TUPLE TYPE TYPES UNLOGGED UPDATE
	USE USING VALUES VIEW WHERE WITH ascii bigint blob boolean counter date decimal double duration float inet int smallint text time timestamp timeuuid
	tinyint uuid varchar varint`)

// schemaNames are the keyspaces, tables and columns that Tab offers; they are read again after a schema change.
type schemaNames struct {
	loaded    bool
	keyspaces []string
	tables    map[string][]string // by keyspace
	columns   []string
}

func (n *schemaNames) forget() { n.loaded = false }

// completeWithin bounds how long Tab waits for the server.
const completeWithin = 500 * time.Millisecond

func (s *Shell) loadNames() {
	if s.names.loaded {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), completeWithin)
	defer cancel()
	n := schemaNames{loaded: true, tables: map[string][]string{}}
	if r, err := s.conn.Query(ctx, "SELECT keyspace_name FROM system_schema.keyspaces", nil); err == nil {
		for _, row := range r.Rows {
			n.keyspaces = append(n.keyspaces, string(row[0]))
		}
	}
	if r, err := s.conn.Query(ctx, "SELECT keyspace_name, table_name FROM system_schema.tables", nil); err == nil {
		for _, row := range r.Rows {
			n.tables[string(row[0])] = append(n.tables[string(row[0])], string(row[1]))
		}
	}
	if s.keyspace != "" {
		if r, err := s.conn.Query(ctx, "SELECT column_name FROM system_schema.columns WHERE keyspace_name = '"+strings.ReplaceAll(s.keyspace, "'", "''")+"'", nil); err == nil {
			for _, row := range r.Rows {
				n.columns = append(n.columns, string(row[0]))
			}
		}
	}
	s.names = n
}

// complete returns what the word at pos may become: head + each + tail.
func (s *Shell) complete(line string, pos int) (head string, completions []string, tail string) {
	start := strings.LastIndexAny(line[:pos], " (,;=") + 1
	word := line[start:pos]
	head, tail = line[:start], line[pos:]
	s.loadNames()
	seen := map[string]bool{}
	add := func(candidate, suffix string) {
		if len(candidate) >= len(word) && strings.EqualFold(candidate[:len(word)], word) && !seen[candidate] {
			seen[candidate] = true
			completions = append(completions, candidate+suffix)
		}
	}
	if ks, _, dotted := strings.Cut(word, "."); dotted {
		for _, t := range s.names.tables[ks] {
			add(ks+"."+t, " ")
		}
		return head, completions, tail
	}
	if strings.TrimSpace(head) == "" {
		for _, c := range commands {
			for _, n := range c.names {
				add(n, " ")
			}
		}
	}
	for _, t := range s.names.tables[s.keyspace] {
		add(t, " ")
	}
	for _, c := range s.names.columns {
		add(c, " ")
	}
	for _, k := range s.names.keyspaces {
		add(k, "")
	}
	if word != "" {
		for _, k := range keywords {
			add(k, " ")
		}
	}
	sort.Strings(completions)
	return head, completions, tail
}
