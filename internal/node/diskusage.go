package node

import (
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"helenus/internal/guardrail"
)

// diskUsage is how full this node's disk is by data_disk_usage_percentage_*; others hear of it when they ping.
type diskUsage struct {
	last   atomic.Uint32
	looked atomic.Int64 // when the disk was looked at, Clock.Monotonic; 0: never
}

// diskEvery is for how long what was seen of the disk is good: as long as it takes others to hear of it.
const diskEvery = 500 * time.Millisecond

// state tells, and says when it has changed.
func (d *diskUsage) state(n *Member) guardrail.DiskState {
	limits := n.options.Guardrails
	if limits == nil || !limits.Disks() {
		return guardrail.DiskSpacious
	}
	now, looked := int64(n.options.Runtime.Monotonic()), d.looked.Load()
	if looked != 0 && now-looked < int64(diskEvery) || !d.looked.CompareAndSwap(looked, now) { // every write asks
		return guardrail.DiskState(d.last.Load())
	}
	free, err := n.store.Free()
	if err != nil { // which the store says itself
		return guardrail.DiskState(d.last.Load())
	}
	used := n.loads.bytes(n)
	state, percent := limits.Disk(used, int64(min(free, 1<<62)))
	if before := d.last.Swap(uint32(state)); before == uint32(state) {
		return state
	}
	log := n.options.Logger.With("used_percent", percent, "used_bytes", used, "free_bytes", free)
	switch state {
	case guardrail.DiskFull:
		log.Error("the data take more of the disk than data_disk_usage_percentage_fail_threshold: writes that come here are refused")
	case guardrail.DiskStuffed:
		log.Warn("the data take more of the disk than data_disk_usage_percentage_warn_threshold")
	default:
		log.Info("the data take less of the disk than data_disk_usage_percentage_warn_threshold again")
	}
	return state
}

// diskOf is how full the disk of a member is, as it said last.
func (n *Member) diskOf(host uuid.UUID) guardrail.DiskState {
	if host == n.identity.HostID {
		return n.disk.state(n)
	}
	v, _ := n.monitor.Vital(host)
	return v.Disk
}
