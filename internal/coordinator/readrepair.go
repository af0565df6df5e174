package coordinator

import (
	"errors"
	"time"

	"helenus/internal/planted"
	"helenus/internal/replica"
	"helenus/internal/row"
	"helenus/internal/rpc"
	"helenus/internal/trace"
)

// reconcile returns the page that the contacts agree on, after making them agree.
func (x *round) reconcile(contacts []*contact) (*replica.Page, error) {
	var data *contact
	same := true
	for _, a := range contacts {
		if a.page != nil && data == nil {
			data = a
		}
		same = same && a.sum == contacts[0].sum
	}
	if same {
		return data.page, nil
	}
	x.r.c.DigestMismatches.Add(1)
	x.traceDigests(contacts)
	full, err := x.readInFull(contacts)
	if err != nil {
		return nil, err
	}
	pages := make([]*replica.Page, len(full))
	for i, a := range full {
		pages[i] = a.page
	}
	if x.request.Command.Indexed != nil {
		return x.readKeys(pages)
	}
	merged, lacks, err := replica.Merge(x.r.cmd.Table, x.request, pages)
	if err != nil {
		return nil, err
	}
	if planted.Is(planted.FirstWins) {
		return pages[0], nil
	}
	if (!x.r.repair || planted.Is(planted.SparedRepair)) && x.r.cmd.Table.Options.ReadRepair == "NONE" || planted.Is(planted.NoBlockingRepair) {
		return merged, nil
	}
	return merged, x.repair(full, lacks)
}

// readInFull returns contacts that answered in full and meet the level: those that have, and those that sent a digest asked again. When one of
// them stays silent or fails, another replica is asked.
func (x *round) readInFull(contacts []*contact) (full []*contact, err error) {
	x.answered, x.repairs = 0, true
	defer func() { x.repairs = false }()
	add := func(a *contact) {
		if a.page != nil && x.answered&(1<<a.i) == 0 {
			full = append(full, a)
			x.answered |= 1 << a.i
		}
	}
	for _, a := range contacts {
		add(a)
	}
	var coming uint64 // those that may still answer in full
	for _, a := range x.contacts {
		if !a.digest && !a.over {
			coming |= 1 << a.i
		}
	}
	for _, a := range contacts {
		if a.page == nil && coming&(1<<a.i) == 0 && x.helps(a.i, x.answered) {
			coming |= 1 << a.i
			x.ask(a.i, false)
		}
	}
	another := func() bool {
		i, ok := x.another(x.answered, x.answered|coming|x.failed)
		if ok {
			coming |= 1 << i
			x.ask(i, false)
		}
		return ok
	}
	defer x.soon(x.r.speculateAfter())()
	for !met(x.quotas, x.answered) {
		a, err := x.answers.Take(x.r.ctx)
		switch {
		case err != nil:
			return nil, err
		case a.late:
			return nil, x.timedOut(true)
		case a.contact == nil:
			another()
			continue
		}
		switch failed, err := x.took(a); {
		case err != nil:
			return nil, err
		case !failed:
			add(a.contact) // a digest that comes now is of no use
		case a.contact.digest:
		default:
			coming &^= 1 << a.contact.i
			if !another() && !met(x.quotas, x.answered|coming) {
				return nil, x.problem(true)
			}
		}
	}
	return full, nil
}

// another returns the best replica that brings a group nearer to its quota, given those that it has, and is not among some.
func (x *round) another(have, but uint64) (i int, ok bool) {
	for _, i := range x.order {
		if but&(1<<i) == 0 && x.helps(i, have) {
			return i, true
		}
	}
	return 0, false
}

// repair writes to each contact what it lacks and waits until as many as the level asks for have all, so that what is answered now will be
// answered from now on. When one stays silent or fails, another replica is written what the silent ones lack: whatever one of those does not
// lack it has, so every part of the answer is on enough replicas all the same.
func (x *round) repair(full []*contact, lacks [][]row.Mutation) error {
	c := x.r.c
	missing := make([][]row.Mutation, len(x.set)) // of each target, until it has it
	var have, told uint64                         // those that lack nothing, and those that were written to
	write := func(i int, mutations []row.Mutation) {
		told |= 1 << i
		c.Repaired.Add(1)
		to := x.set[i]
		if t := c.trace; t != nil {
			t.Addf(trace.Reads, "Sending read-repair-mutation to %s", to)
		}
		c.repairOne(to, x.of.plan, mutations, min(c.options.WriteTimeout, x.r.left()), func(err error) { x.answers.Put(answer{wrote: to, err: err}) })
	}
	for k, a := range full {
		if len(lacks[k]) == 0 {
			have |= 1 << a.i
			continue
		}
		missing[a.i] = lacks[k]
		write(a.i, lacks[k])
	}
	another := func() bool {
		i, ok := x.another(have, have|told|x.failed)
		if ok {
			var all []row.Mutation
			for _, m := range missing {
				all = append(all, m...)
			}
			write(i, all)
		}
		return ok
	}
	defer x.soon(c.writes.policy(x.r.cmd.Table, x.r.cmd.Table.Options.AdditionalWritePolicy))()
	for !met(x.quotas, have) {
		a, err := x.answers.Take(x.r.ctx)
		switch {
		case err != nil:
			return err
		case a.late:
			return x.timedOut(true)
		case a.contact != nil: // a page that nobody waits for any more
			continue
		case a.wrote == nil:
			another()
			continue
		}
		i := x.set.number(a.wrote)
		var stale *replica.StaleError
		switch {
		case a.err == nil:
			have |= 1 << i
			missing[i] = nil
		case errors.As(a.err, &stale):
			return a.err
		default:
			x.failed |= 1 << i
			if !another() && !met(x.quotas, have|told&^x.failed) {
				return x.timedOut(true)
			}
		}
	}
	return nil
}

// repairOne writes mutations to one replica and tells done what came of it.
func (c *Coordinator) repairOne(to *target, plan replica.Plan, mutations []row.Mutation, within time.Duration, done func(error)) {
	if to.local {
		c.options.Runtime.Go(func() {
			commit, err := c.local.Write(plan.Topology, mutations)
			if err == nil {
				err = commit.Wait()
			}
			done(err)
		})
		return
	}
	c.call(to.peer, rpc.Write, replica.AppendWrite(nil, plan, mutations), within, func(reply []byte, err error) {
		if err == nil {
			_, err = replica.Answer(reply)
		}
		done(err)
	})
}
