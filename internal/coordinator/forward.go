package coordinator

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/key"
	"helenus/internal/planted"
	"helenus/internal/platform"
	"helenus/internal/protocol"
	"helenus/internal/replica"
	"helenus/internal/rpc"
	"helenus/internal/schema"
	"helenus/internal/trace"
)

// A request that asks a replica to lead increments of one partition is a plan, then
//
//	number     8 bytes, the coordinator's for this request alone
//	level      2 bytes
//	table      4 bytes, the data id
//	token      8 bytes; partition key: uvarint length and bytes
//	increments until the end: timestamp 8, static 1, clustering (uvarint length and bytes), count uvarint, then column uvarint and delta 8 of each
//
// The answer is that of a replica: stale, or with the error as the native protocol spells it, if any.

func (c *Coordinator) forward(to *target, r *replicas, increments []Increment, level cassandra.Consistency) error {
	first := &increments[0]
	body := replica.AppendWrite(nil, r.plan, nil)
	body = binary.BigEndian.AppendUint64(body, uint64(c.options.Timestamp()))
	body = binary.BigEndian.AppendUint16(body, uint16(level))
	body = binary.BigEndian.AppendUint32(body, uint32(first.Table.DataID))
	body = binary.BigEndian.AppendUint64(body, uint64(first.Partition.Token))
	body = appendBytes(body, first.Partition.Key)
	for i := range increments {
		n := &increments[i]
		static := byte(0)
		if n.Static {
			static = 1
		}
		body = append(binary.BigEndian.AppendUint64(body, uint64(n.Timestamp)), static)
		body = binary.AppendUvarint(appendBytes(body, n.Clustering), uint64(len(n.Columns)))
		for j, column := range n.Columns {
			body = binary.BigEndian.AppendUint64(binary.AppendUvarint(body, uint64(column)), uint64(n.Deltas[j]))
		}
	}
	done := platform.NewMailbox[error](c.options.Runtime)
	if t := c.trace; t != nil {
		t.Addf(trace.Requests, "Enqueuing counter update to %s", to)
	}
	c.call(to.peer, rpc.Count, body, c.options.CounterTimeout, func(reply []byte, err error) {
		if err != nil {
			done.Put(&cassandra.Error{
				Code: cassandra.CodeWriteTimeout, Message: "Operation timed out - received only 0 responses.", Consistency: level,
				Required: int32(BlockFor(level, r.keyspace, c.options.Datacenter)), WriteType: cassandra.WriteCounter,
			})
			return
		}
		body, err := replica.Answer(reply)
		switch {
		case err != nil:
			done.Put(err)
		case len(body) == 0:
			done.Put(nil)
		default:
			told, err := protocol.ReadError(body, protocol.V5)
			if err != nil {
				done.Put(err)
				return
			}
			done.Put(told)
		}
	})
	outcome, err := done.Take(context.Background())
	if err != nil {
		return err
	}
	return outcome
}

func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

var errIncrements = errors.New("malformed increments of another node")

// ServeCount leads increments for another node. A request that came already is not answered again.
func (c *Coordinator) ServeCount(from uuid.UUID, body []byte, reply func([]byte)) {
	number, increments, level, err := c.decodeIncrements(body)
	if err == nil {
		if !c.counted.first(requestID{from, number}) && !planted.Is(planted.TwiceCounted) {
			return
		}
		if err = c.catchUp(replica.PlanOf(body).Topology); err == nil {
			err = c.lead(increments, level)
		}
	}
	var stale *replica.StaleError
	if err == nil {
		reply([]byte{byte(replica.OK)})
		return
	}
	if errors.As(err, &stale) {
		reply(replica.Failure(err))
		return
	}
	var told *cassandra.Error
	if !errors.As(err, &told) {
		told = cassandra.Serverf("%v", err)
	}
	reply(protocol.AppendError([]byte{byte(replica.OK)}, told, protocol.V5))
}

// catchUp waits until this node knows a topology that another planned with.
func (c *Coordinator) catchUp(topology uint64) error {
	if c.options.State().Topology >= topology {
		return nil
	}
	return c.waitEpoch(context.Background(), topology)
}

func (c *Coordinator) decodeIncrements(body []byte) (number int64, all []Increment, level cassandra.Consistency, err error) {
	d := replica.AfterPlan(body)
	if len(d) < 22 {
		return 0, nil, 0, errIncrements
	}
	number = int64(binary.BigEndian.Uint64(d))
	d = d[8:]
	level = cassandra.Consistency(binary.BigEndian.Uint16(d))
	table, err := c.tableOf(schema.DataID(binary.BigEndian.Uint32(d[2:])), replica.PlanOf(body))
	if err != nil {
		return 0, nil, 0, err
	}
	at := key.Partition{Token: key.Token(binary.BigEndian.Uint64(d[6:]))}
	d = d[14:]
	bad := false
	uvarint := func() uint64 {
		v, n := binary.Uvarint(d)
		if n <= 0 {
			bad, d = true, nil
			return 0
		}
		d = d[n:]
		return v
	}
	take := func(n uint64) []byte {
		if n > uint64(len(d)) {
			bad, d = true, nil
			return make([]byte, min(n, 8))
		}
		b := d[:n:n]
		d = d[n:]
		return b
	}
	at.Key = take(uvarint())
	for len(d) > 0 {
		n := Increment{Table: table, Partition: at, Timestamp: int64(binary.BigEndian.Uint64(take(8)))}
		if s := take(1); !bad {
			n.Static = s[0] == 1
		}
		n.Clustering = take(uvarint())
		for i := uvarint(); i > 0 && !bad; i-- {
			n.Columns = append(n.Columns, uint32(uvarint()))
			n.Deltas = append(n.Deltas, int64(binary.BigEndian.Uint64(take(8))))
		}
		all = append(all, n)
	}
	if bad || len(all) == 0 {
		return 0, nil, 0, errIncrements
	}
	return number, all, level, nil
}

// tableOf returns a table that another node spoke of, once this node knows it.
func (c *Coordinator) tableOf(id schema.DataID, plan replica.Plan) (*schema.Table, error) {
	t := c.options.State().Schema.TableByDataID(id)
	if t == nil && c.options.State().Epoch < plan.Epoch {
		if err := c.waitEpoch(context.Background(), plan.Epoch); err != nil {
			return nil, cassandra.Serverf("the node does not know the table yet: %v", err)
		}
		t = c.options.State().Schema.TableByDataID(id)
	}
	if t == nil {
		return nil, cassandra.Invalidf("the table was dropped or emptied")
	}
	return t, nil
}
