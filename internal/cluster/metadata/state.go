package metadata

import "helenus/internal/schema"

// State is what is true at one epoch. Immutable.
type State struct {
	Epoch  uint64
	Schema *schema.Schema
}

// Effects follow from a change: they are carried out after it is durable.
type Effects struct {
	// Retired are the data ids that no table has any more.
	Retired []schema.DataID
	Event   *schema.Event
}

// Step applies an outcome to a state. It is deterministic: the same outcome on the same state gives the same everywhere.
func (s State) Step(o schema.Outcome) (State, Effects) {
	next := State{Epoch: s.Epoch + 1, Schema: s.Schema.Apply(o.Change)}
	return next, Effects{Retired: retired(s.Schema, next.Schema), Event: o.Event}
}

// retired returns the data ids of before that after does not have.
func retired(before, after *schema.Schema) []schema.DataID {
	kept := map[schema.DataID]bool{}
	for _, k := range after.Keyspaces() {
		for _, t := range k.Tables {
			kept[t.DataID] = true
		}
	}
	var gone []schema.DataID
	for _, k := range before.Keyspaces() {
		for _, t := range k.Tables {
			if !kept[t.DataID] {
				gone = append(gone, t.DataID)
			}
		}
	}
	return gone
}
