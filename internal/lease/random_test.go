package lease

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var seeds = flag.Int("seeds", 30, "how many random histories TestOneWriter runs")

// TestOneWriter has several hosts take, lose and give back the lease of one directory, with slow and cut connections, killed processes and clocks that run at different speeds.
// Whoever has the lease may write; once another has it, no more.
func TestOneWriter(t *testing.T) {
	for seed := range uint64(*seeds) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { oneWriter(t, seed) })
		})
	}
}

// history is who has the lease.
type history struct {
	mu    sync.Mutex
	terms int // leases taken so far
}

func (h *history) taken() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.terms++
	return h.terms
}

func (h *history) latest() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.terms
}

func oneWriter(t *testing.T, seed uint64) {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 1))
	intN := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		return random.IntN(n)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	s, h := newShare(), &history{}
	var hosts sync.WaitGroup
	for _, name := range []string{"a", "b", "c"} {
		p := &host{share: s, name: name}
		p.delay = func() {
			switch intN(20) {
			case 0:
				time.Sleep(time.Duration(intN(15000)) * time.Millisecond)
			case 1, 2, 3:
				time.Sleep(time.Duration(intN(300)) * time.Millisecond)
			}
		}
		o := p.options(t)
		o.Runtime = skewed{speed: 0.9 + float64(intN(20))/100}
		hosts.Go(func() {
			for ctx.Err() == nil {
				p.live(ctx, t, o, h, intN)
				p.setCut(false)
				time.Sleep(time.Duration(intN(60)) * time.Second)
			}
		})
	}
	hosts.Wait()
	if h.latest() < 5 {
		t.Errorf("the lease was taken %d times in an hour", h.latest())
	}
}

// live is a process from its start to its end: it waits for the lease, writes, is cut off for a while perhaps, and ends or is killed.
func (p *host) live(ctx context.Context, t *testing.T, o Options, h *history, intN func(int) int) {
	o.Wait = time.Duration(intN(100)) * time.Second
	ended, end := context.WithCancel(ctx)
	defer end()
	o.OnLost = func(error) { end() }
	l, err := Take(ctx, o)
	if err != nil {
		var held *HeldError
		var lost *LostError
		if !errors.As(err, &held) && !errors.As(err, &lost) && !errors.Is(err, errCut) && ctx.Err() == nil {
			t.Error(err)
		}
		return
	}
	term := h.taken()
	defer l.renewals.Stop()
	if intN(2) == 0 {
		time.AfterFunc(time.Duration(intN(60))*time.Second, func() { p.setCut(true) })
		time.AfterFunc(time.Duration(60+intN(60))*time.Second, func() { p.setCut(false) })
	}
	writing := make(chan struct{})
	go func() {
		defer close(writing)
		for ended.Err() == nil {
			if l.Check() != nil {
				return
			}
			if latest := h.latest(); latest != term {
				t.Errorf("%s may write in term %d, and the latest is %d", p.name, term, latest)
				end()
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	select {
	case <-ended.Done():
	case <-time.After(time.Duration(intN(300)) * time.Second):
		end()
	}
	if intN(2) == 0 {
		p.setCut(false)
		if err := l.Release(); err != nil && !errors.Is(err, errCut) {
			t.Error(err)
		}
	} else {
		l.renewals.Stop()
		l.deny(&LostError{Why: "killed"})
	}
	<-writing
}
