package exec

import (
	"fmt"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/key"
	"helenus/internal/plan"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// BatchLimits are the thresholds of batches: batch_size_warn_threshold and batch_size_fail_threshold in bytes, and
// unlogged_batch_across_partitions_warn_threshold. They hold for everybody.
type BatchLimits struct{ WarnBytes, FailBytes, UnloggedPartitions int }

// DefaultBatchLimits are Cassandra's.
var DefaultBatchLimits = BatchLimits{WarnBytes: 5 << 10, FailBytes: 50 << 10, UnloggedPartitions: 10}

// execBatch executes BEGIN BATCH … APPLY BATCH.
func (x *execution) execBatch(b *plan.Batch) error {
	timestamp, err := b.Timestamp(&x.env)
	if err != nil {
		return err
	}
	x.env.Timestamp = timestamp
	items := make([]plan.BatchItem, len(b.Statements))
	for i, m := range b.Statements {
		items[i] = plan.BatchItem{Modify: m, Env: &x.env}
	}
	return x.runItems(b.Kind, items)
}

// execBatchItems executes a BATCH message: every statement has its own values.
func (x *execution) execBatchItems(kind cql.BatchKind, batch []batchItem) error {
	items := make([]plan.BatchItem, len(batch))
	statements := make([]*plan.Modify, len(batch))
	for i := range batch {
		env := x.env
		env.Values, env.Scratch = batch[i].values, nil
		items[i] = plan.BatchItem{Modify: batch[i].modify, Env: &env}
		statements[i] = batch[i].modify
	}
	if err := plan.CheckBatch(kind, statements, false); err != nil {
		return err
	}
	return x.runItems(kind, items)
}

// runItems executes the statements of a batch as one write.
func (x *execution) runItems(kind cql.BatchKind, items []plan.BatchItem) error {
	for i := range items {
		if items[i].Modify.Table.IsView() {
			return plan.ErrModifiesView
		}
	}
	x.resp.Kind = Write
	if len(items) > 0 && items[0].Modify.Table.Virtual { // then all are
		return x.execVirtual(items)
	}
	if x.executor.guardsWrites {
		if err := x.guardBatch(items); err != nil {
			return err
		}
	}
	reads := false
	for i := range items {
		if items[i].Modify.IsConditional() {
			return x.execTransaction(items, true)
		}
		if err := x.checkWriteLevel(items[i].Modify); err != nil {
			return err
		}
		reads = reads || items[i].Modify.Reads()
	}
	if reads {
		return x.readingBatch(items)
	}
	if err := plan.BindBatch(items, nil, &x.bound); err != nil {
		return err
	}
	x.countBatch(kind, partitionsOf(&x.bound))
	if err := x.checkBatchSize(kind, x.bound.Mutations); err != nil {
		return err
	}
	if kind == cql.BatchLogged {
		x.warnOfGrace(x.bound.Mutations)
	}
	if kind == cql.BatchLogged {
		return x.write(cassandra.WriteBatch)
	}
	return x.write(cassandra.WriteUnloggedBatch)
}

// readingBatch executes a batch in which some statement reads what it changes; it is one write of one partition.
func (x *execution) readingBatch(items []plan.BatchItem) error {
	table := items[0].Modify.Table
	var at key.Partition
	var rows [][]byte
	for i := range items {
		partitions, r, err := items[i].Modify.Targets(items[i].Env)
		if err != nil {
			return err
		}
		for _, p := range partitions {
			if at.Key == nil {
				at = p
			}
			if items[i].Modify.Table != table || string(p.Key) != string(at.Key) {
				return errReadingBatch
			}
		}
		rows = append(rows, r...)
	}
	cmd := plan.CurrentCommand(table, []key.Partition{at}, rows)
	err := x.coordinator().Update(row.Mutation{Table: table, Partition: at}, x.params.Consistency, x.env.Now, func(read func(*row.Command) row.Cursor) ([]row.Mutation, error) {
		current, err := plan.ReadCurrent(cmd.Table, read(cmd), x.env.Now, plan.AllRows)
		if err != nil {
			return nil, err
		}
		if err := plan.BindBatch(items, current, &x.bound); err != nil {
			return nil, err
		}
		return x.bound.Mutations, nil
	})
	if err != nil {
		return err
	}
	x.void()
	return nil
}

// errReadingBatch refuses what would not be atomic: reading several partitions and writing them as one.
var errReadingBatch = cassandra.Invalidf("A batch that sets or removes list elements by index or value can't span several partitions")

// checkBatchSize warns of batches that are large or span many partitions, and refuses those that are too large. Batches of one
// partition may be of any size.
// Source: Cassandra 5.0, BatchStatement.verifyBatchSize and verifyBatchType.
func (x *execution) checkBatchSize(kind cql.BatchKind, mutations []row.Mutation) error {
	if len(mutations) <= 1 {
		return nil
	}
	limits := &x.executor.options.Batch
	size := 0
	for i := range mutations {
		size += mutationBytes(&mutations[i])
	}
	if size > limits.FailBytes {
		return cassandra.Invalidf("Batch too large")
	}
	if size > limits.WarnBytes {
		x.warn(fmt.Sprintf("Batch for %s is of size %s, exceeding specified threshold of %s by %s.",
			namesOfTables(mutations), kibibytes(size), kibibytes(limits.WarnBytes), kibibytes(size-limits.WarnBytes)))
	}
	if kind == cql.BatchUnlogged && len(mutations) > limits.UnloggedPartitions {
		plural := "s"
		if !severalTables(mutations) {
			plural = ""
		}
		x.warn(fmt.Sprintf("Unlogged batch covering %d partitions detected against table%s %s. You should use a logged batch for atomicity, or asynchronous writes for performance.",
			len(mutations), plural, namesOfTables(mutations)))
	}
	return nil
}

// warnOfGrace warns, as Cassandra does, of tables without a grace period: its batch log would forget their batches at once.
func (x *execution) warnOfGrace(mutations []row.Mutation) {
	var graceless []row.Mutation
	for i := range mutations {
		if mutations[i].Table.Options.GCGraceSeconds == 0 {
			graceless = append(graceless, mutations[i])
		}
	}
	if graceless == nil {
		return
	}
	plural := ""
	if severalTables(graceless) {
		plural = "s"
	}
	x.warn(fmt.Sprintf("Executing a LOGGED BATCH on table%s %s, configured with a gc_grace_seconds of 0. The gc_grace_seconds is used to TTL batchlog entries, "+
		"so setting gc_grace_seconds too low on tables involved in an atomic batch might cause batchlog entries to expire before being replayed.", plural, namesOfTables(graceless)))
}

func mutationBytes(m *row.Mutation) int {
	n := len(m.Partition.Key) + len(m.Header) + len(m.Static)
	for i := range m.Rows {
		n += len(m.Rows[i].Clustering) + len(m.Rows[i].Delta)
	}
	return n
}

func kibibytes(n int) string { return fmt.Sprintf("%.3fKiB", float64(n)/1024) }

func severalTables(mutations []row.Mutation) bool {
	for i := range mutations {
		if mutations[i].Table != mutations[0].Table {
			return true
		}
	}
	return false
}

// namesOfTables lists the tables of mutations, each once: [ks.a, ks.b].
func namesOfTables(mutations []row.Mutation) string {
	names := ""
	seen := map[*schema.Table]bool{}
	for i := range mutations {
		t := mutations[i].Table
		if seen[t] {
			continue
		}
		seen[t] = true
		if names != "" {
			names += ", "
		}
		names += t.Keyspace + "." + t.Name
	}
	return "[" + names + "]"
}
