package lease

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"helenus/internal/platform"
)

// TestSecondHost is refused while the first lives, soon and with the reason; it takes over at once what was given back.
func TestSecondHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShare()
		a, b := &host{share: s, name: "a"}, &host{share: s, name: "b"}
		first, took := take(t, a.options(t))
		if took != 0 {
			t.Errorf("a directory without a lease: %s", took)
		}
		first.Describe("node 1 at 10.0.0.1")
		time.Sleep(time.Minute)
		held, took := refused(t, b.options(t))
		for _, says := range []string{"data directory data is in use by process ", " on host a (node 1 at 10.0.0.1), whose lease was seen to change 0s ago; stop that one", "has not changed for 30s it is taken"} {
			if !strings.Contains(held.Error(), says) {
				t.Errorf("%s\nsays no %q", held, says)
			}
		}
		if took > 2*every {
			t.Errorf("refused after %s", took)
		}
		o := b.options(t)
		o.Wait = time.Minute
		if held, took = refused(t, o); took < time.Minute || took > time.Minute+every || !strings.Contains(held.Error(), "; it still was after 1m0s") {
			t.Errorf("after %s: %v", took, held)
		}
		if names := s.names(); !slices.Equal(names, []string{"helenus-lease", "helenus-lease-1"}) {
			t.Errorf("who was refused leaves %q", names)
		}
		// It waits, and the first ends meanwhile.
		time.AfterFunc(10*time.Second, func() {
			if err := first.Release(); err != nil {
				t.Error(err)
			}
		})
		second, took := take(t, o)
		if took < 10*time.Second || took > 10*time.Second+every {
			t.Errorf("taken over after %s", took)
		}
		if err := first.Check(); err == nil || !strings.Contains(err.Error(), "it was given back") {
			t.Errorf("a write after the end: %v", err)
		}
		if err := second.Check(); err != nil {
			t.Error(err)
		}
		if r := decode(s.get("helenus-lease-2")); r == nil || r.Host != "b" || r.Node != "node 1 at 10.0.0.1" || len(s.names()) != 2 {
			t.Errorf("%+v, %q", r, s.names())
		}
	})
}

// TestDead tells when a holder that has gave nothing back is known to have ended, and when only its silence says so.
func TestDead(t *testing.T) {
	for _, c := range []struct {
		name          string
		first, second func(*Options)
		waits         bool
	}{
		{"another host", nil, func(o *Options) { o.Boot = "another" }, true},
		{"the same host, started again", nil, func(o *Options) { o.Boot = "another" }, true},
		{"the same host", nil, nil, false},
		{"the same host, another mount", nil, func(o *Options) { o.Device = 8 }, true},
		{"hosts that are not known", func(o *Options) { o.Boot = "" }, func(o *Options) { o.Boot = "" }, true},
		{"mounts that are not known", func(o *Options) { o.Device = 0 }, func(o *Options) { o.Device = 0 }, true},
		{"another host, and both have locks that reach", func(o *Options) { o.LocksReach = true }, func(o *Options) { o.Boot, o.LocksReach = "another", true }, false},
		{"another host, and only the dead one's lock reaches", func(o *Options) { o.LocksReach = true }, func(o *Options) { o.Boot = "another" }, true},
		{"another host, and only the new one's lock reaches", nil, func(o *Options) { o.Boot, o.LocksReach = "another", true }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &host{share: newShare(), name: "a"}
				o := h.options(t)
				if c.first != nil {
					c.first(&o)
				}
				first, _ := take(t, o)
				first.renewals.Stop() // kill -9
				o = h.options(t)
				if c.second != nil {
					c.second(&o)
				}
				_, took := take(t, o)
				if c.waits && (took < silent || took > silent+every) || !c.waits && took != 0 {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

// TestDamagedLease waits for the silence of one that can't be read, as its holder's host leaves it when it stops in the middle.
func TestDamagedLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShare()
		s.put("helenus-lease-9", nil)
		s.put("helenus-lease", []byte("half a rec"))
		s.put("helenus-lease-x", []byte("no lease"))
		s.put("helenus-lease-007", []byte("no lease"))
		l, took := take(t, (&host{share: s, name: "a"}).options(t))
		if took < silent || took > silent+every || l.file.record.Number != 10 {
			t.Errorf("lease %d after %s", l.file.record.Number, took)
		}
	})
}

// TestCutOff guards that a holder whose server is away does not write after its time, and goes on when nobody came meanwhile.
func TestCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &host{share: newShare(), name: "a"}
		l, _ := take(t, h.options(t))
		time.Sleep(time.Minute)
		h.setCut(true)
		time.Sleep(valid - every - time.Millisecond)
		if !l.isValid() {
			t.Fatal("its time is over too soon")
		}
		time.Sleep(2 * every)
		if l.isValid() {
			t.Fatal("it may still write")
		}
		began := time.Now()
		written := make(chan error, 3)
		for range cap(written) {
			go func() { written <- l.Check() }()
		}
		synctest.Wait()
		time.Sleep(5 * time.Minute)
		h.setCut(false)
		for range cap(written) {
			if err := <-written; err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(began); took < 5*time.Minute || took > 5*time.Minute+every {
			t.Errorf("writes went on after %s", took)
		}
	})
}

