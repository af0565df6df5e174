package protocol

import (
	"encoding/binary"
	"net/netip"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
)

// Result kinds.
const (
	ResultVoid         = 1
	ResultRows         = 2
	ResultSetKeyspace  = 3
	ResultPrepared     = 4
	ResultSchemaChange = 5
)

// AppendError appends the body of an ERROR with the fields of its code.
func AppendError(dst []byte, e *cassandra.Error, version Version) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(e.Code))
	dst = AppendString(dst, e.Message)
	level := func() { dst = binary.BigEndian.AppendUint16(dst, uint16(e.Consistency)) }
	number := func(n int32) { dst = binary.BigEndian.AppendUint32(dst, uint32(n)) }
	failures := func() {
		number(int32(len(e.Failures)))
		if version >= V5 {
			for _, f := range e.Failures {
				dst = append(append(dst, byte(len(f.Address))), f.Address...)
				dst = binary.BigEndian.AppendUint16(dst, f.Reason)
			}
		}
	}
	switch e.Code {
	case cassandra.CodeUnavailable:
		level()
		number(e.Required)
		number(e.Received)
	case cassandra.CodeWriteTimeout, cassandra.CodeWriteFailure:
		level()
		number(e.Received)
		number(e.Required)
		if e.Code == cassandra.CodeWriteFailure {
			failures()
		}
		dst = AppendString(dst, string(e.WriteType))
		if e.Code == cassandra.CodeWriteTimeout && e.WriteType == cassandra.WriteCAS && version >= V5 {
			dst = binary.BigEndian.AppendUint16(dst, uint16(e.Contentions))
		}
	case cassandra.CodeReadTimeout, cassandra.CodeReadFailure:
		level()
		number(e.Received)
		number(e.Required)
		if e.Code == cassandra.CodeReadFailure {
			failures()
		}
		present := byte(0)
		if e.DataPresent {
			present = 1
		}
		dst = append(dst, present)
	case cassandra.CodeCASWriteUnknown:
		level()
		number(e.Received)
		number(e.Required)
	case cassandra.CodeAlreadyExists:
		dst = AppendString(AppendString(dst, e.Keyspace), e.Table)
	case cassandra.CodeFunctionFailure:
		dst = AppendStrings(AppendString(AppendString(dst, e.Keyspace), e.Function), e.ArgTypes)
	case cassandra.CodeUnprepared:
		dst = AppendShortBytes(dst, e.StatementID)
	}
	return dst
}

// ReadError reads the body of an ERROR.
func ReadError(body []byte, version Version) (*cassandra.Error, error) {
	r := Reader{raw: body}
	e := &cassandra.Error{Code: cassandra.Code(r.Int()), Message: r.String()}
	failures := func() {
		n := int(r.Int())
		for i := 0; version >= V5 && i < n && r.err == nil; i++ {
			f := cassandra.Failure{Address: r.take(int(r.Byte()))}
			f.Reason = r.Short()
			e.Failures = append(e.Failures, f)
		}
	}
	switch e.Code {
	case cassandra.CodeUnavailable:
		e.Consistency, e.Required, e.Received = r.Consistency(), r.Int(), r.Int()
	case cassandra.CodeWriteTimeout, cassandra.CodeWriteFailure:
		e.Consistency, e.Received, e.Required = r.Consistency(), r.Int(), r.Int()
		if e.Code == cassandra.CodeWriteFailure {
			failures()
		}
		e.WriteType = cassandra.WriteType(r.String())
		if e.Code == cassandra.CodeWriteTimeout && e.WriteType == cassandra.WriteCAS && version >= V5 {
			e.Contentions = int16(r.Short())
		}
	case cassandra.CodeReadTimeout, cassandra.CodeReadFailure:
		e.Consistency, e.Received, e.Required = r.Consistency(), r.Int(), r.Int()
		if e.Code == cassandra.CodeReadFailure {
			failures()
		}
		e.DataPresent = r.Byte() != 0
	case cassandra.CodeCASWriteUnknown:
		e.Consistency, e.Received, e.Required = r.Consistency(), r.Int(), r.Int()
	case cassandra.CodeAlreadyExists:
		e.Keyspace, e.Table = r.String(), r.String()
	case cassandra.CodeFunctionFailure:
		e.Keyspace, e.Function, e.ArgTypes = r.String(), r.String(), r.Strings()
	case cassandra.CodeUnprepared:
		e.StatementID = r.ShortBytes()
	}
	return e, r.Err()
}

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

