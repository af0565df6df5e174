package storage

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"helenus/internal/key"
	"helenus/internal/row"
)

// stored is one row of the dumb implementation: a list in the order of the store.
type stored struct {
	partition  key.Partition
	clustering string
}

func randomRows(r *rand.Rand) (rows []stored) {
	for p := range uint32(1 + r.IntN(6)) {
		for c := range 8 {
			if r.IntN(2) == 0 {
				rows = append(rows, stored{partition(p), string(rune('a' + c))})
			}
		}
	}
	slices.SortFunc(rows, func(a, b stored) int {
		if a.partition.Token != b.partition.Token {
			if a.partition.Token < b.partition.Token {
				return -1
			}
			return 1
		}
		return bytes.Compare([]byte(a.clustering), []byte(b.clustering))
	})
	return rows
}

func randomCommand(r *rand.Rand, rows []stored) *row.Command {
	cmd := &row.Command{Table: table, Tokens: key.TokenRange{First: key.MinToken, Last: key.MaxToken}, Reversed: r.IntN(2) == 0}
	switch r.IntN(4) {
	case 0:
		for range 1 + r.IntN(3) {
			cmd.Partitions = append(cmd.Partitions, partition(uint32(r.IntN(8))))
		}
	case 1:
		a, b := partition(uint32(r.IntN(8))).Token, partition(uint32(r.IntN(8))).Token
		cmd.Tokens = key.TokenRange{First: min(a, b), Last: max(a, b)}
	}
	for bound := 0; r.IntN(3) > 0 && bound < 8; {
		start := bound + r.IntN(3)
		end := start + 1 + r.IntN(3)
		s := key.Range{Start: []byte{byte('a' + start)}, End: []byte{byte('a' + end)}}
		if start == 0 && r.IntN(2) == 0 {
			s.Start = nil
		}
		if bound = end + 1; r.IntN(6) == 0 {
			s.End, bound = nil, 9
		}
		cmd.Slices = append(cmd.Slices, s)
	}
	if len(rows) > 0 && r.IntN(2) == 0 {
		at := rows[r.IntN(len(rows))]
		if cmd.Partitions != nil {
			cmd.Partitions[0] = at.partition
		}
		cmd.Resume = &row.Position{Partition: at.partition, Clustering: []byte(at.clustering), PartitionDone: r.IntN(4) == 0}
	}
	return cmd
}

// expected reads the list as the command says.
func expected(rows []stored, cmd *row.Command) (out []string) {
	partitions := cmd.Partitions
	if partitions == nil {
		for _, s := range rows {
			inRange := cmd.Tokens.First <= s.partition.Token && s.partition.Token <= cmd.Tokens.Last
			skipped := cmd.Resume != nil && s.partition.Token < cmd.Resume.Partition.Token
			if n := len(partitions); inRange && !skipped && (n == 0 || partitions[n-1].Token != s.partition.Token) {
				partitions = append(partitions, s.partition)
			}
		}
	}
	resume := cmd.Resume
	for _, p := range partitions {
		var here []string
		for _, s := range rows {
			if s.partition.Token == p.Token && inSlices(cmd.Slices, s.clustering) {
				here = append(here, s.clustering)
			}
		}
		if cmd.Reversed {
			slices.Reverse(here)
		}
		resuming := resume != nil && resume.Partition.Token == p.Token
		for _, c := range here {
			delivered := resuming && (resume.PartitionDone || !cmd.Reversed && c <= string(resume.Clustering) || cmd.Reversed && c >= string(resume.Clustering))
			if !delivered {
				out = append(out, fmt.Sprintf("%x/%s", p.Key, c))
			}
		}
		if !resuming && slices.ContainsFunc(rows, func(s stored) bool { return s.partition.Token == p.Token }) {
			resume = nil // reading went past the place
		}
	}
	return out
}

func inSlices(all []key.Range, clustering string) bool {
	return len(all) == 0 || slices.ContainsFunc(all, func(r key.Range) bool { return r.Contains([]byte(clustering)) })
}

// TestReadAgreesWithAList guards slices, reversed order, resuming and scans: random commands on random rows, with and without
// static rows and headers beside them, in memory and in files.
func TestReadAgreesWithAList(t *testing.T) {
	const seed = 23
	r := rand.New(rand.NewPCG(seed, 0))
	for round := range 60 {
		s := open(t, Options{})
		rows := randomRows(r)
		for _, x := range rows {
			m := row.Mutation{Table: table, Partition: x.partition, Rows: []row.RowDelta{{Clustering: []byte(x.clustering), Delta: delta(5, "v")}}}
			if round%3 == 1 {
				m.Static = delta(5, "s")
			}
			if round%3 == 2 {
				m.Header = row.AppendHeader(nil, row.Deletion{Timestamp: 1, LocalTime: 1}, nil)
			}
			write(t, s, m)
		}
		if round%2 == 1 {
			if err := s.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 100 {
			cmd := randomCommand(r, rows)
			var got []string
			c := s.Read(cmd)
			for c.NextPartition() {
				if round%3 == 1 && c.Static() == nil || round%3 == 2 && c.Header() == nil {
					t.Fatalf("seed %d, round %d, command %d: static row or header missing", seed, round, i)
				}
				for c.NextRow() {
					got = append(got, fmt.Sprintf("%x/%s", c.Partition().Key, c.Clustering()))
				}
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			if want := expected(rows, cmd); !slices.Equal(got, want) {
				t.Fatalf("seed %d, round %d, command %d %+v (resume %+v):\n got %v\nwant %v", seed, round, i, *cmd, cmd.Resume, got, want)
			}
		}
		closeStore(t, s)
	}
}