// TestTaken guards that a holder that was cut off and has lost its lease meanwhile changes nothing any more, and is told who has it.
func TestTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShare()
		a, b := &host{share: s, name: "a"}, &host{share: s, name: "b"}
		lost := make(chan error, 2)
		o := a.options(t)
		o.OnLost = func(err error) { lost <- err }
		first, _ := take(t, o)
		a.setCut(true)
		waiting := make(chan error, 1)
		time.AfterFunc(valid+time.Second, func() { waiting <- first.Check() })
		second, took := take(t, b.options(t))
		if took < silent || took > silent+2*every {
			t.Errorf("taken after %s", took)
		}
		if err := second.Check(); err != nil {
			t.Error(err)
		}
		before := s.get("helenus-lease-2")
		a.setCut(false)
		began := time.Now()
		err := <-lost
		var is *LostError
		if !errors.As(err, &is) || !strings.Contains(err.Error(), "on host b has taken it (lease 2 after 1); nothing is written any more") && !strings.Contains(err.Error(), "its file is gone") {
			t.Error(err)
		}
		if took := time.Since(began); took > every {
			t.Errorf("noticed after %s", took)
		}
		for _, err := range []error{<-waiting, first.Check()} {
			if !errors.As(err, &is) {
				t.Errorf("a write: %v", err)
			}
		}
		if err := first.Release(); err != nil {
			t.Error(err)
		}
		time.Sleep(10 * time.Minute)
		if len(lost) > 0 || second.Check() != nil || string(s.get("helenus-lease-2")) == string(before) {
			t.Errorf("the second: %v", second.Check())
		}
	})
}

// TestLocksReach guards that a process whose lock was lost to another host's notices, too.
func TestLocksReach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShare()
		a, b := (&host{share: s, name: "a"}).options(t), (&host{share: s, name: "b"}).options(t)
		a.LocksReach, b.LocksReach = true, true
		lost := make(chan error, 1)
		a.OnLost = func(err error) { lost <- err }
		take(t, a)
		_, took := take(t, b)
		if took != 0 {
			t.Errorf("it took %s", took)
		}
		began := time.Now()
		<-lost
		if took := time.Since(began); took > every {
			t.Errorf("noticed after %s", took)
		}
	})
}

