package replica

import (
	"encoding/binary"
	"errors"

	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
	"helenus/internal/trace"
)

// Status is the first byte of every answer.
type Status uint8

const (
	// OK: done; the answer's body follows.
	OK Status = iota + 1
	// Stale: the request was planned for an older topology; the epoch that the coordinator must reach follows, 8 bytes.
	Stale
	// Failed: nothing is known to be done; the reason follows.
	Failed
	// Overloaded: nothing was done, for want of room; the reason follows.
	Overloaded
	// Unknowing: nothing was done, since the node does not know the table yet.
	Unknowing
	// Unindexed: an index is not built here yet.
	Unindexed
	// TooManyTombstones, TooManyBytes: the read was ended after as many; the number follows, a uvarint.
	TooManyTombstones
	TooManyBytes
)

// errWire is returned for bytes that are no request or answer.
var errWire = errors.New("malformed request between nodes")

// Plan is what every request says of the state that it was planned from.
type Plan struct {
	// Epoch is the coordinator's: a replica that does not know a table and is behind waits for it. Topology is the epoch of the topology.
	Epoch, Topology uint64
	// Trace is the request's trace, zero when it has none.
	Trace trace.ID
}

// A plan, which every request begins with, is
//
//	epoch     8 bytes; the highest bit says that there is a trace
//	topology  8 bytes
//	trace     16 bytes, if there is one
const planTraced = 1 << 63

// AfterPlan returns what follows a request's plan.
func AfterPlan(request []byte) []byte {
	d := decoder{raw: request}
	d.plan()
	return d.raw
}

// A write request is a plan, then mutations until the end, each
//
//	data id     4 bytes
//	token       8 bytes
//	key, header, static   uvarint length + 1 and bytes each; 0: absent
//	rows        uvarint count, then clustering and delta of each, uvarint length and bytes
//
// What follows the plan is also what a hint keeps.

// AppendWrite appends a write request.
func AppendWrite(dst []byte, p Plan, mutations []row.Mutation) []byte {
	return AppendMutations(appendPlan(dst, p), mutations)
}

// AppendMutations appends mutations.
func AppendMutations(dst []byte, mutations []row.Mutation) []byte {
	for i := range mutations {
		m := &mutations[i]
		dst = binary.BigEndian.AppendUint32(dst, uint32(m.Table.DataID))
		dst = appendPartition(dst, m.Partition)
		dst = appendOptional(appendOptional(dst, m.Header), m.Static)
		dst = binary.AppendUvarint(dst, uint64(len(m.Rows)))
		for j := range m.Rows {
			dst = appendBytes(appendBytes(dst, m.Rows[j].Clustering), m.Rows[j].Delta)
		}
	}
	return dst
}

func appendPlan(dst []byte, p Plan) []byte {
	if p.Trace.IsZero() {
		return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(dst, p.Epoch), p.Topology)
	}
	dst = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(dst, p.Epoch|planTraced), p.Topology)
	return append(dst, p.Trace[:]...)
}

func appendPartition(dst []byte, p key.Partition) []byte {
	return appendBytes(binary.BigEndian.AppendUint64(dst, uint64(p.Token)), p.Key)
}

func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// appendOptional tells nil from empty.
func appendOptional(dst, b []byte) []byte {
	if b == nil {
		return append(dst, 0)
	}
	return append(binary.AppendUvarint(dst, uint64(len(b))+1), b...)
}

// DecodeMutations decodes what AppendMutations wrote; what it returns aliases raw. Mutations of tables that schema does not have are
// left out: missing counts them.
func DecodeMutations(raw []byte, s *schema.Schema) (mutations []row.Mutation, missing int, err error) {
	d := decoder{raw: raw}
	for len(d.raw) > 0 {
		id := schema.DataID(d.uint32())
		m := row.Mutation{Table: s.TableByDataID(id), Partition: d.partition(), Header: d.optional(), Static: d.optional()}
		for n := d.count(2); n > 0; n-- {
			m.Rows = append(m.Rows, row.RowDelta{Clustering: d.bytes(), Delta: d.bytes()})
		}
		if d.bad {
			return nil, 0, errWire
		}
		if m.Table == nil {
			missing++
			continue
		}
		mutations = append(mutations, m)
	}
	return mutations, missing, nil
}

