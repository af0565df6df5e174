package plan

import (
	"bytes"
	"errors"
	"slices"

	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// Current is the state of the rows that modifications of one table read: what conditions are checked against and lists by index are
// set in. It copies what it keeps.
type Current struct {
	table      *schema.Table
	now        int64
	partitions map[string]*currentPartition
}

type currentPartition struct {
	partition row.View // of the static row
	rows      map[string]*row.View
}

// Rows says which of the rows that exist ReadCurrent keeps.
type Rows uint8

const (
	AllRows Rows = iota
	FirstRow
	FirstInserted // the first that exists whatever values it has: INSERT has written it, not UPDATE alone
)

// ReadCurrent walks a cursor and closes it; now is the moment in seconds since 1970.
func ReadCurrent(table *schema.Table, cursor row.Cursor, now int64, rows Rows) (*Current, error) {
	c := &Current{table: table, now: now, partitions: map[string]*currentPartition{}}
	err := c.read(cursor, rows)
	return c, errors.Join(err, cursor.Err(), cursor.Close())
}

func (c *Current) read(cursor row.Cursor, rows Rows) error {
	var header row.HeaderView
	for cursor.NextPartition() {
		if err := header.Reset(bytes.Clone(cursor.Header())); err != nil {
			return err
		}
		p := &currentPartition{rows: map[string]*row.View{}}
		if err := p.partition.Reset(bytes.Clone(cursor.Static()), header.Partition(), c.now); err != nil {
			return err
		}
		c.forget(&p.partition)
		c.partitions[string(cursor.Partition().Key)] = p
		for cursor.NextRow() {
			v := new(row.View)
			if err := v.Reset(bytes.Clone(cursor.Row()), header.Covering(cursor.Clustering()), c.now); err != nil {
				return err
			}
			c.forget(v)
			exists := v.Live()
			if rows == FirstInserted {
				_, exists = v.LiveSince()
			}
			if exists {
				p.rows[string(cursor.Clustering())] = v
				if rows != AllRows {
					break
				}
			}
		}
	}
	return nil
}

// forget leaves out what dropped columns held.
func (c *Current) forget(v *row.View) {
	if len(c.table.Dropped) > 0 {
		v.Forget(c.table.HasColumnID)
	}
}

// row returns a row that exists, or nil.
func (c *Current) row(p key.Partition, clustering []byte) *row.View {
	if c == nil || c.partitions[string(p.Key)] == nil {
		return nil
	}
	return c.partitions[string(p.Key)].rows[string(clustering)]
}

// static returns a partition's static row when it has any value, or nil.
func (c *Current) static(p key.Partition) *row.View {
	if c == nil || c.partitions[string(p.Key)] == nil || !c.partitions[string(p.Key)].partition.Live() {
		return nil
	}
	return &c.partitions[string(p.Key)].partition
}

// first returns the partition's first row, or nil.
func (c *Current) first(p key.Partition) (clustering []byte, v *row.View) {
	if c == nil || c.partitions[string(p.Key)] == nil {
		return nil, nil
	}
	for k, r := range c.partitions[string(p.Key)].rows {
		if v == nil || k < string(clustering) {
			clustering, v = []byte(k), r
		}
	}
	return clustering, v
}

// CurrentCommand is what to read for statements on the same table that read or have conditions.
func CurrentCommand(table *schema.Table, partitions []key.Partition, rows [][]byte) *row.Command {
	cmd := &row.Command{Table: table, Partitions: partitions}
	if len(table.Clustering) == 0 {
		return cmd
	}
	rows = slices.Clone(rows)
	slices.SortFunc(rows, bytes.Compare)
	rows = slices.CompactFunc(rows, bytes.Equal)
	cmd.StaticOnly = len(rows) == 0
	for _, r := range rows {
		cmd.Slices = append(cmd.Slices, key.Prefix(r))
	}
	return cmd
}

// checkPartitions says what is wrong with the partition keys that the statement names.
func (m *Modify) checkPartitions(env *Env) error {
	m, err := m.resolved(env)
	if err != nil {
		return err
	}
	_, err = m.where.partitions(env)
	return err
}

// Targets returns the partitions and rows that the statement names; no rows when it concerns static columns only.
func (m *Modify) Targets(env *Env) (partitions []key.Partition, rows [][]byte, err error) {
	if m, err = m.resolved(env); err != nil {
		return nil, nil, err
	}
	if partitions, err = m.where.partitions(env); err != nil {
		return nil, nil, err
	}
	rows, err = m.where.namedRows(env)
	return partitions, rows, err
}
