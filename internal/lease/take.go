package lease

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"syscall"
	"time"

	"helenus/internal/platform"
)

// Files are what leases are kept in.
type Files interface {
	List(dir string) ([]string, error)
	Read(path string, max int) ([]byte, error)
	// Read returns the beginning of a file as it is now, whatever this machine remembers of it.
	// Create makes a file that is not there, else the error is fs.ErrExist; Overwrite writes over one that is. Both sync.
	Create(path string, content []byte) error
	Overwrite(path string, content []byte) error
	Remove(path string) error
}

// Options configure a lease.
type Options struct {
	Dir     string
	Runtime platform.Runtime
	// LocksReach says that the directory's lock, which whoever takes the lease has, keeps out processes of other hosts as well.
	LocksReach bool
	// Host is this machine's name; Boot and Device are of platform.BootID and platform.DeviceOf, empty and 0 where they are unknown.
	Host   string
	Boot   string
	Device uint64
	// Wait is how long to wait for a holder that lives.
	Wait time.Duration
	// Every is the time between renewals, Valid how long one is good for, Silent how long a lease has to stay the same before its holder is taken for dead. Zero: the
	// real times.
	Every, Valid, Silent time.Duration
	Files                Files     // nil: the machine's
	Random               io.Reader // nil: crypto/rand
	Logger               *slog.Logger
	// OnLost is told, once, that another process has the lease: this one must end. It must not wait for Release.
	OnLost func(error)
}

// Times of a lease.
const (
	every  = 2 * time.Second
	valid  = 20 * time.Second // ten renewals may fail
	silent = 30 * time.Second // a third of it is for two clocks that run at different speeds, and for what is under way
)

// looksPerRenewal is how often a newcomer looks while a holder renews once.
const looksPerRenewal = 4

