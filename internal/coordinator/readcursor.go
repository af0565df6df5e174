package coordinator

import (
	"bytes"
	"context"
	"errors"

	"helenus/internal/cassandra"
	"helenus/internal/cluster/metadata"
	"helenus/internal/key"
	"helenus/internal/planted"
	"helenus/internal/replica"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// readCursor walks what a command reaches over several replicas, piece by piece: the partitions one after the other, or the ranges of the
// ring in token order.
type readCursor struct {
	r      reader
	piece  replica.PageCursor
	begun  bool
	more   bool          // the current span has more pieces
	resume *row.Position // where the next piece of the span begins
	next   int           // of cmd.Partitions: the one that the next piece is of
	from   key.Token     // of the next range
	done   bool          // nothing is left behind the current span
	at     key.Partition // the current partition
	cut    bool          // a piece left out rows since others were nearer, none of them above least
	least  float32
	err    error
	buffer row.Command
}

var _ row.NearestCursor = (*readCursor)(nil)

func newReadCursor(r reader) *readCursor {
	c := &readCursor{r: r, resume: r.cmd.Resume, from: r.cmd.Tokens.First}
	if r.cmd.Partitions == nil && r.cmd.Resume != nil {
		c.from = r.cmd.Resume.Partition.Token
	}
	c.r.begin()
	c.piece.Reset(nil)
	return c
}

func (c *readCursor) NextPartition() bool {
	for c.err == nil {
		for c.piece.NextPartition() {
			if c.begun && bytes.Equal(c.piece.Partition().Key, c.at.Key) {
				continue // the rest of the partition that the caller leaves
			}
			c.begun, c.at = true, c.piece.Partition()
			return true
		}
		c.leave()
		if c.err = c.piece.Err(); c.err != nil || !c.fetch() {
			return false
		}
	}
	return false
}

// leave skips what the caller does not want of the current partition.
func (c *readCursor) leave() {
	if c.resume == nil || !c.begun || !bytes.Equal(c.resume.Partition.Key, c.at.Key) {
		return
	}
	if c.r.cmd.Partitions != nil {
		c.more, c.resume = false, nil
		c.next++
		return
	}
	c.resume.PartitionDone = true
}

func (c *readCursor) NextRow() bool {
	for c.err == nil {
		if c.piece.NextRow() {
			return true
		}
		if !c.more || c.resume == nil || c.resume.PartitionDone || !bytes.Equal(c.resume.Partition.Key, c.at.Key) || !c.fetch() {
			return false
		}
		if !c.piece.NextPartition() {
			continue // an empty piece; there may be more behind it
		}
		if !bytes.Equal(c.piece.Partition().Key, c.at.Key) { // the partition had no more rows: stand before the next one again
			c.piece.Unread()
			return false
		}
	}
	return false
}

func (c *readCursor) Partition() key.Partition { return c.at }
func (c *readCursor) Header() []byte           { return c.piece.Header() }
func (c *readCursor) Static() []byte           { return c.piece.Static() }
func (c *readCursor) Clustering() []byte       { return c.piece.Clustering() }
func (c *readCursor) Row() []byte              { return c.piece.Row() }
func (c *readCursor) Err() error               { return c.err }
func (c *readCursor) Cut() (float32, bool)     { return c.least, c.cut }
func (c *readCursor) Close() error             { return nil }

// staleMax bounds how often a piece is planned anew because the topology moved.
const staleMax = 20

// fetch gets the next piece; false at the end or on an error.
func (c *readCursor) fetch() bool {
	for attempt := 0; ; attempt++ {
		of, request, ok, err := c.plan()
		if err != nil || !ok {
			c.err = err
			return false
		}
		page, err := c.r.page(&of, request)
		var stale *replica.StaleError
		if errors.As(err, &stale) {
			if planted.Is(planted.SkippedPartition) && c.r.cmd.Partitions != nil {
				c.next++
			}
			if c.follow(stale.Epoch) && attempt < staleMax {
				continue
			}
			need := BlockFor(c.r.level, of.keyspace, c.r.c.options.Datacenter)
			err = &cassandra.Error{
				Code: cassandra.CodeReadTimeout, Message: "Operation timed out - received only 0 responses.", Consistency: c.r.level, Required: int32(need),
			}
		}
		if err != nil && isNearest(c.r.cmd) && lacksIndex(err) {
			c.r.cmd = withoutIndex(c.r.cmd)
			c.r.begin()
			continue
		}
		if err != nil {
			c.err = err
			return false
		}
		if page.Cut && (!c.cut || page.Least > c.least) {
			c.cut, c.least = true, page.Least
		}
		c.piece.Reset(page.Raw)
		c.passed(request, page)
		return true
	}
}

// follow waits until this node knows of an epoch, and says whether there is time left then.
func (c *readCursor) follow(epoch uint64) bool {
	o := &c.r.c.options
	return metadata.Await(context.Background(), o.Runtime, o.WhenEpoch, epoch, c.r.left()) == nil && c.r.left() > 0
}

// plan returns the next piece to ask for and of whom.
func (c *readCursor) plan() (of replicas, request *replica.ReadRequest, ok bool, err error) {
	cmd := c.r.cmd
	c.buffer = *cmd
	c.buffer.Resume = c.resume
	switch {
	case cmd.Partitions != nil:
		if c.next == len(cmd.Partitions) {
			return of, nil, false, nil
		}
		p := cmd.Partitions[c.next]
		c.buffer.Partitions = cmd.Partitions[c.next : c.next+1]
		if c.resume != nil && !bytes.Equal(c.resume.Partition.Key, p.Key) {
			c.buffer.Resume = nil
		}
		of, err = c.r.c.replicas(cmd.Table, p.Token)
	default:
		if c.done {
			return of, nil, false, nil
		}
		var last key.Token
		if of, last, err = c.r.c.rangeReplicas(cmd.Table, c.from, c.r.level); err == nil {
			c.buffer.Tokens = key.TokenRange{First: c.from, Last: min(last, cmd.Tokens.Last)}
		}
	}
	if err != nil {
		return of, nil, false, err
	}
	rows := 0
	switch {
	case c.r.repair:
		rows = replica.EveryRow
	case cmd.Wanted > 0:
		rows = max(cmd.Wanted, 2)
	}
	return of, &replica.ReadRequest{
		Plan: of.plan, Command: c.buffer, Table: cmd.Table.DataID, Now: c.r.now, GCBefore: c.r.now - int64(cmd.Table.Options.GCGraceSeconds), Rows: rows, Bytes: c.r.c.options.PieceBytes,
	}, true, nil
}

// passed notes where the cursor stands after a piece.
func (c *readCursor) passed(request *replica.ReadRequest, page *replica.Page) {
	c.more = page.More
	if page.More {
		last := page.Last
		c.resume = &last
		if !isNearest(c.r.cmd) { // the nearest are those of the whole span
			c.from = last.Partition.Token
		}
		c.r.begin() // so much is there: what follows is a read like this one
		return
	}
	c.resume = nil
	if request.Command.Partitions != nil {
		c.next++
		return
	}
	last := request.Command.Tokens.Last
	if c.done = last >= c.r.cmd.Tokens.Last || last == key.MaxToken; !c.done {
		c.from = last + 1
	}
}

// rangeReplicas returns who answers for the tokens from a token on, and up to which one: neighbouring ranges are read together as long as
// the replicas that they share are enough.
func (c *Coordinator) rangeReplicas(table *schema.Table, from key.Token, level cassandra.Consistency) (of replicas, last key.Token, err error) {
	if of, err = c.replicas(table, from); err != nil {
		return of, 0, err
	}
	p := c.placements()
	where := p.of(of.keyspace)
	last = where.now.At(from).Last
	if where.next != nil {
		return of, min(last, where.next.At(from).Last), nil
	}
	shared := of.old
	for last < key.MaxToken {
		i := where.now.Index(last + 1)
		both := intersect(shared, where.targets[i])
		var set targetSet
		quotas := c.quotas(level, of.keyspace, &set, both)
		if !met(quotas, c.liveOf(set)) {
			break
		}
		shared, last = both, where.now.Ranges()[i].Last
	}
	of.old = shared
	return of, last, nil
}

func intersect(a, b []*target) []*target {
	var both []*target
	for _, x := range a {
		for _, y := range b {
			if x.id == y.id {
				both = append(both, x)
			}
		}
	}
	return both
}
