package replica

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/cespare/xxhash/v2"

	"helenus/internal/index"
	"helenus/internal/key"
	"helenus/internal/planted"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// Page is a piece of what a command reaches, in the order of the command. Raw holds records, each
//
//	1  a partition: token 8 bytes; key, header and static, uvarint length and bytes each
//	2  a row of the partition before it: clustering and row, uvarint length and bytes each
//
// Rows are merged, and purged of what the request's time makes unneeded; what holds nothing then is left out. So replicas with the same data
// have the same page, whatever their stores have purged already.
type Page struct {
	Raw []byte
	// More is true when the page ended before the data did: at Last.
	More bool
	Last row.Position
	// Cut says that a read of the nearest vectors left out rows since others were nearer; none of them has a score above Least.
	Cut   bool
	Least float32
	// Excess is what the read of it met that is much; only sizes travel.
	Excess []row.Excess
}

const (
	recordPartition = 1
	recordRow       = 2
)

// Digest stands for the page's content.
func (p *Page) Digest() uint64 {
	h := xxhash.Sum64(p.Raw)
	if planted.Is(planted.ShortDigest) {
		h = uint64(len(p.Raw))
	}
	if p.More {
		h++
	}
	return h
}

// Newest returns the highest timestamp of anything in the page; row.NoTimestamp when it holds nothing.
func (p *Page) Newest() (int64, error) {
	newest := int64(row.NoTimestamp)
	note := func(encoded []byte) error {
		if len(encoded) == 0 {
			return nil
		}
		t, err := row.Newest(encoded)
		newest = max(newest, t)
		return err
	}
	var c PageCursor
	c.Reset(p.Raw)
	var header row.HeaderView
	for c.NextPartition() {
		if err := errors.Join(header.Reset(c.Header()), note(c.Static())); err != nil {
			return newest, err
		}
		newest = max(newest, header.Newest())
		for c.NextRow() {
			if err := note(c.Row()); err != nil {
				return newest, err
			}
		}
	}
	return newest, c.Err()
}

// A page travels as: flags 1 byte (1 more, 2 the partition is done, 4 much was met, 8 others are less near); with more also the last partition and clustering; with much
// the highest number of tombstones and of bytes, uvarint each, 0 for no excess; when others are less near their highest score, a float of 4 bytes; then raw.
const (
	pageMore = 1
	pageDone = 2
	pageMuch = 4
	pageCut  = 8
)

// Append appends the page.
func (p *Page) Append(dst []byte) []byte {
	flags := byte(0)
	if p.More {
		flags = pageMore
		if p.Last.PartitionDone {
			flags |= pageDone
		}
	}
	if len(p.Excess) > 0 {
		flags |= pageMuch
	}
	if p.Cut {
		flags |= pageCut
	}
	dst = append(dst, flags)
	if p.More {
		dst = appendOptional(appendPartition(dst, p.Last.Partition), p.Last.Clustering)
	}
	dst = p.appendExcess(dst)
	if p.Cut {
		dst = binary.BigEndian.AppendUint32(dst, math.Float32bits(p.Least))
	}
	return append(dst, p.Raw...)
}

// appendExcess appends what was met, if it was much.
func (p *Page) appendExcess(dst []byte) []byte {
	if len(p.Excess) == 0 {
		return dst
	}
	tombstones, size := p.Much()
	return binary.AppendUvarint(binary.AppendUvarint(dst, uint64(tombstones)), uint64(size))
}

// Much returns the highest numbers of tombstones and bytes that were much; 0: they were not.
func (p *Page) Much() (tombstones, size int64) {
	for i := range p.Excess {
		if e := &p.Excess[i]; e.OfBytes {
			size = max(size, e.Bytes)
		} else {
			tombstones = max(tombstones, int64(e.Tombstones))
		}
	}
	return tombstones, size
}

func (d *decoder) excess() (all []row.Excess) {
	if n := d.uvarint(); n > 0 {
		all = append(all, row.Excess{Counts: row.Counts{Tombstones: int(n)}})
	}
	if n := d.uvarint(); n > 0 {
		all = append(all, row.Excess{Counts: row.Counts{Bytes: int64(n)}, OfBytes: true})
	}
	return all
}