// ReadRequest asks for what a command reaches, up to bounds.
type ReadRequest struct {
	Plan
	Command row.Command
	// Table is the data id of Command.Table.
	Table schema.DataID
	// Now and GCBefore (seconds since 1970) are the coordinator's, so that all replicas purge alike.
	Now, GCBefore int64
	// Rows is how many live rows are wanted, 0: any number; EveryRow is as many without the bounds of reads for clients. Bytes bounds the page; it is exceeded by at most one row.
	Rows, Bytes int
	// Digest asks for the page's digest instead of the page.
	Digest bool
	// Fence lets writes of older plans become visible first; whoever takes over a range asks for it.
	Fence bool
	// indexes are the data ids of Command.Indexed's, as they came from another node.
	indexes []schema.DataID
}

const (
	readReversed   = 1
	readStaticOnly = 2
	readDigest     = 4
	readPartitions = 8
	readResume     = 16
	readDone       = 32
	readSlices     = 64
	readFence      = 128
)

// Append appends the request.
func (r *ReadRequest) Append(dst []byte) []byte {
	c := &r.Command
	dst = appendPlan(dst, r.Plan)
	dst = binary.BigEndian.AppendUint32(dst, uint32(r.Table))
	var flags byte
	set := func(flag byte, on bool) {
		if on {
			flags |= flag
		}
	}
	set(readReversed, c.Reversed)
	set(readStaticOnly, c.StaticOnly)
	set(readDigest, r.Digest)
	set(readPartitions, c.Partitions != nil)
	set(readResume, c.Resume != nil)
	set(readDone, c.Resume != nil && c.Resume.PartitionDone)
	set(readSlices, c.Slices != nil)
	set(readFence, r.Fence)
	dst = append(dst, flags)
	dst = binary.BigEndian.AppendUint64(dst, uint64(r.Now))
	dst = binary.BigEndian.AppendUint64(dst, uint64(r.GCBefore))
	dst = binary.AppendUvarint(dst, uint64(r.Rows))
	dst = binary.AppendUvarint(dst, uint64(r.Bytes))
	if c.Partitions != nil {
		dst = binary.AppendUvarint(dst, uint64(len(c.Partitions)))
		for _, p := range c.Partitions {
			dst = appendPartition(dst, p)
		}
	} else {
		dst = binary.BigEndian.AppendUint64(dst, uint64(c.Tokens.First))
		dst = binary.BigEndian.AppendUint64(dst, uint64(c.Tokens.Last))
	}
	if c.Resume != nil {
		dst = appendOptional(appendPartition(dst, c.Resume.Partition), c.Resume.Clustering)
	}
	if c.Slices != nil {
		dst = binary.AppendUvarint(dst, uint64(len(c.Slices)))
		for _, s := range c.Slices {
			dst = appendOptional(appendOptional(dst, s.Start), s.End)
		}
	}
	for i, q := range c.Indexed { // to the end
		dst = binary.BigEndian.AppendUint32(dst, uint32(r.indexID(i)))
		if q.Nearest != nil {
			dst = appendNearest(dst, q.Nearest)
			continue
		}
		dst = binary.AppendUvarint(dst, uint64(len(q.Ranges)))
		for _, s := range q.Ranges {
			dst = appendOptional(appendOptional(dst, s.Start), s.End)
		}
	}
	return dst
}

// The nearest vectors are asked for in the form of a range of the index's terms: it begins with the vector and ends with how many are wanted, 4 bytes. A node
// that knows of no entries of vectors answers that it does not have the index, and is asked for all rows then.
func appendNearest(dst []byte, n *row.Nearest) []byte {
	dst = appendOptional(append(dst, 1), n.Vector)
	return appendOptional(dst, binary.BigEndian.AppendUint32(nil, uint32(n.Count)))
}

// nearestMax bounds how many rows a node is asked for by their nearness.
const nearestMax = 1 << 16

