package transport

import (
	"sync/atomic"
	"time"
)

// Limits bound what clients may use. Zero fields take the defaults.
type Limits struct {
	Connections   int           // in total; default 10,000
	FrameBytes    int           // one request, and those that run at once on one connection; default 16 MiB
	InFlightBytes int64         // requests of all connections, half-read ones too; default 256 MiB
	LongRequests  int           // running at once on a connection, apart from those on its reader; default 128
	StartupWithin time.Duration // from accept to STARTUP; default 10 s
	FrameWithin   time.Duration // silence in the middle of a request; default 30 s
	WriteWithin   time.Duration // for a client to take a response; default 30 s
}

// startupFrameBytes is the largest frame before STARTUP.
const startupFrameBytes = 64 << 10

// pendingMax is how many responses of a connection may wait for the disk.
const pendingMax = 2048

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
	if l.FrameWithin == 0 {
		l.FrameWithin = 30 * time.Second
	}
	if l.LongRequests == 0 {
		l.LongRequests = 128
	}
	if l.StartupWithin == 0 {
		l.StartupWithin = 10 * time.Second
	}
	if l.WriteWithin == 0 {
		l.WriteWithin = 30 * time.Second
	}
}

// budget is a number of bytes that all connections share.
type budget struct {
	max  int64
	used atomic.Int64
}

// take is false when so much is not left; nothing is taken then.
func (b *budget) take(n int64) bool {
	if b.used.Add(n) > b.max {
		b.used.Add(-n)
		return false
	}
	return true
}

func (b *budget) give(n int64) { b.used.Add(-n) }
