package protocol

import (
	"encoding/binary"

	"helenus/internal/cassandra"
)

// Flags of query parameters.
const (
	paramValues       = 0x0001
	paramSkipMetadata = 0x0002
	paramPageSize     = 0x0004
	paramPagingState  = 0x0008
	paramSerial       = 0x0010
	paramTimestamp    = 0x0020
	paramNamed        = 0x0040
	paramKeyspace     = 0x0080
	paramNow          = 0x0100
)

// Params are the parameters of QUERY, EXECUTE and, but for values and paging, BATCH.
type Params struct {
	Consistency  cassandra.Consistency
	Serial       cassandra.Consistency // default Serial; not sent where it is Any
	Values       []Value
	Named        bool
	SkipMetadata bool
	PageSize     int32 // 0: not paged
	PagingState  []byte
	Timestamp    int64 // microseconds, when HasTimestamp
	HasTimestamp bool
	Keyspace     string // v5
	Now          int32  // seconds since 1970, when HasNow; v5
	HasNow       bool
}

func (r *Reader) flags(version Version) uint32 {
	if version >= V5 {
		return uint32(r.Int())
	}
	return uint32(r.Byte())
}

// params reads query parameters into p, whose Values are reused.
func (r *Reader) params(p *Params, version Version) {
	*p = Params{Values: p.Values[:0], Serial: cassandra.Serial}
	p.Consistency = r.Consistency()
	flags := r.flags(version)
	if flags&paramValues != 0 {
		p.Named = flags&paramNamed != 0
		p.Values = r.values(p.Values, version, p.Named)
	}
	p.SkipMetadata = flags&paramSkipMetadata != 0
	if flags&paramPageSize != 0 {
		if p.PageSize = r.Int(); p.PageSize == 0 && r.err == nil {
			r.fail("The page size cannot be 0")
		}
		p.PageSize = max(p.PageSize, 0)
	}
	if flags&paramPagingState != 0 {
		p.PagingState = r.Bytes()
	}
	r.tail(p, flags, version)
}

// tail reads the parameters that BATCH has too.
func (r *Reader) tail(p *Params, flags uint32, version Version) {
	if flags&paramSerial != 0 {
		if p.Serial = r.Consistency(); r.err == nil && !p.Serial.IsSerial() {
			r.err = cassandra.Invalidf("Invalid consistency for conditional update. Must be one of SERIAL or LOCAL_SERIAL")
		}
	}
	if flags&paramTimestamp != 0 {
		p.Timestamp, p.HasTimestamp = r.Long(), true
		if r.err == nil && p.Timestamp == -1<<63 {
			r.fail("Out of bound timestamp, must be in [%d, %d] (got %d)", -1<<63+1, 1<<63-1, p.Timestamp)
		}
	}
	if version >= V5 {
		if flags&paramKeyspace != 0 {
			p.Keyspace = r.String()
		}
		if flags&paramNow != 0 {
			p.Now, p.HasNow = r.Int(), true
		}
	}
}

// appendParams appends query parameters; values are left out of a batch's.
func appendParams(dst []byte, p *Params, version Version, batch bool) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(p.Consistency))
	var flags uint32
	set := func(on bool, flag uint32) {
		if on {
			flags |= flag
		}
	}
	serial := p.Serial != cassandra.Any
	if !batch {
		set(len(p.Values) > 0, paramValues)
		set(len(p.Values) > 0 && p.Named, paramNamed)
		set(p.SkipMetadata, paramSkipMetadata)
		set(p.PageSize > 0, paramPageSize)
		set(p.PagingState != nil, paramPagingState)
	}
	set(serial, paramSerial)
	set(p.HasTimestamp, paramTimestamp)
	set(version >= V5 && p.Keyspace != "", paramKeyspace)
	set(version >= V5 && p.HasNow, paramNow)
	if version >= V5 {
		dst = binary.BigEndian.AppendUint32(dst, flags)
	} else {
		dst = append(dst, byte(flags))
	}
	if flags&paramValues != 0 {
		dst = appendValues(dst, p.Values, p.Named)
	}
	if flags&paramPageSize != 0 {
		dst = binary.BigEndian.AppendUint32(dst, uint32(p.PageSize))
	}
	if flags&paramPagingState != 0 {
		dst = AppendBytes(dst, p.PagingState)
	}
	if serial {
		dst = binary.BigEndian.AppendUint16(dst, uint16(p.Serial))
	}
	if p.HasTimestamp {
		dst = binary.BigEndian.AppendUint64(dst, uint64(p.Timestamp))
	}
	if flags&paramKeyspace != 0 {
		dst = AppendString(dst, p.Keyspace)
	}
	if flags&paramNow != 0 {
		dst = binary.BigEndian.AppendUint32(dst, uint32(p.Now))
	}
	return dst
}