// nearest reads what appendNearest wrote; nil: it was something else.
func (r *ReadRequest) nearest(x *schema.Index, ranges []key.Range) *row.Nearest {
	if len(ranges) != 1 || len(ranges[0].Start) != 4*x.Column.Type.Dimension || len(ranges[0].End) != 4 || x.Column.Kind != schema.Regular || r.Command.Partitions != nil {
		return nil
	}
	n := binary.BigEndian.Uint32(ranges[0].End)
	if n == 0 || n > nearestMax {
		return nil
	}
	return &row.Nearest{Vector: ranges[0].Start, Count: int(n), Now: r.Now}
}

// indexID returns the data id of the i-th of Command.Indexed, which a request from another node has before the index itself.
func (r *ReadRequest) indexID(i int) schema.DataID {
	if index := r.Command.Indexed[i].Index; index != nil {
		return index.DataID
	}
	return r.indexes[i]
}

// decodeRead decodes a request, all but Command.Table and the indexes themselves.
func decodeRead(raw []byte) (*ReadRequest, error) {
	d := decoder{raw: raw}
	r := &ReadRequest{Plan: d.plan(), Table: schema.DataID(d.uint32())}
	flags := d.byte()
	c := &r.Command
	c.Reversed, c.StaticOnly, r.Digest, r.Fence = flags&readReversed != 0, flags&readStaticOnly != 0, flags&readDigest != 0, flags&readFence != 0
	r.Now, r.GCBefore = int64(d.uint64()), int64(d.uint64())
	r.Rows, r.Bytes = int(d.uvarint()), int(d.uvarint())
	if flags&readPartitions != 0 {
		c.Partitions = []key.Partition{}
		for n := d.count(9); n > 0; n-- {
			c.Partitions = append(c.Partitions, d.partition())
		}
	} else {
		c.Tokens = key.TokenRange{First: key.Token(d.uint64()), Last: key.Token(d.uint64())}
	}
	if flags&readResume != 0 {
		c.Resume = &row.Position{Partition: d.partition(), Clustering: d.optional(), PartitionDone: flags&readDone != 0}
	}
	if flags&readSlices != 0 {
		c.Slices = []key.Range{}
		for n := d.count(2); n > 0; n-- {
			c.Slices = append(c.Slices, key.Range{Start: d.optional(), End: d.optional()})
		}
	}
	for len(d.raw) > 0 {
		r.indexes = append(r.indexes, schema.DataID(d.uint32()))
		var q row.IndexRange
		for n := d.count(2); n > 0; n-- {
			q.Ranges = append(q.Ranges, key.Range{Start: d.optional(), End: d.optional()})
		}
		c.Indexed = append(c.Indexed, q)
	}
	if d.bad || len(d.raw) > 0 || r.Rows < 0 || r.Bytes <= 0 {
		return nil, errWire
	}
	return r, nil
}

// decoder reads fields; once something is missing it is bad and yields zeros.
type decoder struct {
	raw []byte
	bad bool
}

func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.raw)) {
		d.bad, d.raw = true, nil
		return nil
	}
	b := d.raw[:n:n]
	d.raw = d.raw[n:]
	return b
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uint32() uint32 {
	if b := d.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) uint64() uint64 {
	if b := d.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.raw)
	if n <= 0 {
		d.bad, d.raw = true, nil
		return 0
	}
	d.raw = d.raw[n:]
	return v
}

// count reads a number of things that take at least size bytes each.
func (d *decoder) count(size uint64) uint64 {
	n := d.uvarint()
	if n > uint64(len(d.raw))/size {
		d.bad, d.raw = true, nil
		return 0
	}
	return n
}

func (d *decoder) bytes() []byte { return d.take(d.uvarint()) }

func (d *decoder) optional() []byte {
	if n := d.uvarint(); n > 0 {
		if b := d.take(n - 1); b != nil {
			return b
		}
	}
	return nil
}

func (d *decoder) partition() key.Partition {
	return key.Partition{Token: key.Token(d.uint64()), Key: d.bytes()}
}

// PlanOf returns the plan that a request begins with.
func PlanOf(request []byte) Plan {
	d := decoder{raw: request}
	return d.plan()
}

func (d *decoder) plan() Plan {
	p := Plan{Epoch: d.uint64(), Topology: d.uint64()}
	if p.Epoch&planTraced != 0 {
		p.Epoch &^= planTraced
		copy(p.Trace[:], d.take(uint64(len(p.Trace))))
	}
	return p
}
