package exec

import (
	"helenus/internal/cassandra"
	"helenus/internal/plan"
	"helenus/internal/schema"
)

// execVirtual executes modifications of virtual tables. Some can have partitions deleted, as one has a cache forget a key.
func (x *execution) execVirtual(items []plan.BatchItem) error {
	for i := range items {
		if err := x.modifyVirtual(items[i].Modify, items[i].Env); err != nil {
			return err
		}
	}
	x.void()
	return nil
}

func (x *execution) modifyVirtual(m *plan.Modify, env *plan.Env) error {
	if err := m.CheckVirtual(); err != nil {
		return err
	}
	system := x.executor.options.System
	t, effect := m.Table, m.Effect()
	switch {
	case !system.Mutable(t):
		effect = "Modification"
	case effect == plan.PartitionDeletion && system.Deletes(t):
		partitions, _, err := m.Targets(env)
		if err == nil {
			system.Delete(t, partitions)
		}
		return err
	}
	return cassandra.Invalidf("%s is not supported by table %s.%s", effect, t.Keyspace, t.Name)
}

// truncateVirtual empties a virtual table, if it can be.
func (x *execution) truncateVirtual(t *schema.Table) error {
	if !x.executor.options.System.Mutable(t) {
		return cassandra.Invalidf("Truncation is not supported by table %s.%s", t.Keyspace, t.Name)
	}
	x.executor.options.System.Truncate(t)
	x.void()
	return nil
}
