package protocol

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"helenus/internal/cassandra"
)

// AppendError appends the body of an ERROR with the fields of its code. What a version does not know goes as what it knows instead.
func AppendError(dst []byte, e *cassandra.Error, version Version) []byte {
	e = known(e, version)
	dst = binary.BigEndian.AppendUint32(dst, uint32(e.Code))
	dst = AppendString(dst, e.Message)
	level := func() { dst = binary.BigEndian.AppendUint16(dst, uint16(e.Consistency)) }
	number := func(n int32) { dst = binary.BigEndian.AppendUint32(dst, uint32(n)) }
	failures := func() {
		number(int32(len(e.Failures)))
		if version >= V5 {
			for _, f := range e.Failures {
				address := f.Address.AsSlice()
				if address == nil {
					address = netip.IPv4Unspecified().AsSlice() // drivers know addresses of 4 and of 16 bytes
				}
				dst = append(append(dst, byte(len(address))), address...)
				dst = binary.BigEndian.AppendUint16(dst, uint16(f.Reason))
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

// known returns an error as a version can say it.
// Source: Cassandra 5.0, ErrorMessage.getBackwardsCompatibleException.
func known(e *cassandra.Error, version Version) *cassandra.Error {
	older := *e
	switch {
	case version < V4 && e.Code == cassandra.CodeFunctionFailure:
		return cassandra.Invalidf("ERROR FUNCTION_FAILURE: %s", e.Message)
	case version < V4 && e.Code == cassandra.CodeReadFailure:
		older.Code = cassandra.CodeReadTimeout
	case version < V4 && e.Code == cassandra.CodeWriteFailure:
		older.Code = cassandra.CodeWriteTimeout
	case version < V5 && e.Code == cassandra.CodeCASWriteUnknown:
		older.Code, older.WriteType = cassandra.CodeWriteTimeout, cassandra.WriteCAS
	case version < V5 && e.Code == cassandra.CodeWriteTimeout && e.WriteType == cassandra.WriteCAS:
	default:
		return e
	}
	older.Message = fmt.Sprintf("Operation timed out - received only %d responses.", e.Received)
	return &older
}

// ReadError reads the body of an ERROR.
func ReadError(body []byte, version Version) (*cassandra.Error, error) {
	r := Reader{raw: body}
	e := &cassandra.Error{Code: cassandra.Code(r.Int()), Message: r.String()}
	failures := func() {
		n := int(r.Int())
		for i := 0; version >= V5 && i < n && r.err == nil; i++ {
			address, _ := netip.AddrFromSlice(r.take(int(r.Byte())))
			e.Failures = append(e.Failures, cassandra.Failure{Address: address, Reason: cassandra.FailureReason(r.Short())})
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