// DecodeDigest decodes the answer to a request for a digest: the digest and, if much was met, what a page has of it.
func DecodeDigest(raw []byte) (sum uint64, much []row.Excess, err error) {
	d := decoder{raw: raw}
	if sum = d.uint64(); len(d.raw) > 0 {
		much = d.excess()
	}
	if d.bad || len(d.raw) > 0 {
		return 0, nil, errWire
	}
	return sum, much, nil
}

// DecodePage decodes a page; it aliases raw.
func DecodePage(raw []byte) (*Page, error) {
	d := decoder{raw: raw}
	flags := d.byte()
	p := &Page{More: flags&pageMore != 0, Cut: flags&pageCut != 0}
	if p.More {
		p.Last = row.Position{Partition: d.partition(), Clustering: d.optional(), PartitionDone: flags&pageDone != 0}
	}
	if flags&pageMuch != 0 {
		p.Excess = d.excess()
	}
	if p.Cut {
		p.Least = math.Float32frombits(d.uint32())
	}
	if d.bad {
		return nil, errWire
	}
	p.Raw = d.raw
	return p, nil
}

// MakePage walks a cursor and closes it.
func MakePage(c row.Cursor, r *ReadRequest) (*Page, error) {
	m := pageMaker{request: r}
	return m.make(c)
}

func (m *pageMaker) make(c row.Cursor) (*Page, error) {
	m.matcher = newMatcher(&m.request.Command)
	m.view.Claim = m.request.Command.Table.ClaimColumn()
	each := m.partition
	if m.matcher != nil {
		each = m.indexedPartition
	}
	for !m.page.More && c.NextPartition() {
		if err := each(c); err != nil {
			c.Close()
			return nil, err
		}
	}
	if err := c.Err(); err != nil {
		c.Close()
		return nil, err
	}
	m.page.Least, m.page.Cut = row.Cut(c)
	return &m.page, c.Close()
}

type pageMaker struct {
	request *ReadRequest
	// purgedThrough bounds, for a partition's token, what is old enough to be left out; nil: only the request does.
	purgedThrough func(key.Token) int64
	page          Page
	rows          int
	header        row.HeaderView
	view          row.View
	static        row.View
	matcher       *index.Matcher // nil: no indexes are asked
	purged        []byte
	scratch       []byte
}

func (m *pageMaker) partition(c row.Cursor) error {
	r := m.request
	before := r.GCBefore
	if m.purgedThrough != nil {
		before = min(before, m.purgedThrough(c.Partition().Token))
	}
	header, err := row.PurgeHeader(m.scratch[:0], c.Header(), before)
	if err != nil {
		return err
	}
	m.scratch = header
	if err := m.header.Reset(c.Header()); err != nil { // what is purged still shadows what it covers
		return err
	}
	var static []byte
	if s := c.Static(); s != nil {
		if static, err = row.Purge(nil, s, m.header.Partition(), r.Now, before); err != nil {
			return err
		}
	}
	p := c.Partition()
	begun := len(header) > 0 || len(static) > 0
	if begun {
		m.begin(p, header, static)
	}
	rows := 0
	for c.NextRow() {
		clustering := c.Clustering()
		covering := m.header.Covering(clustering)
		if m.purged, err = row.PurgeClaimed(m.purged[:0], c.Row(), covering, r.Now, before, m.view.Claim); err != nil {
			return err
		}
		if len(m.purged) == 0 {
			continue
		}
		if !begun {
			m.begin(p, nil, nil)
			begun = true
		}
		m.page.Raw = appendBytes(appendBytes(append(m.page.Raw, recordRow), clustering), m.purged)
		if r.Rows > 0 {
			if err := m.view.Reset(m.purged, covering, r.Now); err != nil {
				return err
			}
			if m.view.Live() {
				rows++
				m.rows++
			}
		}
		if m.full() {
			m.end(p, clustering)
			return nil
		}
	}
	return m.leave(c, p, begun, rows)
}

// leave ends a partition that was walked to its end: one that is in the page without a row counts as one.
func (m *pageMaker) leave(c row.Cursor, p key.Partition, begun bool, rows int) error {
	if err := c.Err(); err != nil {
		return err
	}
	if begun && rows == 0 {
		m.rows++
	}
	if begun && m.full() {
		m.end(p, nil)
		m.page.Last.PartitionDone = true
	}
	return nil
}