// TestCopy guards that a copy of a process, with all that it has in memory, is noticed; so are files that somebody has changed or deleted.
func TestCopy(t *testing.T) {
	for name, change := range map[string]func(s *share, l *Lease){
		"a copy": func(s *share, l *Lease) {
			l.renewals.Stop()
			c := &Lease{options: l.options, path: l.path, file: l.file}
			if err := c.renew(); err != nil {
				panic(err)
			}
			l.begin()
		},
		"changed": func(s *share, _ *Lease) { s.put("helenus-lease-1", []byte("x")) },
		"deleted": func(s *share, _ *Lease) {
			s.mu.Lock()
			defer s.mu.Unlock()
			clear(s.files)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newShare()
				o := (&host{share: s, name: "a"}).options(t)
				lost := make(chan error, 1)
				o.OnLost = func(err error) { lost <- err }
				l, _ := take(t, o)
				t.Cleanup(func() { l.renewals.Stop() })
				change(s, l)
				var is *LostError
				if err := <-lost; !errors.As(err, &is) {
					t.Error(err)
				}
				if l.Check() == nil {
					t.Error("it may write")
				}
			})
		})
	}
}

// TestDamagedAnnouncement is made again by the holder, before its time is over.
func TestDamagedAnnouncement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShare()
		l, _ := take(t, (&host{share: s, name: "a"}).options(t))
		s.put(FileName, []byte("torn"))
		for range 60 {
			time.Sleep(time.Second)
			if !l.isValid() {
				t.Fatal("writes have to wait")
			}
		}
		if r := decode(s.get(FileName)); r == nil || r.Number != 1 {
			t.Errorf("%+v", r)
		}
	})
}

// TestGivenUp guards that a newcomer that is told to end while it waits does so, and that a process which gave up taking a lease doesn't pass for one that had it.
func TestGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShare()
		a, b := &host{share: s, name: "a"}, &host{share: s, name: "b"}
		first, _ := take(t, a.options(t))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		o := b.options(t)
		o.Wait = time.Hour
		if _, err := Take(ctx, o); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		first.renewals.Stop()
		o.setDefaults()
		l, err := (&taking{Options: o, sight: sight{number: 1}}).next(nil, false)
		if err == nil {
			err = errors.Join(l.create(), l.announce()) // killed before it was sure of the one before
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, took := take(t, o); took < silent {
			t.Errorf("it took %s", took)
		}
	})
}

// skewed has a clock that runs at another speed.
type skewed struct {
	platform.System
	speed float64
}

func (s skewed) Monotonic() time.Duration {
	return time.Duration(float64(s.System.Monotonic()) * s.speed)
}

func (s skewed) AfterFunc(d time.Duration, f func()) platform.Timer {
	return s.System.AfterFunc(time.Duration(float64(d)/s.speed), f)
}

// TestRecord guards the form of the file: one size, whatever is in it.
func TestRecord(t *testing.T) {
	for _, r := range []record{{Number: 1, Incarnation: "i"}, {Number: 1 << 63, Incarnation: "i", Host: strings.Repeat("é", 500), Node: strings.Repeat("\"", 500), Boot: strings.Repeat("b", 500), Renewal: 1 << 63, Released: true}} {
		raw, err := r.encode()
		if err != nil || len(raw) != recordBytes {
			t.Fatalf("%d bytes, %v", len(raw), err)
		}
		back := decode(raw)
		if back == nil || back.Number != r.Number || back.Renewal != r.Renewal || back.Released != r.Released || !strings.HasPrefix(r.Host, back.Host) {
			t.Errorf("%+v", back)
		}
		if decode(raw[:len(raw)-1]) != nil {
			t.Error("a part is taken for the whole")
		}
	}
	if who := (*record)(nil).holder(); who != "somebody who is not known" {
		t.Error(who)
	}
}

// FuzzDecode guards that no file makes a node fail in reading it.
func FuzzDecode(f *testing.F) {
	raw, err := (&record{Number: 3, Incarnation: "i", Host: "h"}).encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(append([]byte(`{"number":-1}`), raw[13:]...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if r := decode(raw); r != nil {
			if _, err := r.encode(); err != nil && !strings.Contains(err.Error(), fmt.Sprint(recordBytes)) {
				t.Error(err)
			}
		}
	})
}
