package metadata

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"

	"helenus/internal/schema"
)

// Log keeps records, each call's as one and synced before it returns: package storage.
type Log interface {
	Metas(prefix string) (map[string][]byte, error)
	SetMetas(records map[string][]byte) error
}

// Records in the log:
//
//	metadata/number              this member's number, 8 bytes
//	metadata/raft/hard           term, vote and commit
//	metadata/raft/snapshot       a state and where in the log it stands
//	metadata/raft/entry/<index>  16 hexadecimal digits, so that names sort as indexes
//	metadata/retire/<data id>    data that is being deleted
const (
	recordPrefix   = "metadata/"
	recordNumber   = recordPrefix + "number"
	recordHard     = recordPrefix + "raft/hard"
	recordSnapshot = recordPrefix + "raft/snapshot"
	recordEntry    = recordPrefix + "raft/entry/"
	recordRetire   = recordPrefix + "retire/"

	// what 0.1.0 wrote, before there were several nodes
	recordOldEpoch  = recordPrefix + "epoch"
	recordOldSchema = recordPrefix + "schema"
)

func entryRecord(index uint64) string { return fmt.Sprintf("%s%016x", recordEntry, index) }

// diskLog is raft's storage: everything in memory, and the same as records.
type diskLog struct {
	*raft.MemoryStorage
	log Log
	// snapshot makes a snapshot of what is applied now.
	snapshot func() (*pb.Snapshot, error)
	last     uint64 // the highest index with a record
}

var _ raft.Storage = (*diskLog)(nil)

// Snapshot is what a member that lags too far behind is sent.
func (l *diskLog) Snapshot() (*pb.Snapshot, error) { return l.snapshot() }

// load reads the records. found is false when there are none.
func (l *diskLog) load(records map[string][]byte) (snapshot *pb.Snapshot, found bool, err error) {
	raw := records[recordSnapshot]
	if raw == nil {
		return nil, false, nil
	}
	snapshot = &pb.Snapshot{}
	if err := proto.Unmarshal(raw, snapshot); err != nil {
		return nil, false, fmt.Errorf("record %s: %w", recordSnapshot, err)
	}
	if err := l.ApplySnapshot(snapshot); err != nil {
		return nil, false, fmt.Errorf("record %s: %w", recordSnapshot, err)
	}
	if raw := records[recordHard]; raw != nil {
		var hard pb.HardState
		if err := proto.Unmarshal(raw, &hard); err != nil {
			return nil, false, fmt.Errorf("record %s: %w", recordHard, err)
		}
		if err := l.SetHardState(&hard); err != nil {
			return nil, false, err
		}
	}
	l.last = snapshot.GetMetadata().GetIndex()
	for _, name := range slices.Sorted(maps.Keys(records)) {
		if !strings.HasPrefix(name, recordEntry) {
			continue
		}
		entry := &pb.Entry{}
		if err := proto.Unmarshal(records[name], entry); err != nil {
			return nil, false, fmt.Errorf("record %s: %w", name, err)
		}
		if err := l.Append([]*pb.Entry{entry}); err != nil {
			return nil, false, fmt.Errorf("record %s: %w", name, err)
		}
		l.last = max(l.last, entry.GetIndex())
	}
	return snapshot, true, nil
}

// save makes what raft decided durable, in one synced write.
func (l *diskLog) save(rd *raft.Ready, more map[string][]byte) error {
	records := map[string][]byte{}
	maps.Copy(records, more)
	if !raft.IsEmptySnap(rd.Snapshot) {
		if err := l.putSnapshot(records, rd.Snapshot); err != nil {
			return err
		}
		for i := l.last; i > 0 && i+keptEntries*4 > l.last; i-- {
			records[entryRecord(i)] = nil
		}
		l.last = rd.Snapshot.GetMetadata().GetIndex()
	}
	if n := len(rd.Entries); n > 0 {
		for _, e := range rd.Entries {
			raw, err := proto.Marshal(e)
			if err != nil {
				return err
			}
			records[entryRecord(e.GetIndex())] = raw
		}
		end := rd.Entries[n-1].GetIndex()
		for i := end + 1; i <= l.last; i++ { // a new leader's entries take the place of those
			records[entryRecord(i)] = nil
		}
		l.last = end
	}
	if !raft.IsEmptyHardState(rd.HardState) {
		raw, err := proto.Marshal(rd.HardState)
		if err != nil {
			return err
		}
		records[recordHard] = raw
	}
	if len(records) > 0 {
		if err := l.log.SetMetas(records); err != nil {
			return err
		}
	}
	if !raft.IsEmptySnap(rd.Snapshot) {
		if err := l.ApplySnapshot(rd.Snapshot); err != nil && !errors.Is(err, raft.ErrSnapOutOfDate) {
			return err
		}
	}
	if !raft.IsEmptyHardState(rd.HardState) {
		if err := l.SetHardState(rd.HardState); err != nil {
			return err
		}
	}
	return l.Append(rd.Entries)
}

func (l *diskLog) putSnapshot(records map[string][]byte, s *pb.Snapshot) error {
	raw, err := proto.Marshal(s)
	records[recordSnapshot] = raw
	return err
}

// keptEntries are the entries that stay behind a snapshot, for members that lag a little.
const keptEntries = 64

// compact takes a snapshot in place of the entries before it, once there are enough of them.
func (l *diskLog) compact(applied uint64) error {
	first, err := l.FirstIndex()
	if err != nil || applied < first+2*keptEntries {
		return err
	}
	s, err := l.snapshot()
	if err != nil {
		return err
	}
	records := map[string][]byte{}
	if err := l.putSnapshot(records, s); err != nil {
		return err
	}
	upto := applied - keptEntries
	for i := first; i <= upto; i++ {
		records[entryRecord(i)] = nil
	}
	if err := l.log.SetMetas(records); err != nil {
		return err
	}
	if _, err := l.CreateSnapshot(applied, s.GetMetadata().GetConfState(), nil); err != nil && !errors.Is(err, raft.ErrSnapOutOfDate) {
		return err
	}
	return l.Compact(upto)
}

func retireRecords(ids []schema.DataID) map[string][]byte {
	records := map[string][]byte{}
	for _, id := range ids {
		records[recordRetire+strconv.FormatUint(uint64(id), 10)] = []byte{1}
	}
	return records
}

func numberRecord(number uint64) map[string][]byte {
	return map[string][]byte{recordNumber: binary.BigEndian.AppendUint64(nil, number)}
}
