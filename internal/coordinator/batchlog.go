package coordinator

import (
	"context"
	"errors"

	"helenus/internal/cassandra"
	"helenus/internal/planted"
	"helenus/internal/replica"
	"helenus/internal/row"
	"helenus/internal/trace"
)

// BatchLog keeps logged batches until all their parts are written or hinted: package hint.
type BatchLog interface {
	// Keep makes mutations durable and returns how to forget them; whole says that all met their level.
	Keep(mutations []byte) (forget func(whole bool), err error)
}

// writeLogged writes a logged batch of several partitions: it is on this node's disk, and on another's, before any part is applied, so that all
// parts are applied in the end, whatever happens to one of the two in between.
func (c *Coordinator) writeLogged(mutations []row.Mutation, level cassandra.Consistency) (Pending, error) {
	if c.options.BatchLog == nil || planted.Is(planted.NoBatchLog) {
		return c.writeEach(mutations, level, cassandra.WriteBatch)
	}
	all, err := c.prepareWrites(mutations, level, cassandra.WriteBatch)
	if err != nil {
		return nil, err
	}
	if t := c.trace; t != nil {
		t.Addf(trace.Mutations, "Adding to batches memtable: %d mutations, here and at another node", len(mutations))
	}
	forget, err := c.options.BatchLog.Keep(replica.AppendMutations(nil, mutations))
	if err != nil {
		return nil, &cassandra.Error{Code: cassandra.CodeWriteTimeout, Message: "The batch could not be logged: " + err.Error(), Consistency: level, Required: 1, WriteType: cassandra.WriteBatchLog}
	}
	all.startAnd(mutations, func() {
		c.trace.Add(trace.Mutations, "Removing the batch from batches")
		forget(all.succeeded())
	})
	return all, nil
}

// errMissed is why what was logged has to be replayed again.
var errMissed = errors.New("a replica has neither the write nor a hint")

// Replay writes mutations that were logged or hinted, as package replica encodes them, and returns when every replica has them or a hint; with an
// error when one has neither.
func (c *Coordinator) Replay(encoded []byte) error {
	all, err := c.rewriteAll(encoded, cassandra.Any, cassandra.WriteBatch)
	if err == nil && all.missed() {
		return errMissed
	}
	return err
}

// rewrite writes encoded mutations to whoever replicates them now and returns when every replica that can has them or a hint, with an error
// unless the level is met.
func (c *Coordinator) rewrite(encoded []byte, level cassandra.Consistency, kind cassandra.WriteType) error {
	_, err := c.rewriteAll(encoded, level, kind)
	return err
}

func (c *Coordinator) rewriteAll(encoded []byte, level cassandra.Consistency, kind cassandra.WriteType) (writes, error) {
	mutations, _, err := replica.DecodeMutations(encoded, c.options.State().Schema)
	if err != nil || len(mutations) == 0 {
		return nil, err
	}
	all, err := c.prepareWrites(mutations, level, kind)
	if err != nil {
		return nil, err
	}
	done := c.options.Runtime.NewGate()
	all.startAnd(mutations, done.Open)
	if err := done.Pass(context.Background()); err != nil {
		return nil, err
	}
	return all, all.Wait()
}
