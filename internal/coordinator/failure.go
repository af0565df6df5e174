package coordinator

import (
	"errors"
	"fmt"
	"math/bits"
	"net/netip"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/replica"
	"helenus/internal/row"
)

// reasons say why replicas of a request failed, by their number in it; a replica without one timed out.
type reasons map[int]cassandra.FailureReason

func (r *reasons) note(i int, why cassandra.FailureReason) {
	if *r == nil {
		*r = reasons{}
	}
	(*r)[i] = why
}

// reasonOf returns why a replica that answered with an error failed.
func reasonOf(err error) cassandra.FailureReason {
	if errors.Is(err, replica.ErrUnknownTable) {
		return cassandra.FailureIncompatibleSchema
	}
	if errors.Is(err, replica.ErrIndexNotAvailable) {
		return cassandra.FailureIndexNotAvailable
	}
	var met *row.Excess
	switch {
	case errors.Is(err, replica.ErrTooManyTombstones), errors.As(err, &met) && !met.OfBytes:
		return cassandra.FailureTooManyTombstones
	case errors.Is(err, replica.ErrReadSize), met != nil:
		return cassandra.FailureReadSize
	}
	return cassandra.FailureUnknown
}

// describe completes a ReadFailure or WriteFailure with the replicas that failed or are given up, a bit each, of those in set.
// Source: Cassandra 5.0, RequestFailureException.
func (r reasons) describe(e *cassandra.Error, failed uint64, set targetSet) {
	r.describeAs(e, failed, set, "")
}

// describeAs is describe with what is said instead of how many answered and how many failed; empty: that.
func (r reasons) describeAs(e *cassandra.Error, failed uint64, set targetSet, said string) {
	var each []string
	for left := failed; left != 0; left &= left - 1 {
		i := bits.TrailingZeros64(left)
		why, known := r[i]
		if !known {
			why = cassandra.FailureTimeout
		}
		f := cassandra.Failure{Reason: why}
		var at netip.AddrPort
		if i < len(set) {
			at, _ = netip.ParseAddrPort(set[i].peer.Address) // the zero address for a name that nobody looked up
			f.Address = at.Addr()
		}
		e.Failures = append(e.Failures, f)
		each = append(each, fmt.Sprintf("%s from /%s", why, at))
	}
	if said == "" {
		said = fmt.Sprintf("received %d responses and %d failures", e.Received, len(each))
	}
	e.Message = fmt.Sprintf("Operation failed - %s: %s", said, strings.Join(each, ", "))
}
