package client

import (
	"fmt"

	"helenus/internal/protocol"
)

// Column is a column of a result, or a bind marker.
type Column = protocol.Column

// Kind says what a result is: protocol.ResultVoid, ResultRows, ResultSetKeyspace or ResultSchemaChange.
type Kind int32

// Result is the answer to a request.
type Result struct {
	Kind    Kind
	Columns []Column
	// Rows hold a value a column: its bytes, nil for null.
	Rows [][][]byte
	// PagingState asks for the next page; nil when this is the last.
	PagingState []byte
	Keyspace    string                 // of ResultSetKeyspace
	Change      *protocol.SchemaChange // of ResultSchemaChange

	Warnings []string
	TraceID  *[16]byte // when the request asked for tracing
	Payload  map[string][]byte

	metadataID []byte
}

// Column returns the index of the column of that name, or -1.
func (r *Result) Column(name string) int {
	for i := range r.Columns {
		if r.Columns[i].Name == name {
			return i
		}
	}
	return -1
}

// DecodeResult decodes the body of a RESULT message that came some other way than through a Conn.
func DecodeResult(body []byte, v protocol.Version) (*Result, error) {
	return readResult(frame{body: body}, v, nil)
}

func readResult(f frame, v protocol.Version, columns []Column) (*Result, error) {
	r := protocol.NewReader(f.body)
	res := &Result{Kind: Kind(r.Int()), Warnings: f.warnings, TraceID: f.traceID, Payload: f.payload}
	switch res.Kind {
	case protocol.ResultVoid:
	case protocol.ResultRows:
		return res, readRows(r, res, columns)
	case protocol.ResultSetKeyspace:
		res.Keyspace = r.String()
	case protocol.ResultSchemaChange:
		change := r.SchemaChange()
		res.Change = &change
	default:
		return nil, fmt.Errorf("the server answered with a result of kind %d in v%d", res.Kind, v)
	}
	return res, r.Err()
}

func readRows(r *protocol.Reader, res *Result, columns []Column) error {
	m := r.Metadata()
	res.Columns, res.PagingState, res.metadataID = m.Columns, m.PagingState, m.NewID
	if m.Skip {
		res.Columns = columns
	}
	rows := int(r.Int())
	if err := r.Err(); err != nil {
		return err
	}
	if m.ColumnCount < 0 || rows < 0 || (m.ColumnCount > 0 && rows > r.Left()/4/m.ColumnCount) || (m.ColumnCount == 0 && rows > r.Left()+1) {
		return fmt.Errorf("the server announced %d rows of %d columns in %d bytes", rows, m.ColumnCount, r.Left())
	}
	values := make([][]byte, rows*m.ColumnCount)
	for i := range values {
		values[i] = r.Bytes()
	}
	res.Rows = make([][][]byte, rows)
	for i := range res.Rows {
		res.Rows[i] = values[i*m.ColumnCount : (i+1)*m.ColumnCount : (i+1)*m.ColumnCount]
	}
	return r.Err()
}
