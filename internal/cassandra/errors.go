package cassandra

import (
	"fmt"
	"net/netip"
)

// Code is an error code of the native protocol (v5, section 9).
type Code int32

const (
	CodeServer          Code = 0x0000
	CodeProtocol        Code = 0x000A
	CodeBadCredentials  Code = 0x0100
	CodeUnavailable     Code = 0x1000
	CodeOverloaded      Code = 0x1001
	CodeBootstrapping   Code = 0x1002
	CodeTruncate        Code = 0x1003
	CodeWriteTimeout    Code = 0x1100
	CodeReadTimeout     Code = 0x1200
	CodeReadFailure     Code = 0x1300
	CodeFunctionFailure Code = 0x1400
	CodeWriteFailure    Code = 0x1500
	CodeCDCWriteFailure Code = 0x1600
	CodeCASWriteUnknown Code = 0x1700
	CodeSyntax          Code = 0x2000
	CodeUnauthorized    Code = 0x2100
	CodeInvalid         Code = 0x2200
	CodeConfig          Code = 0x2300
	CodeAlreadyExists   Code = 0x2400
	CodeUnprepared      Code = 0x2500
)

// Error is what a client is told. Code decides which of the other fields travel with the message.
type Error struct {
	Code    Code
	Message string

	Consistency Consistency // Unavailable, timeouts and failures
	Required    int32       // Unavailable: required; timeouts and failures: blockFor
	Received    int32       // Unavailable: alive; timeouts and failures: received
	DataPresent bool        // ReadTimeout, ReadFailure
	WriteType   WriteType   // WriteTimeout, WriteFailure
	Failures    []Failure   // ReadFailure, WriteFailure; v3 and v4 send their number only
	Keyspace    string      // AlreadyExists, FunctionFailure
	Table       string      // AlreadyExists; empty when a keyspace exists already
	Function    string      // FunctionFailure
	ArgTypes    []string    // FunctionFailure
	Contentions int16       // WriteTimeout with WriteType CAS, v5
	StatementID []byte      // Unprepared
}

// Failure is one replica's reason in a ReadFailure or WriteFailure of protocol v5.
type Failure struct {
	Address netip.Addr
	Reason  FailureReason
}

// FailureReason says why a replica failed.
// Source: Cassandra 5.0, RequestFailureReason.
type FailureReason uint16

const (
	FailureUnknown            FailureReason = 0
	FailureTooManyTombstones  FailureReason = 1
	FailureTimeout            FailureReason = 2
	FailureIncompatibleSchema FailureReason = 3
	FailureReadSize           FailureReason = 4
	FailureNodeDown           FailureReason = 5
	FailureIndexNotAvailable  FailureReason = 6
)

var failureReasonNames = [...]string{"UNKNOWN", "READ_TOO_MANY_TOMBSTONES", "TIMEOUT", "INCOMPATIBLE_SCHEMA", "READ_SIZE", "NODE_DOWN", "INDEX_NOT_AVAILABLE"}

func (r FailureReason) String() string {
	if int(r) < len(failureReasonNames) {
		return failureReasonNames[r]
	}
	return fmt.Sprintf("FAILURE(%d)", uint16(r))
}

func (e *Error) Error() string { return e.Message }

// Invalidf makes an InvalidRequest: the statement is well formed but can't be carried out.
func Invalidf(format string, args ...any) *Error {
	return &Error{Code: CodeInvalid, Message: fmt.Sprintf(format, args...)}
}

// Syntaxf makes a SyntaxError.
func Syntaxf(format string, args ...any) *Error {
	return &Error{Code: CodeSyntax, Message: fmt.Sprintf(format, args...)}
}

// Configf makes a ConfigurationException's error.
func Configf(format string, args ...any) *Error {
	return &Error{Code: CodeConfig, Message: fmt.Sprintf(format, args...)}
}

// Unauthorizedf makes an Unauthorized.
func Unauthorizedf(format string, args ...any) *Error {
	return &Error{Code: CodeUnauthorized, Message: fmt.Sprintf(format, args...)}
}

// BadCredentialsf makes a BadCredentials: the client is not let in.
func BadCredentialsf(format string, args ...any) *Error {
	return &Error{Code: CodeBadCredentials, Message: fmt.Sprintf(format, args...)}
}

// Protocolf makes a ProtocolError.
func Protocolf(format string, args ...any) *Error {
	return &Error{Code: CodeProtocol, Message: fmt.Sprintf(format, args...)}
}

// Serverf makes a ServerError.
func Serverf(format string, args ...any) *Error {
	return &Error{Code: CodeServer, Message: fmt.Sprintf(format, args...)}
}

// Overloadedf makes an Overloaded: nothing was applied, the client may retry elsewhere or later.
func Overloadedf(format string, args ...any) *Error {
	return &Error{Code: CodeOverloaded, Message: fmt.Sprintf(format, args...)}
}