func (m *pageMaker) full() bool {
	return m.request.Rows > 0 && m.rows >= m.request.Rows || len(m.page.Raw) >= m.request.Bytes
}

func (m *pageMaker) begin(p key.Partition, header, static []byte) {
	m.page.Raw = appendPartitionRecord(m.page.Raw, p, header, static)
}

func appendPartitionRecord(dst []byte, p key.Partition, header, static []byte) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, recordPartition), uint64(p.Token))
	return appendBytes(appendBytes(appendBytes(dst, p.Key), header), static)
}

func (m *pageMaker) end(p key.Partition, clustering []byte) {
	m.page.More = true
	m.page.Last = row.Position{Partition: key.Partition{Token: p.Token, Key: append([]byte(nil), p.Key...)}}
	if clustering != nil {
		m.page.Last.Clustering = append([]byte{}, clustering...)
	}
}

// records walks a page's records.
type records struct {
	d         decoder
	kind      byte // of the record it stands on; 0: none is left
	partition key.Partition
	header    []byte
	static    []byte

	clustering []byte
	row        []byte
}

func (r *records) next() {
	if len(r.d.raw) == 0 {
		r.kind = 0
		return
	}
	switch r.kind = r.d.byte(); r.kind {
	case recordPartition:
		r.partition = r.d.partition()
		r.header, r.static = r.d.bytes(), r.d.bytes()
	case recordRow:
		r.clustering, r.row = r.d.bytes(), r.d.bytes()
	default:
		r.d.bad = true
	}
	if r.d.bad {
		r.kind, r.d.raw = 0, nil
	}
}

// PageCursor walks a page as a row.Cursor.
type PageCursor struct {
	records records // stands on the record after the current one
	at      records // the current partition and row
	before  records // where records stood before the partition
}

var _ row.Cursor = (*PageCursor)(nil)

// Reset begins to walk a page's records.
func (c *PageCursor) Reset(raw []byte) {
	c.records = records{d: decoder{raw: raw}}
	c.records.next()
}

// NextPartition and the others: see row.Cursor.
func (c *PageCursor) NextPartition() bool {
	for c.records.kind == recordRow { // not walked
		c.records.next()
	}
	if c.records.kind != recordPartition {
		return false
	}
	c.before, c.at = c.records, c.records
	c.records.next()
	return true
}

// Left is the number of bytes that were not walked yet.
func (c *PageCursor) Left() int { return len(c.records.d.raw) }

// Unread goes back to before the partition that NextPartition has just entered.
func (c *PageCursor) Unread() { c.records = c.before }

func (c *PageCursor) NextRow() bool {
	if c.records.kind != recordRow {
		return false
	}
	c.at.clustering, c.at.row = c.records.clustering, c.records.row
	c.records.next()
	return true
}

func (c *PageCursor) Partition() key.Partition { return c.at.partition }
func (c *PageCursor) Header() []byte           { return orNil(c.at.header) }
func (c *PageCursor) Static() []byte           { return orNil(c.at.static) }
func (c *PageCursor) Clustering() []byte       { return c.at.clustering }
func (c *PageCursor) Row() []byte              { return c.at.row }
func (c *PageCursor) Close() error             { return nil }

// Err tells records that could not be read.
func (c *PageCursor) Err() error {
	if c.records.d.bad {
		return errWire
	}
	return nil
}

func orNil(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// Mutations returns what a page holds, as mutations of a table that make another replica hold it too. They alias the page.
func (p *Page) Mutations(table *schema.Table) ([]row.Mutation, error) {
	var all []row.Mutation
	r := records{d: decoder{raw: p.Raw}}
	for r.next(); r.kind != 0; r.next() {
		if r.kind == recordPartition {
			all = append(all, row.Mutation{Table: table, Partition: r.partition, Header: orNil(r.header), Static: orNil(r.static)})
			continue
		}
		if len(all) == 0 {
			return nil, errWire
		}
		m := &all[len(all)-1]
		m.Rows = append(m.Rows, row.RowDelta{Clustering: r.clustering, Delta: r.row})
	}
	if r.d.bad {
		return nil, errWire
	}
	return all, nil
}
