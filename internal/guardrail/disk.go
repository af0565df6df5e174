package guardrail

import "fmt"

// DiskState is how full the disk of a node is, by data_disk_usage_percentage_*.
type DiskState uint8

const (
	DiskSpacious DiskState = iota
	DiskStuffed            // past the threshold of warnings
	DiskFull               // past that of failures
)

// disk are the thresholds, in percent, and how much of a disk counts at most; 0 or less: all of it.
type disk struct {
	Threshold
	sizeMax int64
}

const diskUsage = "data_disk_usage_percentage"

func diskSettings() []Setting {
	return []Setting{
		{Key: diskUsage + "_warn_threshold", Kind: Count, Default: "-1", Number: func(l *Limits, v int64) { l.disk.Warn = v },
			About: "percentage of the disk's space, of what data take and what is free, from where on clients are warned of writes to a replica on it"},
		{Key: diskUsage + "_fail_threshold", Kind: Count, Default: "-1", Number: func(l *Limits, v int64) { l.disk.Fail = v }, About: "from where on such writes are refused"},
		{Key: "data_disk_usage_max_disk_size", Kind: Size, Number: func(l *Limits, v int64) { l.disk.sizeMax = v }, About: "what of a disk counts at most"},
	}
}

// Disks says whether the space of disks is of interest.
func (l *Limits) Disks() bool { return l.disk.IsSet() }

// Disk judges a disk on which data take used bytes and free ones are left.
// Source: Cassandra 5.0, DiskUsageMonitor.
func (l *Limits) Disk(used, free int64) (state DiskState, percent int64) {
	total := used + free
	if l.disk.sizeMax > 0 {
		total = min(total, l.disk.sizeMax)
	}
	if total <= 0 {
		return DiskSpacious, 0
	}
	percent = min((used*100+total-1)/total, 100) // rounded up
	switch {
	case l.disk.Fail > 0 && percent > l.disk.Fail:
		return DiskFull, percent
	case l.disk.Warn > 0 && percent > l.disk.Warn:
		return DiskStuffed, percent
	}
	return DiskSpacious, percent
}

// checkDisk finds thresholds that are no percentages, or not in order.
func (l *Limits) checkDisk() (faults []string) {
	t := l.disk.Threshold
	if t.Warn > 100 || t.Fail > 100 || t.Warn == 0 || t.Fail == 0 {
		faults = append(faults, fmt.Sprintf("%s_warn_threshold and %[1]s_fail_threshold are percentages from 1 to 100, or -1", diskUsage))
	}
	if t.Warn > 0 && t.Fail > 0 && t.Fail < t.Warn {
		faults = append(faults, fmt.Sprintf("%s_fail_threshold is reached before %[1]s_warn_threshold: nobody would be warned", diskUsage))
	}
	return faults
}

// Disk checks a write to a replica by the state of its disk.
func (g *Guard) Disk(state DiskState) error {
	if g == nil {
		return nil
	}
	switch state {
	case DiskFull:
		return g.fail("replica_disk_usage", "", "Write request failed because disk usage exceeds failure threshold")
	case DiskStuffed:
		g.warn("replica_disk_usage", "", "Replica disk usage exceeds warning threshold")
	}
	return nil
}
