package schema

import (
	"maps"
	"slices"
)

// Differences returns what clients are told of a schema that another took the place of at once: first what is gone, then what is new or
// different. Emptied tables are no difference. What is not built anew, as in a schema made by Apply, costs nothing to compare.
func Differences(before, after *Schema) (all []Event) {
	if before == after {
		return nil
	}
	each := func(s *Schema, f func(*Keyspace)) {
		for _, k := range s.Keyspaces() {
			if !k.Virtual {
				f(k)
			}
		}
	}
	each(before, func(old *Keyspace) {
		k := after.Keyspace(old.Name)
		if k == nil {
			all = append(all, Event{Change: "DROPPED", Target: "KEYSPACE", Keyspace: old.Name})
			return
		}
		for _, name := range slices.Sorted(maps.Keys(old.Tables)) {
			if t := k.Tables[name]; t == nil || t.ID != old.Tables[name].ID {
				all = append(all, Event{Change: "DROPPED", Target: "TABLE", Keyspace: k.Name, Name: name})
			}
		}
		for _, name := range slices.Sorted(maps.Keys(old.Types)) {
			if k.Types[name] == nil {
				all = append(all, Event{Change: "DROPPED", Target: "TYPE", Keyspace: k.Name, Name: name})
			}
		}
		for _, f := range old.SortedFunctions() {
			if k.Functions[f.Signature()] == nil {
				all = append(all, f.event("DROPPED"))
			}
		}
		for _, a := range old.SortedAggregates() {
			if k.Aggregates[a.Signature()] == nil {
				all = append(all, a.event("DROPPED"))
			}
		}
	})
	each(after, func(k *Keyspace) {
		old := before.Keyspace(k.Name)
		switch {
		case old == nil:
			all = append(all, Event{Change: "CREATED", Target: "KEYSPACE", Keyspace: k.Name})
			old = &Keyspace{}
		case old != k && (old.DurableWrites != k.DurableWrites || !maps.Equal(old.Replication, k.Replication)):
			all = append(all, Event{Change: "UPDATED", Target: "KEYSPACE", Keyspace: k.Name})
		}
		for _, name := range slices.Sorted(maps.Keys(k.Types)) {
			switch is, was := k.Types[name], old.Types[name]; {
			case was == nil:
				all = append(all, Event{Change: "CREATED", Target: "TYPE", Keyspace: k.Name, Name: name})
			case was != is && DescribeType(was) != DescribeType(is):
				all = append(all, Event{Change: "UPDATED", Target: "TYPE", Keyspace: k.Name, Name: name})
			}
		}
		for _, name := range slices.Sorted(maps.Keys(k.Tables)) {
			switch is, was := k.Tables[name], old.Tables[name]; {
			case was == nil || was.ID != is.ID:
				all = append(all, Event{Change: "CREATED", Target: "TABLE", Keyspace: k.Name, Name: name})
			case was != is && was.Describe(true) != is.Describe(true):
				all = append(all, Event{Change: "UPDATED", Target: "TABLE", Keyspace: k.Name, Name: name})
			}
		}
		for _, is := range k.SortedFunctions() {
			switch was := old.Functions[is.Signature()]; {
			case was == nil:
				all = append(all, is.event("CREATED"))
			case was != is && was.Describe() != is.Describe():
				all = append(all, is.event("UPDATED"))
			}
		}
		for _, is := range k.SortedAggregates() {
			switch was := old.Aggregates[is.Signature()]; {
			case was == nil:
				all = append(all, is.event("CREATED"))
			case was != is && was.Describe() != is.Describe():
				all = append(all, is.event("UPDATED"))
			}
		}
	})
	return all
}

func (f *Function) event(change string) Event {
	return Event{Change: change, Target: "FUNCTION", Keyspace: f.Keyspace, Name: f.Name, Args: eventArgs(change, f.ArgTypes)}
}

func (a *Aggregate) event(change string) Event {
	return Event{Change: change, Target: "AGGREGATE", Keyspace: a.Keyspace, Name: a.Name, Args: eventArgs(change, a.ArgTypes)}
}
