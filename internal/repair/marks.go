package repair

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"helenus/internal/key"
	"helenus/internal/schema"
)

// Never is the mark of a range that was not repaired yet.
const Never = math.MinInt64

// Records keeps the marks: package storage.
type Records interface {
	Metas(prefix string) (map[string][]byte, error)
	SetMetas(records map[string][]byte) error
}

// A mark is a record repair/<data id>/<first token>: the last token and the moment, 8 bytes each.
const recordPrefix = "repair/"

func (m *mark) record(id schema.DataID) string {
	return recordPrefix + strconv.FormatUint(uint64(id), 10) + "/" + strconv.FormatInt(int64(m.First), 10)
}

// mark says that a range was repaired through a moment, in seconds since 1970.
type mark struct {
	key.TokenRange
	through int64
}

// Marks remember through which moment ranges of tables were repaired. They are safe for concurrent use.
type Marks struct {
	records Records
	mu      sync.RWMutex
	tables  map[schema.DataID][]mark // guarded by mu; ascending, not overlapping
}

// OpenMarks reads the marks.
func OpenMarks(r Records) (*Marks, error) {
	all, err := r.Metas(recordPrefix)
	if err != nil {
		return nil, err
	}
	m := &Marks{records: r, tables: map[schema.DataID][]mark{}}
	for name, value := range all {
		id, first, _ := strings.Cut(name[len(recordPrefix):], "/")
		table, err1 := strconv.ParseUint(id, 10, 32)
		token, err2 := strconv.ParseInt(first, 10, 64)
		if err1 != nil || err2 != nil || len(value) != 16 {
			return nil, fmt.Errorf("record %s is no mark of a repair", name)
		}
		at := mark{key.TokenRange{First: key.Token(token), Last: key.Token(binary.BigEndian.Uint64(value))}, int64(binary.BigEndian.Uint64(value[8:]))}
		m.tables[schema.DataID(table)] = append(m.tables[schema.DataID(table)], at)
	}
	for _, marks := range m.tables {
		slices.SortFunc(marks, func(a, b mark) int {
			if a.First < b.First {
				return -1
			}
			return 1
		})
	}
	return m, nil
}

// Set notes that a range of a table was repaired through a moment. Where a later moment is known already it stays.
func (m *Marks) Set(id schema.DataID, tokens key.TokenRange, through int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	records := map[string][]byte{}
	var next []mark
	keep := func(x mark) {
		next = append(next, x)
		records[x.record(id)] = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(x.Last)), uint64(x.through))
	}
	from, open := tokens.First, true // what is left of tokens begins at from
	for _, old := range m.tables[id] {
		switch {
		case old.Last < tokens.First || !open || old.First > tokens.Last:
			if open && old.First > tokens.Last {
				keep(mark{key.TokenRange{First: from, Last: tokens.Last}, through})
				open = false
			}
			next = append(next, old)
			continue
		}
		if _, taken := records[old.record(id)]; !taken {
			records[old.record(id)] = nil
		}
		if old.First < tokens.First {
			keep(mark{key.TokenRange{First: old.First, Last: tokens.First - 1}, old.through})
		}
		if start := max(old.First, tokens.First); start > from {
			keep(mark{key.TokenRange{First: from, Last: start - 1}, through})
		}
		both := key.TokenRange{First: max(old.First, tokens.First), Last: min(old.Last, tokens.Last)}
		keep(mark{both, max(old.through, through)})
		if old.Last > tokens.Last {
			keep(mark{key.TokenRange{First: tokens.Last + 1, Last: old.Last}, old.through})
		}
		if open = both.Last < tokens.Last; open {
			from = both.Last + 1
		}
	}
	if open {
		keep(mark{key.TokenRange{First: from, Last: tokens.Last}, through})
	}
	if err := m.records.SetMetas(records); err != nil {
		return err
	}
	m.tables[id] = next
	return nil
}

// Through returns the moment through which all of a range was repaired; Never when some of it was not.
func (m *Marks) Through(id schema.DataID, tokens key.TokenRange) int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	through := int64(math.MaxInt64)
	next := tokens.First
	marks := m.tables[id]
	at, _ := slices.BinarySearchFunc(marks, tokens.First, func(x mark, t key.Token) int {
		if x.Last < t {
			return -1
		}
		return 1
	})
	for _, x := range marks[at:] {
		if x.First > next {
			return Never
		}
		if through = min(through, x.through); x.Last >= tokens.Last {
			return through
		}
		next = x.Last + 1
	}
	return Never
}

// Forget forgets the marks of a table that is gone.
func (m *Marks) Forget(id schema.DataID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	marks := m.tables[id]
	if len(marks) == 0 {
		return nil
	}
	records := map[string][]byte{}
	for i := range marks {
		records[marks[i].record(id)] = nil
	}
	if err := m.records.SetMetas(records); err != nil {
		return err
	}
	delete(m.tables, id)
	return nil
}
