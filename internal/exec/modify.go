package exec

import (
	"bytes"

	"helenus/internal/cassandra"
	"helenus/internal/coordinator"
	"helenus/internal/key"
	"helenus/internal/plan"
	"helenus/internal/row"
)

// execModify executes an INSERT, UPDATE or DELETE with the values in x.env.
//
// Budget of one row: binding allocates nothing, the coordinator and the store have the rest. What bound holds is copied by the store, so
// it is free once the write is visible; only the response waits for the disk.
func (x *execution) execModify(m *plan.Modify) error {
	if m.Table.IsView() {
		return plan.ErrModifiesView
	}
	if m.Table.Virtual {
		return x.execVirtual([]plan.BatchItem{{Modify: m, Env: &x.env}})
	}
	if x.executor.guardsWrites {
		if err := x.guardModify(m); err != nil {
			return err
		}
	}
	if m.IsConditional() {
		return x.execTransaction([]plan.BatchItem{{Modify: m, Env: &x.env}}, false)
	}
	x.resp.Kind = Write
	if err := x.checkWriteLevel(m); err != nil {
		return err
	}
	if m.Reads() {
		if err := x.readModifyWrite(m, &x.env); err != nil {
			return err
		}
		x.void()
		return nil
	}
	x.bound.Reset()
	if err := m.Bind(&x.env, nil, &x.bound); err != nil {
		return err
	}
	return x.write(cassandra.WriteSimple)
}

// checkWriteLevel refuses consistency levels that a statement can't be written at.
func (x *execution) checkWriteLevel(m *plan.Modify) error {
	if m.IsCounter() {
		return coordinator.CheckCounter(x.params.Consistency, m.Table.Name)
	}
	return coordinator.CheckWrite(x.params.Consistency)
}

// write applies what was bound and answers.
func (x *execution) write(kind cassandra.WriteType) error {
	if err := x.guardDisks(); err != nil {
		return err
	}
	if err := x.count(x.bound.Increments); err != nil {
		return err
	}
	if len(x.bound.Mutations) > 0 {
		pending, err := x.coordinator().Write(x.bound.Mutations, x.params.Consistency, kind)
		if err != nil {
			return err
		}
		x.resp.Pending = pending
	}
	x.void()
	return nil
}

// count adds to counters, all of one partition at once.
func (x *execution) count(all []plan.Increment) error {
	for len(all) > 0 {
		var together []coordinator.Increment
		rest := all[:0:0]
		for i := range all {
			if all[i].Table == all[0].Table && bytes.Equal(all[i].Partition.Key, all[0].Partition.Key) {
				together = append(together, coordinator.Increment(all[i]))
			} else {
				rest = append(rest, all[i])
			}
		}
		if err := x.coordinator().Counter(together, x.params.Consistency); err != nil {
			return err
		}
		all = rest
	}
	return nil
}

// readModifyWrite executes a statement that reads the rows it changes, partition by partition, with other writers kept off each.
func (x *execution) readModifyWrite(m *plan.Modify, env *plan.Env) error {
	partitions, rows, err := m.Targets(env)
	if err != nil {
		return err
	}
	for _, p := range partitions {
		at := row.Mutation{Table: m.Table, Partition: p}
		if err := x.guardDisk(m.Table, p.Token); err != nil {
			return err
		}
		cmd := plan.CurrentCommand(m.Table, []key.Partition{p}, rows)
		err := x.coordinator().Update(at, x.params.Consistency, x.env.Now, func(read func(*row.Command) row.Cursor) ([]row.Mutation, error) {
			current, err := plan.ReadCurrent(cmd.Table, read(cmd), env.Now, plan.AllRows)
			if err != nil {
				return nil, err
			}
			x.bound.Reset()
			if err := m.Bind(env, current, &x.bound); err != nil {
				return nil, err
			}
			return ofPartition(x.bound.Mutations, p), nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ofPartition returns the mutations of one partition.
func ofPartition(all []row.Mutation, p key.Partition) []row.Mutation {
	for i := range all {
		if bytes.Equal(all[i].Partition.Key, p.Key) {
			return all[i : i+1]
		}
	}
	return nil
}
