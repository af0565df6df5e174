package protocol

import (
	"encoding/binary"

	"helenus/internal/cqltype"
)

// Column is one column of result metadata, or one bind marker.
type Column struct {
	Keyspace, Table, Name string
	Type                  *cqltype.Type
}

// Flags of result metadata.
const (
	metaGlobalTable = 0x0001
	metaMorePages   = 0x0002
	metaNone        = 0x0004
	metaChanged     = 0x0008
)

// Metadata is result metadata.
type Metadata struct {
	Columns     []Column
	PagingState []byte // nil on the last page
	// NewID is set in v5 when the client's metadata is out of date.
	NewID []byte
	// Skip leaves the columns out.
	Skip bool
	// ColumnCount is the number of columns, also when they were left out; reading fills it in.
	ColumnCount int
}

// AppendRowsHeader appends kind, metadata and room for the row count; countAt is where PatchRowCount puts it.
func AppendRowsHeader(dst []byte, m *Metadata) (out []byte, countAt int) {
	dst = append(dst, 0, 0, 0, ResultRows)
	dst = appendMetadata(dst, m)
	return append(dst, 0, 0, 0, 0), len(dst)
}

// PatchRowCount sets the number of rows.
func PatchRowCount(body []byte, countAt, rows int) {
	binary.BigEndian.PutUint32(body[countAt:], uint32(rows))
}

func appendMetadata(dst []byte, m *Metadata) []byte {
	var flags uint32
	global := sameTable(m.Columns)
	if global && !m.Skip {
		flags |= metaGlobalTable
	}
	if m.PagingState != nil {
		flags |= metaMorePages
	}
	if m.Skip {
		flags |= metaNone
	}
	if m.NewID != nil {
		flags |= metaChanged
	}
	dst = binary.BigEndian.AppendUint32(dst, flags)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(m.Columns)))
	if m.PagingState != nil {
		dst = AppendBytes(dst, m.PagingState)
	}
	if m.NewID != nil {
		dst = AppendShortBytes(dst, m.NewID)
	}
	if m.Skip {
		return dst
	}
	return appendColumns(dst, m.Columns, global)
}

func sameTable(columns []Column) bool {
	for i := range columns {
		if columns[i].Keyspace != columns[0].Keyspace || columns[i].Table != columns[0].Table {
			return false
		}
	}
	return len(columns) > 0
}

func appendColumns(dst []byte, columns []Column, global bool) []byte {
	if global {
		dst = AppendString(AppendString(dst, columns[0].Keyspace), columns[0].Table)
	}
	for i := range columns {
		if !global {
			dst = AppendString(AppendString(dst, columns[i].Keyspace), columns[i].Table)
		}
		dst = AppendType(AppendString(dst, columns[i].Name), columns[i].Type)
	}
	return dst
}

func (r *Reader) columns(n int, global bool) []Column {
	if n < 0 || n > r.Left()/4+1 {
		r.fail("%d columns announced", n)
		return nil
	}
	all := make([]Column, n)
	var ks, table string
	if global {
		ks, table = r.String(), r.String()
	}
	for i := range all {
		if !global {
			ks, table = r.String(), r.String()
		}
		all[i] = Column{ks, table, r.String(), r.Type()}
	}
	return all
}

// Metadata reads result metadata.
func (r *Reader) Metadata() Metadata {
	var m Metadata
	flags := r.Int()
	m.ColumnCount = int(r.Int())
	if flags&metaMorePages != 0 {
		m.PagingState = r.Bytes()
	}
	if flags&metaChanged != 0 {
		m.NewID = r.ShortBytes()
	}
	if m.Skip = flags&metaNone != 0; !m.Skip {
		m.Columns = r.columns(m.ColumnCount, flags&metaGlobalTable != 0)
	}
	return m
}
