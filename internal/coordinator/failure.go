package coordinator

import (
	"errors"
	"fmt"
	"math/bits"
	"net/netip"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/replica"
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
	return cassandra.FailureUnknown
}

// describe completes a ReadFailure or WriteFailure with the replicas that failed or are given up, a bit each, of those in set.
// Source: Cassandra 5.0, RequestFailureException.
func (r reasons) describe(e *cassandra.Error, failed uint64, set targetSet) {
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
	e.Message = fmt.Sprintf("Operation failed - received %d responses and %d failures: %s", e.Received, len(each), strings.Join(each, ", "))
}
