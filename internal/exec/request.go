package exec

import (
	"helenus/internal/protocol"
	"helenus/internal/stats"
)

// Request is a QUERY, PREPARE, EXECUTE or BATCH.
type Request struct {
	Version protocol.Version
	Opcode  protocol.Opcode
	Body    []byte // valid until Handle returns
	Tracing bool
	Payload map[string][]byte
}

// Pending is work that must be done before a response may go out.
type Pending interface {
	Wait() error
}

// Response is what Handle answers.
type Response struct {
	Opcode protocol.Opcode
	// Body is appended to; what it holds at first is not the session's to touch.
	Body     []byte
	Warnings []string
	// TraceID is set when the request was traced.
	TraceID *[16]byte
	Payload map[string][]byte
	// Pending, when not nil, is waited for before the response is sent; its error takes the response's place through Failed.
	Pending Pending
	Failed  func(err error, body []byte, version protocol.Version) []byte
	// Kind says what the request was, for statistics.
	Kind Kind
	// Table is what the request's time is to be counted in, too: of the table that it reads or writes. nil: there is none.
	Table *stats.Histogram
}

// Kind of a request.
type Kind uint8

// Other is all that is neither a read nor a write, such as a schema change.
const (
	Other Kind = iota
	Read
	Write
	RangeRead  // over partition keys that it does not name
	SerialRead // that sees transactions
	Transaction
	Kinds
)

// IsRead says whether a request of the kind changes nothing.
func (k Kind) IsRead() bool { return k == Read || k == RangeRead || k == SerialRead }
