package transport

import "time"

// Limits bound what clients may use. Zero fields take the defaults.
type Limits struct {
	Connections   int           // in total; default 10,000
	FrameBytes    int           // one request; default 16 MiB
	LongRequests  int           // running at once on a connection, apart from those on its reader; default 128
	StartupWithin time.Duration // from accept to STARTUP; default 10 s
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
