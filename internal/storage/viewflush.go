package storage

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
	"helenus/internal/view"
)

// The deletion of a partition or a range can change any number of view rows. Past viewFlushBytes they are written before the deletion itself, batch by
// batch, under its locks. What is to be deleted is noted first, and the note goes with the last batch, the deletion's. A start that finds a note carries
// the deletion out: it was not acknowledged, and the views have begun to follow it.

const (
	viewFlushBytes = 1 << 20
	// changeOverhead is about what a change takes in memory beside its bytes.
	changeOverhead = 200
	viewNotePrefix = "view-note/"
)

// notedMutation is a row.Mutation in a note.
type notedMutation struct {
	Table     schema.DataID `json:"table"`
	Partition []byte        `json:"partition"`
	Header    []byte        `json:"header,omitempty"`
	Static    []byte        `json:"static,omitempty"`
	Rows      []notedRow    `json:"rows,omitempty"`
}

type notedRow struct {
	Clustering []byte `json:"clustering"`
	Delta      []byte `json:"delta"`
}

// flush writes the changes of views that there are so far.
func (d *deriver) flush() error {
	s := d.store
	b := s.db.NewBatch()
	if err := d.note(b); err != nil {
		return errors.Join(err, b.Close())
	}
	release, parcels, err := d.send(b)
	if err != nil {
		return errors.Join(err, b.Close())
	}
	defer release()
	if err := b.Commit(s.later()); err != nil { // the log keeps the order of batches, and the last one is waited for
		s.queued(parcels, false)
		return errors.Join(fmt.Errorf("write: %w", err), b.Close())
	}
	for _, p := range parcels {
		d.flushed = append(d.flushed, view.Parcel{Queue: p.Queue})
	}
	d.changes, d.size = nil, 0
	return b.Close()
}

// note notes what is being written, once.
func (d *deriver) note(b *pebble.Batch) error {
	if d.intent != nil {
		return nil
	}
	var all []notedMutation
	for i := range d.whole {
		m := &d.whole[i]
		n := notedMutation{Table: m.Table.DataID, Partition: m.Partition.Key, Header: m.Header, Static: m.Static}
		for _, r := range m.Rows {
			n.Rows = append(n.Rows, notedRow{r.Clustering, r.Delta})
		}
		all = append(all, n)
	}
	raw, err := json.Marshal(all)
	if err != nil {
		return err
	}
	d.intent = metaKey(fmt.Sprintf("%s%d", viewNotePrefix, d.store.queues.number()))
	return b.Set(d.intent, raw, nil)
}

// finishNoted carries out what notes say, at the first look at a schema.
func (s *Store) finishNoted(now *schema.Schema) error {
	notes, err := s.Metas(viewNotePrefix)
	if err != nil {
		return err
	}
	for name, raw := range notes {
		var all []notedMutation
		if err := json.Unmarshal(raw, &all); err != nil {
			return fmt.Errorf("record %s: %w", name, err)
		}
		var mutations []row.Mutation
		for _, n := range all {
			t := now.TableByDataID(n.Table)
			if t == nil {
				continue // dropped or emptied since
			}
			m := row.Mutation{Table: t, Partition: key.NewPartition(n.Partition), Header: n.Header, Static: n.Static}
			for _, r := range n.Rows {
				m.Rows = append(m.Rows, row.RowDelta{Clustering: r.Clustering, Delta: r.Delta})
			}
			mutations = append(mutations, m)
		}
		if len(mutations) > 0 {
			c, err := s.Apply(mutations)
			if err != nil {
				return err
			}
			if err := c.WaitSynced(); err != nil {
				return err
			}
		}
		if err := s.SetMetas(map[string][]byte{name: nil}); err != nil {
			return err
		}
	}
	return nil
}
