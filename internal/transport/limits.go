package transport

import "time"

// Limits bound what clients may use. Zero fields take the defaults.
type Limits struct {
	Connections   int   // in total; default 10,000
	FrameBytes    int   // one request, and those that run at once on one connection; default 16 MiB
	InFlightBytes int64 // requests of all connections, half-read ones too; default 256 MiB
	// AddressConnections and AddressBytes are the part of Connections and of InFlightBytes that one client address may have; default: all.
	AddressConnections int
	AddressBytes       int64
	// Patience is how long a request waits for bytes, or for memory, before it is refused; its connection is not read meanwhile. Default 50 ms.
	Patience      time.Duration
	LongRequests  int           // running at once on a connection, apart from those on its reader; default 2,048
	Heavy         int           // those of all connections that may take much memory, at once; more wait their turn; default 2,048
	Turn          time.Duration // how long they wait at most; default 2 s
	StartupWithin time.Duration // from accept to STARTUP; default 1 min: a driver that starts on a busy machine takes its time
	FrameWithin   time.Duration // silence in the middle of a request; default 30 s
	WriteWithin   time.Duration // for a client to take a response; default 30 s
	// Strained says whether the process has no memory left to begin anything with; it is asked before each request. nil: it never is.
	Strained func() bool
}

// startupFrameBytes is the largest frame before STARTUP.
const startupFrameBytes = 64 << 10

// longBytes is what a long request holds beside its bytes: the stack of its goroutine, the beginning of its response.
const longBytes = 8 << 10

// pendingBytes is what a short request holds beside its bytes: its response, and its write until that is on the disk.
const pendingBytes = 1 << 10

// connectionShare is the part of InFlightBytes, one in so many, that the requests which run on one connection may hold: one whose requests wait
// for slow replicas leaves room for the others.
const connectionShare = 4

// connectionBytes bounds what the long requests of a connection hold together; a lone one may hold more.
func (l *Limits) connectionBytes() int64 {
	return min(int64(l.FrameBytes), l.InFlightBytes/connectionShare)
}

// within scales a bound of each connection with the bytes that all of them share.
func (l *Limits) within(share, least, most int64) int {
	return int(max(least, min(most, l.InFlightBytes/share)))
}

// pending is how many responses of a connection may wait for the disk.
func (l *Limits) pending() int { return l.within(64<<10, 64, 2048) }

// readBytes is how much a connection may keep in its read buffer without being charged for it, and keepBytes the largest buffer of responses
// that is kept for the next ones.
func (l *Limits) readBytes() int { return l.within(2048, 4<<10, 64<<10) }
func (l *Limits) keepBytes() int { return l.within(256, 16<<10, 1<<20) }

// flushBytes is how much the reader's responses may grow before they are written, though more requests have come.
func (l *Limits) flushBytes() int { return min(l.keepBytes(), 256<<10) }

func (l *Limits) setDefaults() {
	if l.Connections == 0 {
		l.Connections = 10_000
	}
	if l.FrameBytes == 0 {
		l.FrameBytes = 16 << 20
	}
	if l.InFlightBytes == 0 {
		l.InFlightBytes = 256 << 20
	}
	if l.AddressConnections == 0 {
		l.AddressConnections = l.Connections
	}
	if l.AddressBytes == 0 {
		l.AddressBytes = l.InFlightBytes
	}
	if l.Patience == 0 {
		l.Patience = 50 * time.Millisecond
	}
	if l.FrameWithin == 0 {
		l.FrameWithin = 30 * time.Second
	}
	if l.LongRequests == 0 {
		l.LongRequests = 2048
	}
	if l.Heavy == 0 {
		l.Heavy = 2048
	}
	if l.Turn == 0 {
		l.Turn = 2 * time.Second
	}
	if l.StartupWithin == 0 {
		l.StartupWithin = time.Minute
	}
	if l.WriteWithin == 0 {
		l.WriteWithin = 30 * time.Second
	}
}
