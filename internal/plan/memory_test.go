package plan

import (
	"bytes"
	"slices"

	"helenus/internal/key"
	"helenus/internal/row"
)

// memory is a table's partitions in memory, as far as these tests need one: static rows and rows, and deletions by header.
type memory map[string]*memoryPartition

type memoryPartition struct {
	key            key.Partition
	header, static []byte
	rows           map[string][]byte
}

// apply merges mutations in.
func (m memory) apply(all []row.Mutation) error {
	for i := range all {
		x := &all[i]
		p := m[string(x.Partition.Key)]
		if p == nil {
			p = &memoryPartition{key: key.NewPartition(bytes.Clone(x.Partition.Key)), rows: map[string][]byte{}}
			m[string(x.Partition.Key)] = p
		}
		var err error
		if x.Header != nil {
			if p.header, err = row.MergeHeader(nil, p.header, x.Header); err != nil {
				return err
			}
		}
		if x.Static != nil {
			if p.static, err = merged(p.static, x.Static); err != nil {
				return err
			}
		}
		for _, d := range x.Rows {
			if p.rows[string(d.Clustering)], err = merged(p.rows[string(d.Clustering)], d.Delta); err != nil {
				return err
			}
		}
	}
	return nil
}

func merged(old, delta []byte) ([]byte, error) {
	if old == nil {
		return bytes.Clone(delta), nil
	}
	return row.Merge(nil, old, delta)
}

// read walks the partitions of a command.
func (m memory) read(cmd *row.Command) row.Cursor {
	c := &memoryCursor{cmd: cmd, at: -1}
	for _, p := range cmd.Partitions {
		if x := m[string(p.Key)]; x != nil {
			c.partitions = append(c.partitions, x)
		}
	}
	return c
}

type memoryCursor struct {
	cmd        *row.Command
	partitions []*memoryPartition
	at         int
	keys       []string
	row        int
}

var _ row.Cursor = (*memoryCursor)(nil)

func (c *memoryCursor) NextPartition() bool {
	if c.at++; c.at >= len(c.partitions) {
		return false
	}
	c.keys, c.row = nil, -1
	for k := range c.partitions[c.at].rows {
		wanted := c.cmd.Slices == nil && !c.cmd.StaticOnly
		for _, s := range c.cmd.Slices {
			wanted = wanted || s.Contains([]byte(k))
		}
		if wanted {
			c.keys = append(c.keys, k)
		}
	}
	slices.Sort(c.keys)
	return true
}

func (c *memoryCursor) Partition() key.Partition { return c.partitions[c.at].key }
func (c *memoryCursor) Header() []byte           { return c.partitions[c.at].header }
func (c *memoryCursor) Static() []byte           { return c.partitions[c.at].static }
func (c *memoryCursor) Clustering() []byte       { return []byte(c.keys[c.row]) }
func (c *memoryCursor) Row() []byte              { return c.partitions[c.at].rows[c.keys[c.row]] }
func (c *memoryCursor) Err() error               { return nil }
func (c *memoryCursor) Close() error             { return nil }

func (c *memoryCursor) NextRow() bool {
	c.row++
	return c.row < len(c.keys)
}
