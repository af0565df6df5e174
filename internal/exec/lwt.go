package exec

import (
	"helenus/internal/cassandra"
	"helenus/internal/plan"
	"helenus/internal/protocol"
	"helenus/internal/row"
)

// execTransaction executes a conditional statement, or a batch with one: read, decide and write with all other writers kept off the
// partition. The write is on the disk before the answer.
func (x *execution) execTransaction(items []plan.BatchItem, batch bool) error {
	if x.params.Consistency.IsSerial() {
		return cassandra.Invalidf("%s is not supported as conditional update commit consistency. Use ANY if you mean \"make sure it is accepted but I don't care how many replicas commit it for non-SERIAL reads\"", x.params.Consistency)
	}
	x.resp.Kind = Transaction
	t, err := plan.NewTransaction(items, batch)
	if err != nil {
		return err
	}
	var current *plan.Current
	applied := false
	at := row.Mutation{Table: t.Table, Partition: t.Partition}
	if err := x.guardDisk(t.Table, t.Partition.Token); err != nil {
		return err
	}
	cmd, rows := t.Command()
	err = x.coordinator().CompareAndSet(at, cmd, x.params.Serial, x.params.Consistency, x.env.Now, func(read func(*row.Command) row.Cursor, timestamp int64) ([]row.Mutation, error) {
		for i := range items { // the order of transactions is the cluster's, whatever time the client thinks it is
			items[i].Env.Timestamp = timestamp
		}
		var err error
		if current, err = plan.ReadCurrent(cmd.Table, read(cmd), x.env.Now, rows); err != nil {
			return nil, err
		}
		if applied, err = t.Decide(current); err != nil || !applied {
			return nil, err
		}
		x.bound.Reset()
		err = t.Bind(current, &x.bound)
		return x.bound.Mutations, err
	})
	if err != nil {
		return err
	}
	columns, shown, err := t.Result(applied, current, x.masked)
	if err != nil {
		return err
	}
	x.appendRows(columns, shown)
	return nil
}

// appendRows answers with rows that are in memory.
func (x *execution) appendRows(columns []protocol.Column, rows [][][]byte) {
	body, countAt := protocol.AppendRowsHeader(x.resp.Body, &protocol.Metadata{Columns: columns})
	for _, r := range rows {
		for _, v := range r {
			body = protocol.AppendBytes(body, v)
		}
	}
	protocol.PatchRowCount(body, countAt, len(rows))
	x.resp.Body = body
}
