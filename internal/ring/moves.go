package ring

import (
	"slices"

	"helenus/internal/key"
)

// Move is a range of tokens whose replicas change.
type Move struct {
	key.TokenRange
	Old, New []*Node
}

// Moves returns the ranges whose replicas differ between two placements, in token order. An order that changes is no move.
func Moves(now, next *Placement) []Move {
	var moves []Move
	for first := key.MinToken; ; {
		a, b := now.At(first), next.At(first)
		last := min(a.Last, b.Last)
		if !Same(a.Replicas, b.Replicas) {
			if n := len(moves); n > 0 && moves[n-1].Last+1 == first && Same(moves[n-1].Old, a.Replicas) && Same(moves[n-1].New, b.Replicas) {
				moves[n-1].Last = last
			} else {
				moves = append(moves, Move{key.TokenRange{First: first, Last: last}, a.Replicas, b.Replicas})
			}
		}
		if last == key.MaxToken {
			return moves
		}
		first = last + 1
	}
}

// Has says whether a node is among nodes.
func Has(nodes []*Node, id HostID) bool {
	return slices.ContainsFunc(nodes, func(n *Node) bool { return n.ID == id })
}

// Same says whether two lists hold the same nodes, in any order.
func Same(a, b []*Node) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(n *Node) bool { return !Has(b, n.ID) })
}
