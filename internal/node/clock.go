package node

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"

	"helenus/internal/exec"
	"helenus/internal/platform"
)

const (
	// clockRecord holds the timestamp up to which this node's processes may have gone, 8 bytes.
	clockRecord = "node/clock"
	// clockEvery is how often it is looked whether more is to be reserved.
	clockEvery = 500 * time.Millisecond
	// apartMax is how far nodes' clocks may be apart until that is said, once for each node.
	apartMax = 500 * time.Millisecond
)

// openClock makes the clock of this node's timestamps, above all that it gave before.
func (n *Member) openClock() error {
	raw, err := n.store.Meta(clockRecord)
	if err != nil {
		return err
	}
	reserved := int64(0)
	if len(raw) == 8 {
		reserved = int64(binary.BigEndian.Uint64(raw))
	}
	n.timestamps = exec.NewClock(n.options.Runtime, reserved, func(until int64) {
		if err := n.store.SetMeta(clockRecord, binary.BigEndian.AppendUint64(nil, uint64(until))); err != nil {
			n.options.OnFatal(fmt.Errorf("reserve timestamps: %w", err))
		}
	})
	n.reserving = platform.Every(n.options.Runtime, clockEvery, n.timestamps.Reserve)
	return nil
}

// heardTime takes over another node's latest timestamp and looks at its wall clock, both in microseconds.
func (n *Member) heardTime(host uuid.UUID, latest, wall int64) {
	n.timestamps.Merge(latest)
	ahead := time.Duration(wall-n.options.Runtime.Now().UnixMicro()) * time.Microsecond
	apart := ahead > apartMax || ahead < -apartMax
	if _, said := n.apart.Load(host); apart && !said {
		n.options.Logger.Warn("the clock of another node is not with this one's: of two writes, the one with the later clock wins", "host", host, "ahead", ahead)
		n.apart.Store(host, nil)
	} else if !apart && said {
		n.apart.Delete(host)
	}
}

// timestamp is the clock of transactions and plain writes of this node.
func (n *Member) timestamp() int64 { return n.timestamps.Micros() }
