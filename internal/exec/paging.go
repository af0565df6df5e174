package exec

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"helenus/internal/cassandra"
	"helenus/internal/key"
	"helenus/internal/plan"
	"helenus/internal/row"
)

// A paging state is self-contained:
//
//	version     1 byte, 1
//	signature   16 bytes of HMAC-SHA256 over the statement's table and columns, and all that follows
//	flags       1 byte: 1 the partition has no rows left, 2 a clustering key follows
//	limit       8 bytes: rows still wanted, -1 all
//	in part     8 bytes: rows of the partition that went out, for PER PARTITION LIMIT
//	partition   2 bytes length, the partition key
//	clustering  the rest: the encoded key of the last row that went out
//
// Any coordinator can go on from it, also when the row that it names is gone.
const (
	pagingVersion  = 1
	signatureBytes = 16
	pagingDone     = 1
	pagingHasRow   = 2
	pagingFixed    = 1 + signatureBytes + 1 + 8 + 8 + 2
)

// position is where a page ended.
type position struct {
	partition  []byte
	clustering []byte
	hasRow     bool
	done       bool
	limit      int
	inPart     int
}

// set notes the place of the row that was just taken.
func (p *position) set(at key.Partition, clustering []byte, done bool, w *walk) {
	p.partition = append(p.partition[:0], at.Key...)
	p.clustering = append(p.clustering[:0], clustering...)
	p.hasRow, p.done, p.limit, p.inPart = clustering != nil, done, w.limit, w.inPart
}

// pagingState encodes a position.
func (x *execution) pagingState(q *plan.Select, p *position) []byte {
	b := make([]byte, 1+signatureBytes, pagingFixed+len(p.partition)+len(p.clustering))
	b[0] = pagingVersion
	var flags byte
	if p.done {
		flags |= pagingDone
	}
	if p.hasRow {
		flags |= pagingHasRow
	}
	b = append(b, flags)
	b = binary.BigEndian.AppendUint64(b, uint64(int64(p.limit)))
	b = binary.BigEndian.AppendUint64(b, uint64(int64(p.inPart)))
	b = binary.BigEndian.AppendUint16(b, uint16(len(p.partition)))
	b = append(append(b, p.partition...), p.clustering...)
	copy(b[1:], x.signature(q, b[1+signatureBytes:]))
	return b
}

// signature binds a state to the statement's table and columns.
func (x *execution) signature(q *plan.Select, payload []byte) []byte {
	h := hmac.New(sha256.New, x.executor.options.PagingKey())
	h.Write(q.Table.ID[:])
	h.Write(appendColumnsDigest(nil, q.Columns))
	h.Write(payload)
	return h.Sum(nil)[:signatureBytes]
}

var errPagingState = cassandra.Protocolf("Invalid value for the paging state")

// resume makes the command go on after the place that the request's paging state names.
func (w *walk) resume() error {
	raw := w.x.params.PagingState
	if len(raw) < pagingFixed || raw[0] != pagingVersion {
		return errPagingState
	}
	payload := raw[1+signatureBytes:]
	if !hmac.Equal(raw[1:1+signatureBytes], w.x.signature(w.q, payload)) {
		return errPagingState
	}
	flags := payload[0]
	limit, inPart := int64(binary.BigEndian.Uint64(payload[1:])), int64(binary.BigEndian.Uint64(payload[9:]))
	n := int(binary.BigEndian.Uint16(payload[17:]))
	rest := payload[19:]
	if len(rest) < n {
		return errPagingState
	}
	at := row.Position{Partition: key.NewPartition(rest[:n:n]), PartitionDone: flags&pagingDone != 0}
	if flags&pagingHasRow != 0 {
		at.Clustering = rest[n:]
	}
	w.limit, w.inPart, w.resumed = int(limit), int(inPart), !at.PartitionDone
	if len(at.Clustering) == 0 && flags&pagingHasRow != 0 {
		at.PartitionDone, w.resumed = true, false // the only row of a table without clustering columns
	}
	w.resumedAt = at.Partition.Key
	cmd := &w.s.cmd
	if w.perPart > 0 && w.inPart >= w.perPart {
		at.PartitionDone, w.resumed = true, false
	}
	if cmd.Partitions == nil {
		cmd.Resume = &at
		return nil
	}
	for i, p := range cmd.Partitions {
		if !bytes.Equal(p.Key, at.Partition.Key) {
			continue
		}
		if at.PartitionDone {
			cmd.Partitions = cmd.Partitions[i+1:]
			return nil
		}
		cmd.Partitions, cmd.Resume = cmd.Partitions[i:], &at
		return nil
	}
	return errPagingState
}