func (o *Options) setDefaults() {
	if o.Every == 0 {
		o.Every, o.Valid, o.Silent = every, valid, silent
	}
	if o.Files == nil {
		o.Files = platform.Files{}
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// HeldError says that another process has the lease of a directory.
type HeldError struct {
	Dir    string
	Holder string
	// Ago is how long ago its lease was seen to change.
	Ago time.Duration
	// Waited is how long it was waited for, Silent what would have been taken for its end.
	Waited, Silent time.Duration
}

func (e *HeldError) Error() string {
	waited := ""
	if e.Waited > 0 {
		waited = fmt.Sprintf("; it still was after %s", e.Waited)
	}
	return fmt.Sprintf("data directory %s is in use by %s, whose lease was seen to change %s ago%s; stop that one or choose another directory with --data. If it has ended, start this one again: "+
		"once the lease has not changed for %s it is taken", e.Dir, e.Holder, e.Ago.Round(100*time.Millisecond), waited, e.Silent)
}

// taking is one call of Take.
type taking struct {
	Options
	began time.Duration
	sight sight
	said  bool
}

// Take takes the lease of a directory, whose lock the caller has. It waits until the lease's holder has ended, as far as that can be told, or Wait is over while it
// lives, which is a HeldError. The directory must be there.
func Take(ctx context.Context, o Options) (*Lease, error) {
	o.setDefaults()
	t := &taking{Options: o, began: o.Runtime.Monotonic()}
	for {
		l, err := t.step(ctx)
		if l != nil || err != nil {
			return l, err
		}
		if err := platform.Sleep(ctx, o.Runtime, o.Every/looksPerRenewal); err != nil {
			return nil, fmt.Errorf("wait for the lease of %s: %w", o.Dir, err)
		}
	}
}

// step looks once; without a lease and an error it has to be looked again.
func (t *taking) step(ctx context.Context) (*Lease, error) {
	asked := t.Runtime.Monotonic()
	number, raw, err := latest(t.Files, t.Dir)
	if isMissing(err) {
		return nil, nil // its successor has deleted it since
	}
	if err != nil {
		return nil, fmt.Errorf("look for the lease of %s: %w", t.Dir, err)
	}
	now := t.Runtime.Monotonic()
	t.sight.look(number, raw, now)
	before := decode(raw)
	certain := number == 0 || t.ended(before)
	switch waited := now - t.began; {
	case certain, t.sight.silent(asked) >= t.Silent:
		l, err := t.claim(ctx, before, certain)
		if errors.Is(err, fs.ErrExist) {
			return nil, nil // another newcomer was first
		}
		return l, err
	case t.sight.changed && waited >= t.Wait && t.sight.silent(now) <= 2*t.Every: // it lives
		return nil, t.held(before, now)
	case !t.said:
		t.said = true
		t.Logger.Info(fmt.Sprintf("the lease of data directory %s is held by %s: waiting until it is given back, or has not changed for %s", t.Dir, before.holder(), t.Silent))
	}
	return nil, nil
}

func (t *taking) held(by *record, now time.Duration) error {
	waited := now - t.began
	if t.Wait == 0 {
		waited = 0
	}
	return &HeldError{t.Dir, by.holder(), t.sight.silent(now), waited.Round(time.Second), t.Silent}
}

// claim makes the lease after the one that was seen. fs.ErrExist: another newcomer was first. Once it is announced its file stays, whatever happens: the holder before, if it lives,
// ends for its sake.
func (t *taking) claim(ctx context.Context, before *record, certain bool) (*Lease, error) {
	l, err := t.next(before, certain)
	if err != nil {
		return nil, err
	}
	began := t.Runtime.Monotonic()
	if err := l.create(); err != nil {
		return nil, err
	}
	if err := l.first(); err != nil {
		return nil, errors.Join(err, l.remove(l.file.record.Number))
	}
	if err := errors.Join(l.announce(), l.alone()); err != nil {
		return nil, err
	}
	l.until.Store(int64(began + t.Valid))
	if !certain {
		if err := t.watchOn(ctx, l); err != nil {
			return nil, err
		}
	}
	t.tell(before, certain)
	l.begin()
	return l, nil
}

// next is the lease that is to be made.
func (t *taking) next(before *record, certain bool) (*Lease, error) {
	var random [16]byte
	if _, err := io.ReadFull(t.Random, random[:]); err != nil {
		return nil, fmt.Errorf("make a lease: %w", err)
	}
	number := t.sight.number + 1
	l := &Lease{options: t.Options, path: pathOf(t.Dir, number)}
	l.file.record = record{Number: number, Incarnation: hex.EncodeToString(random[:]), Host: t.Host, Process: os.Getpid(), Boot: t.Boot, Device: t.Device, LocksReach: t.LocksReach, Settled: certain}
	if before != nil {
		l.file.record.Node = before.Node
	}
	return l, nil
}

// watchOn looks at the lease before this one again (L2): if its holder has come back, it sees this one at its next renewal and changes nothing from then on.
func (t *taking) watchOn(ctx context.Context, l *Lease) error {
	path := pathOf(t.Dir, t.sight.number)
	for began := t.Runtime.Monotonic(); ; {
		asked := t.Runtime.Monotonic()
		raw, err := t.Files.Read(path, recordBytes)
		if isMissing(err) {
			return l.settle()
		}
		if err != nil {
			return fmt.Errorf("look at the lease of %s: %w", t.Dir, err)
		}
		now := t.Runtime.Monotonic()
		t.sight.look(t.sight.number, raw, now)
		before := decode(raw)
		switch {
		case before != nil && before.Released, t.sight.silent(asked) >= t.Silent:
			return l.settle()
		case now-began > 2*t.Silent:
			return t.held(before, now)
		}
		if err := platform.Sleep(ctx, t.Runtime, t.Every/looksPerRenewal); err != nil {
			return fmt.Errorf("wait for the lease of %s: %w", t.Dir, err)
		}
		if err := l.renew(); err != nil {
			return err
		}
	}
}

// tell logs whose lease was taken.
func (t *taking) tell(before *record, certain bool) {
	switch {
	case t.sight.number == 0 || before != nil && before.Released:
	case certain:
		t.Logger.Info("the lease of the data directory was not given back; its holder has ended", "directory", t.Dir, "holder", before.holder())
	default:
		t.Logger.Warn("the lease of the data directory has not changed for a while; it is taken", "directory", t.Dir, "holder", before.holder(), "for", t.Silent)
	}
}

// isMissing says whether a file is not there, or was deleted by another host.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESTALE)
}

// Standing says who has the lease of a directory, empty where nobody has: there is none, or it was given back.
func Standing(dir string) (holder string, err error) {
	number, raw, err := latest(platform.Files{}, dir)
	if err != nil || number == 0 {
		return "", err
	}
	r := decode(raw)
	if r != nil && r.Released {
		return "", nil
	}
	return r.holder(), nil
}
