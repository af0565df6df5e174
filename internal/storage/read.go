package storage

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/key"
	"helenus/internal/row"
)

// Read returns a cursor over what cmd asks for, as of one moment. The caller closes it; cmd must stay as it is until then.
func (s *Store) Read(cmd *row.Command) row.Cursor {
	began := s.options.Runtime.Monotonic()
	if cmd.Indexed != nil {
		return s.readIndexed(cmd, began)
	}
	c := s.read(cmd)
	c.counted, c.scans, c.began = true, cmd.Partitions == nil, began
	c.counts = row.Counts{}
	c.watched.begin(cmd.Watch)
	return c
}

// read is Read for the store itself, which is not counted.
func (s *Store) read(cmd *row.Command) *cursor {
	c := cursors.Get().(*cursor)
	c.store, c.cmd, c.counted, c.watched.watch = s, cmd, false, nil
	c.next, c.err, c.resume = 0, nil, cmd.Resume
	c.lower, c.upper = c.lower[:0], c.upper[:0]
	switch {
	case len(cmd.Partitions) == 1:
		c.lower = append(appendPrefix(c.lower, cmd.Table.DataID, cmd.Partitions[0]), kindHeader)
		c.upper = append(appendPrefix(c.upper, cmd.Table.DataID, cmd.Partitions[0]), kindEnd)
	case cmd.Partitions != nil:
		c.lower = appendToken(c.lower, cmd.Table.DataID, key.MinToken)
		c.upper = appendAfterToken(c.upper, cmd.Table.DataID, key.MaxToken)
	default:
		c.lower = appendToken(c.lower, cmd.Table.DataID, cmd.Tokens.First)
		c.upper = appendAfterToken(c.upper, cmd.Table.DataID, cmd.Tokens.Last)
	}
	c.options = pebble.IterOptions{LowerBound: c.lower, UpperBound: c.upper}
	c.it, c.err = s.iterator(&c.options)
	return c
}

var cursors = sync.Pool{New: func() any { return new(cursor) }}

// cursor walks Pebble's keys. The iterator stands on the first key that has not been taken yet, or is exhausted.
type cursor struct {
	store   *Store
	cmd     *row.Command
	it      *pebble.Iterator
	counted bool
	scans   bool // it is a read of tokens, or by indexes
	counts  row.Counts
	watched watched
	// countedRanges are the partition's range tombstones that the read has come by.
	countedRanges int
	covers        row.HeaderView
	covered       bool // the partition's header deletes something
	began         time.Duration
	err           error
	next          int // the next of cmd.Partitions
	resume        *row.Position
	options       pebble.IterOptions

	lower, upper []byte
	prefix       []byte // of the current partition, with the kind byte's place at the end
	seek         []byte
	partition    key.Partition
	header       []byte
	static       []byte
	clustering   []byte
	row          []byte

	slice   int  // the slice being read
	started bool // a row of the slice was looked for
	done    bool // the partition has no rows left
}

var _ row.Cursor = (*cursor)(nil)

func (c *cursor) NextPartition() bool {
	if c.counted && c.cmd.Partitions != nil {
		c.watched.settle(c)
	}
	for c.err == nil {
		found := false
		if c.cmd.Partitions != nil {
			if c.next == len(c.cmd.Partitions) {
				break
			}
			c.next++
			found = c.enter(c.cmd.Partitions[c.next-1])
		} else {
			if !c.scan() {
				break
			}
			found = true
		}
		if found {
			return true
		}
	}
	return false
}

// enter goes to a partition by its key; false when nothing is stored of it.
func (c *cursor) enter(p key.Partition) bool {
	c.prefix = append(appendPrefix(c.prefix[:0], c.cmd.Table.DataID, p), kindHeader)
	c.partition = p
	if c.cmd.Reversed {
		if !c.it.SeekGE(c.prefix) || !bytes.HasPrefix(c.it.Key(), c.prefix[:len(c.prefix)-1]) {
			return c.failed()
		}
	} else if !c.it.SeekPrefixGE(c.prefix) {
		return c.failed()
	}
	return c.begin()
}

// scan goes to the first partition behind the current one.
func (c *cursor) scan() bool {
	if len(c.prefix) == 0 {
		ok := false
		if r := c.resume; r != nil {
			c.seek = append(appendPrefix(c.seek[:0], c.cmd.Table.DataID, r.Partition), kindHeader)
			if r.PartitionDone {
				c.seek[len(c.seek)-1] = kindEnd
			}
			ok = c.it.SeekGE(c.seek)
		} else {
			ok = c.it.First()
		}
		if !ok {
			return c.failed()
		}
	} else {
		c.prefix[len(c.prefix)-1] = kindEnd
		if !c.it.SeekGE(c.prefix) {
			return c.failed()
		}
	}
	k := c.it.Key()
	n := split(k)
	c.prefix = append(append(c.prefix[:0], k[:n]...), kindHeader)
	c.partition = partitionOf(c.prefix, n)
	return c.begin()
}

// failed remembers the iterator's error, which is no end of data.
func (c *cursor) failed() bool {
	if c.err = c.it.Error(); c.err != nil {
		c.err = fmt.Errorf("read: %w", c.err)
	}
	return false
}

