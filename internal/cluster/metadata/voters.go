package metadata

import "slices"

// votersWanted is how many members vote: one of two, since two voters stop when either dies; any one of three or four may die, any two
// of more.
func votersWanted(members int) int {
	switch {
	case members < 3:
		return 1
	case members < 5:
		return 3
	}
	return 5
}

// chooseVoters returns the numbers of the members that should vote, ascending. It keeps those that vote now, those that answer first, unless
// lost says that they are gone for good, and takes new ones that answer from the datacenters, then racks, that have the fewest. Members in
// the middle of joining or leaving do not begin to vote. A set without a living majority is never chosen: then now is returned.
func chooseVoters(members []Member, now []uint64, lost, live func(number uint64) bool) []uint64 {
	var candidates []Member
	for _, m := range members {
		if m.Status == Normal {
			candidates = append(candidates, m)
		}
	}
	slices.SortFunc(candidates, func(a, b Member) int { return int(a.Number) - int(b.Number) })
	wanted := votersWanted(len(candidates))
	var chosen []Member
	take := func(m Member) { chosen = append(chosen, m) }
	for _, answering := range []bool{true, false} {
		for _, m := range candidates {
			if len(chosen) < wanted && slices.Contains(now, m.Number) && !lost(m.Number) && live(m.Number) == answering {
				take(m)
			}
		}
	}
	for len(chosen) < wanted {
		best, bestCost := -1, 0
		for i, m := range candidates {
			if lost(m.Number) || !live(m.Number) || slices.ContainsFunc(chosen, func(c Member) bool { return c.Number == m.Number }) {
				continue
			}
			cost := 0
			for _, c := range chosen {
				if c.Datacenter == m.Datacenter {
					if cost += 1000; c.Rack == m.Rack {
						cost++
					}
				}
			}
			if best < 0 || cost < bestCost {
				best, bestCost = i, cost
			}
		}
		if best < 0 {
			break
		}
		take(candidates[best])
	}
	if len(chosen)%2 == 0 && len(chosen) > 0 { // an even number stops as early as the odd one below
		chosen = chosen[:len(chosen)-1]
	}
	numbers, answer := make([]uint64, len(chosen)), 0
	for i, m := range chosen {
		if numbers[i] = m.Number; live(m.Number) {
			answer++
		}
	}
	if answer < len(chosen)/2+1 {
		return now
	}
	slices.Sort(numbers)
	return numbers
}
