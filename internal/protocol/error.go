package protocol

import (
	"encoding/binary"

	"helenus/internal/cassandra"
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