// begin takes the header and the static row of the partition that the iterator stands at the start of.
func (c *cursor) begin() bool {
	c.header, c.static = c.header[:0], c.static[:0]
	c.slice, c.started, c.done = 0, false, c.cmd.StaticOnly
	if c.cmd.Reversed {
		c.slice = len(c.cmd.Slices) - 1
	}
	at := len(c.prefix) - 1
	defer c.countPartition()
	for c.it.Valid() {
		k := c.it.Key()
		if len(k) <= at || !bytes.Equal(k[:at], c.prefix[:at]) || k[at] == kindRow {
			break
		}
		value, err := c.it.ValueAndErr()
		if err != nil {
			c.err = fmt.Errorf("read: %w", err)
			return false
		}
		if k[at] == kindHeader {
			c.header = append(c.header, value...)
		} else {
			c.static = append(c.static, value...)
		}
		c.it.Next()
	}
	if err := c.it.Error(); err != nil {
		return c.failed()
	}
	if r := c.resume; r != nil {
		if r.Partition.Token != c.partition.Token || !bytes.Equal(r.Partition.Key, c.partition.Key) {
			c.resume = nil
		} else if r.PartitionDone {
			c.done = true
		}
	}
	return true
}

func (c *cursor) Partition() key.Partition { return c.partition }

func (c *cursor) Header() []byte { return orNil(c.header) }

func (c *cursor) Static() []byte { return orNil(c.static) }

func orNil(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

func (c *cursor) Clustering() []byte { return c.clustering }

func (c *cursor) Row() []byte { return c.row }

func (c *cursor) Err() error { return c.err }

// NextRow moves to the next row of the slices. The iterator is left on the row until the next call, so that its value need not
// be copied.
func (c *cursor) NextRow() bool {
	if c.nextRow() {
		return true
	}
	c.countRanges(nil)
	return false
}

func (c *cursor) nextRow() bool {
	if c.done || c.err != nil {
		return false
	}
	if c.cmd.Reversed {
		return c.previousRow()
	}
	for {
		if !c.position() {
			c.done = true
			return false
		}
		at := len(c.prefix) - 1
		if !c.it.Valid() || !bytes.Equal(c.it.Key()[:min(at, len(c.it.Key()))], c.prefix[:at]) {
			c.done = true
			return c.failed()
		}
		clustering := c.it.Key()[at+1:]
		if len(c.cmd.Slices) > 0 {
			if end := c.cmd.Slices[c.slice].End; end != nil && bytes.Compare(clustering, end) >= 0 {
				c.slice++
				c.started = false
				continue
			}
		}
		return c.take(clustering)
	}
}

// position moves the iterator to where the next row may be; false when no slice is left.
func (c *cursor) position() bool {
	if c.started {
		c.it.Next()
		return true
	}
	if len(c.cmd.Slices) > 0 && c.slice >= len(c.cmd.Slices) {
		return false
	}
	c.started = true
	var start []byte
	if len(c.cmd.Slices) > 0 {
		start = c.cmd.Slices[c.slice].Start
	}
	if r := c.resume; r != nil && r.Clustering != nil && bytes.Compare(start, r.Clustering) <= 0 {
		c.seek = append(append(c.seek[:0], r.Clustering...), 0) // the place right after it
		return c.seekRow(c.seek)
	}
	if start == nil && c.slice == 0 {
		return true // the iterator stands on the first row
	}
	return c.seekRow(start)
}

func (c *cursor) seekRow(clustering []byte) bool {
	at := len(c.prefix)
	c.prefix[at-1] = kindRow
	c.prefix = append(c.prefix, clustering...)
	if c.cmd.Partitions != nil {
		c.it.SeekPrefixGE(c.prefix)
	} else {
		c.it.SeekGE(c.prefix)
	}
	c.prefix = c.prefix[:at]
	return true
}

func (c *cursor) take(clustering []byte) bool {
	value, err := c.it.ValueAndErr()
	if err != nil {
		c.err = fmt.Errorf("read: %w", err)
		return false
	}
	c.clustering, c.row = clustering, value
	return !c.counted || c.countRow()
}

// previousRow is NextRow from the last slice and row to the first.
func (c *cursor) previousRow() bool {
	at := len(c.prefix) - 1
	for {
		if c.started {
			c.it.Prev()
		} else {
			if len(c.cmd.Slices) > 0 && c.slice < 0 {
				c.done = true
				return false
			}
			c.started = true
			c.seekBefore()
		}
		k := c.it.Key()
		if !c.it.Valid() || len(k) <= at || !bytes.Equal(k[:at], c.prefix[:at]) || k[at] != kindRow {
			c.done = len(c.cmd.Slices) == 0 || c.slice <= 0
			if err := c.it.Error(); err != nil || c.done {
				c.done = true
				return c.failed()
			}
			c.slice--
			c.started = false
			continue
		}
		clustering := k[at+1:]
		if len(c.cmd.Slices) > 0 && bytes.Compare(clustering, c.cmd.Slices[c.slice].Start) < 0 {
			c.slice--
			c.started = false
			continue
		}
		return c.take(clustering)
	}
}

// seekBefore goes to the last row before the slice's end, or before the place where reading resumes.
func (c *cursor) seekBefore() {
	var end []byte
	if len(c.cmd.Slices) > 0 {
		end = c.cmd.Slices[c.slice].End
	}
	if r := c.resume; r != nil && r.Clustering != nil && (end == nil || bytes.Compare(r.Clustering, end) < 0) {
		end = r.Clustering
	}
	at := len(c.prefix)
	c.prefix[at-1] = kindRow
	if end == nil {
		c.prefix[at-1] = kindEnd
	} else {
		c.prefix = append(c.prefix, end...)
	}
	c.it.SeekLT(c.prefix)
	c.prefix = c.prefix[:at]
}

// Close ends the walk and gives the cursor back.
func (c *cursor) Close() error {
	var err error
	if c.it != nil {
		err = c.it.Close()
	}
	if c.err != nil {
		err = errors.Join(c.err, err)
	}
	if c.counted {
		c.count()
	}
	c.watched.watch = nil
	c.it, c.store, c.cmd, c.resume, c.clustering, c.row = nil, nil, nil, nil, nil, nil
	c.prefix = c.prefix[:0]
	cursors.Put(c)
	return err
}
