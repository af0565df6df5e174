package coordinator

import (
	"errors"

	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/key"
	"helenus/internal/replica"
	"helenus/internal/row"
	"helenus/internal/rpc"
)

// A read that meets much, or too much, on its replicas is told of by Command.Watch. Where nobody keeps track (read_thresholds_enabled is false) that is
// what this node's own replica met; else it is the sum over replicas: how many met it, and the most that one of them did.

// hear tells of what the replicas of a round met.
func (x *round) hear() {
	w := x.r.cmd.Watch
	if w == nil || x.heard {
		return
	}
	x.heard = true
	var at key.Partition
	if p := x.request.Command.Partitions; len(p) == 1 {
		at = p[0]
	}
	if !w.Track {
		for _, a := range x.contacts {
			if !a.to.local {
				continue
			}
			for i := range a.much {
				e := a.much[i]
				e.Partition.Key = at.Key
				w.Hear(&e)
			}
		}
		return
	}
	for _, ofBytes := range []bool{false, true} {
		much, ended := row.Excess{OfBytes: ofBytes}, row.Excess{OfBytes: ofBytes, Ended: true}
		for _, a := range x.contacts {
			for i := range a.much {
				if e := &a.much[i]; e.OfBytes == ofBytes {
					much.Nodes++
					much.Tombstones, much.Bytes = max(much.Tombstones, e.Tombstones), max(much.Bytes, e.Bytes)
				}
			}
			if e := a.ended; e != nil && (e.Reason == replica.ErrReadSize) == ofBytes {
				ended.Nodes++
				ended.Tombstones, ended.Bytes = max(ended.Tombstones, int(e.Value)), max(ended.Bytes, e.Value)
			}
		}
		for _, e := range []*row.Excess{&ended, &much} {
			e.Partition = at
			if e.Nodes > 0 {
				w.Hear(e)
			}
		}
	}
}

// aborted words what replicas met too much of, where track is kept of it; empty: they did not.
func aborted(cmd *row.Command) string {
	if w := cmd.Watch; w != nil && w.Track {
		return w.Aborted()
	}
	return ""
}

// ReadError is the error of a read by a cursor of this node's replica alone: one that met too much is a failure of that replica.
func (c *Coordinator) ReadError(cmd *row.Command, level cassandra.Consistency, err error) error {
	var met *row.Excess
	if !errors.As(err, &met) {
		return err
	}
	return c.OwnFailure(level, reasonOf(err), false, aborted(cmd))
}

// OwnFailure is a failure of a read on this node. said may word it.
func (c *Coordinator) OwnFailure(level cassandra.Consistency, why cassandra.FailureReason, data bool, said string) error {
	e := &cassandra.Error{Code: cassandra.CodeReadFailure, Consistency: level, Required: 1, DataPresent: data}
	own := &target{}
	if m := c.options.State().Member(uuid.UUID(c.options.Self)); m != nil {
		own.peer = rpc.Peer{Host: m.Host, Address: m.Address}
	}
	reasons{0: why}.describeAs(e, 1, targetSet{own}, said)
	return e
}