// Prepared is the result of a PREPARE.
type Prepared struct {
	ID       []byte
	ResultID []byte // v5
	Binds    []Column
	// PartitionKey are the indexes of the binds that make up the partition key; v4 on.
	PartitionKey []uint16
	Result       Metadata
}

// AppendPrepared appends the body of a RESULT of kind Prepared.
func AppendPrepared(dst []byte, p *Prepared, version Version) []byte {
	dst = append(dst, 0, 0, 0, ResultPrepared)
	dst = AppendShortBytes(dst, p.ID)
	if version >= V5 {
		dst = AppendShortBytes(dst, p.ResultID)
	}
	global := sameTable(p.Binds)
	var flags uint32
	if global {
		flags |= metaGlobalTable
	}
	dst = binary.BigEndian.AppendUint32(dst, flags)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(p.Binds)))
	if version >= V4 {
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(p.PartitionKey)))
		for _, i := range p.PartitionKey {
			dst = binary.BigEndian.AppendUint16(dst, i)
		}
	}
	dst = appendColumns(dst, p.Binds, global)
	result := p.Result
	result.Skip = len(result.Columns) == 0
	return appendMetadata(dst, &result)
}

// ReadPrepared reads what follows the kind of a RESULT of kind Prepared.
func (r *Reader) ReadPrepared(version Version) Prepared {
	p := Prepared{ID: r.ShortBytes()}
	if version >= V5 {
		p.ResultID = r.ShortBytes()
	}
	flags := r.Int()
	n := int(r.Int())
	if version >= V4 {
		keys := int(r.Int())
		for range min(keys, r.Left()/2) {
			p.PartitionKey = append(p.PartitionKey, r.Short())
		}
	}
	p.Binds = r.columns(n, flags&metaGlobalTable != 0)
	p.Result = r.Metadata()
	return p
}

// SchemaChange is a change of the schema, as a result and as an event.
type SchemaChange struct {
	Change   string // CREATED, UPDATED, DROPPED
	Target   string // KEYSPACE, TABLE, TYPE, FUNCTION, AGGREGATE
	Keyspace string
	Name     string
	Args     []string
}

func appendSchemaChange(dst []byte, c *SchemaChange) []byte {
	dst = AppendString(AppendString(AppendString(dst, c.Change), c.Target), c.Keyspace)
	if c.Target != "KEYSPACE" {
		dst = AppendString(dst, c.Name)
	}
	if c.Target == "FUNCTION" || c.Target == "AGGREGATE" {
		dst = AppendStrings(dst, c.Args)
	}
	return dst
}

// SchemaChange reads a schema change.
func (r *Reader) SchemaChange() SchemaChange {
	c := SchemaChange{Change: r.String(), Target: r.String(), Keyspace: r.String()}
	if c.Target != "KEYSPACE" {
		c.Name = r.String()
	}
	if c.Target == "FUNCTION" || c.Target == "AGGREGATE" {
		c.Args = r.Strings()
	}
	return c
}

// AppendVoid, AppendSetKeyspace and AppendSchemaChange append the bodies of RESULTs.
func AppendVoid(dst []byte) []byte { return append(dst, 0, 0, 0, ResultVoid) }

func AppendSetKeyspace(dst []byte, keyspace string) []byte {
	return AppendString(append(dst, 0, 0, 0, ResultSetKeyspace), keyspace)
}

func AppendSchemaChange(dst []byte, c *SchemaChange) []byte {
	return appendSchemaChange(append(dst, 0, 0, 0, ResultSchemaChange), c)
}

// AppendSchemaEvent and AppendStatusEvent append the bodies of EVENTs; kind is STATUS_CHANGE or TOPOLOGY_CHANGE.
func AppendSchemaEvent(dst []byte, c *SchemaChange) []byte {
	return appendSchemaChange(AppendString(dst, "SCHEMA_CHANGE"), c)
}

func AppendStatusEvent(dst []byte, kind, change string, node netip.AddrPort) []byte {
	return AppendInet(AppendString(AppendString(dst, kind), change), node)
}

// AppendWarnings appends the list that precedes a body whose header has FlagWarning.
func AppendWarnings(dst []byte, all []string) []byte {
	return AppendStrings(dst, all)
}
