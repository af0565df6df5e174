// Package transport is the CQL server: it accepts connections, cuts their bytes into requests, hands those to a Handler and
// writes the responses. It knows the native protocol's framing and nothing of CQL.
//
//	a request   conn.go reads as much as has come → frames.go finds whole frames → dispatch.go runs each, short ones at once on the
//	            reader, long ones on goroutines of a bounded number
//	a response  goes out with its neighbours in one write; one that waits for the disk is passed to commit.go, so that the reader
//	            goes on and many writes share a sync
//	startup.go  versions, STARTUP, OPTIONS, REGISTER      events.go  schema and status events
//	login.go    AUTHENTICATE and its answer  logins.go  how many passwords are checked at a time, and who waits
//	encrypted.go  TLS: on the port, on another, or as the client likes
//	limits.go   what a client may use up      shed.go  the bytes that all share, and how what is too much is refused
package transport
