package transport

import (
	"context"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/platform"
)

// Bounds of checking passwords, which takes some 50 ms of processor each.
const (
	loginsWaiting     = 256 // in all, and
	loginsWaitingEach = 32  // from one address; more are refused at once
	// failuresFree are the failures in a row after which an address waits before each further try: failureWait, doubled with each failure up to
	// failureWaitMax. What an address did is forgotten after failuresFor.
	failuresFree   = 5
	failureWait    = 100 * time.Millisecond
	failureWaitMax = 3 * time.Second
	failuresFor    = time.Minute
	originsMax     = 10_000 // addresses that are remembered
)

// Logins has passwords checked and hashed a few at a time, and those who try many wrong ones wait.
type Logins struct {
	clock platform.Clock
	slots chan struct{} // holds one for each that runs

	mu      sync.Mutex
	waiting int                    // guarded by mu
	origins map[netip.Addr]*origin // guarded by mu
}

// origin is where logins come from.
type origin struct {
	waiting  int
	failures int
	last     time.Time
}

// NewLogins returns one that half of the processors may be busy with.
func NewLogins(clock platform.Clock) *Logins {
	return &Logins{clock: clock, slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)), origins: map[netip.Addr]*origin{}}
}

var errLogins = cassandra.Overloadedf("Too many logins wait for their passwords to be checked")

// Do runs f when its turn comes. An error of f's that refuses credentials has later tries from the address wait.
func (l *Logins) Do(ctx context.Context, from netip.Addr, f func() error) error {
	from = from.Unmap()
	wait, err := l.enter(from)
	if err != nil {
		return err
	}
	defer l.leave(from)
	if wait > 0 {
		over := make(chan struct{})
		timer := l.clock.AfterFunc(wait, func() { close(over) })
		select {
		case <-over:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
	select {
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l.slots }()
	err = f()
	l.learn(from, err)
	return err
}

// enter joins the queue and returns how long to wait first.
func (l *Logins) enter(from netip.Addr) (wait time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.origins[from]
	if o == nil {
		l.forget()
		o = &origin{}
		l.origins[from] = o
	}
	if l.waiting >= loginsWaiting || o.waiting >= loginsWaitingEach {
		return 0, errLogins
	}
	l.waiting++
	o.waiting++
	if l.clock.Now().Sub(o.last) > failuresFor {
		o.failures = 0
	}
	if n := o.failures - failuresFree; n >= 0 {
		wait = min(failureWait<<min(n, 10), failureWaitMax)
	}
	return wait, nil
}

func (l *Logins) leave(from netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting--
	if o := l.origins[from]; o != nil {
		o.waiting--
	}
}

func (l *Logins) learn(from netip.Addr, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.origins[from]
	switch e, _ := err.(*cassandra.Error); {
	case o == nil:
	case err == nil:
		o.failures = 0
	case e != nil && e.Code == cassandra.CodeBadCredentials:
		o.failures++
		o.last = l.clock.Now()
	}
}

// forget makes room for another address; l.mu is held. Addresses with the fewest failures go first, those with waiting logins never.
func (l *Logins) forget() {
	if len(l.origins) < originsMax {
		return
	}
	now := l.clock.Now()
	for keep := 0; len(l.origins) >= originsMax; keep++ {
		for a, o := range l.origins {
			if o.waiting == 0 && (o.failures <= keep || now.Sub(o.last) > failuresFor) {
				delete(l.origins, a)
			}
		}
		if keep > failuresFree {
			return // all are being checked now: as many as may wait
		}
	}
}
