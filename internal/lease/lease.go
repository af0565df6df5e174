package lease

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"helenus/internal/platform"
)

// Lease is held. Its methods are safe for concurrent use.
type Lease struct {
	options  Options
	path     string
	renewals *platform.Periodic
	until    atomic.Int64 // of Monotonic: how long the holder may write
	denied   atomic.Pointer[LostError]
	node     atomic.Pointer[string] // what Describe was told
	file     file

	mu      sync.Mutex
	waiters []platform.Gate // of writes; guarded by mu
}

// file is the lease's file. One task at a time has it: Take's, then that of renewals, then Release's.
type file struct {
	record  record
	last    []byte // what is in it
	tried   []byte // what is in it if the last renewal, which failed, has come that far
	damaged int    // renewals in a row that found announcements damaged
	failing bool   // the last renewal has failed
}

// LostError says that a process must not write its directory any more.
type LostError struct {
	Dir string
	Why string
}

func (e *LostError) Error() string {
	return fmt.Sprintf("the lease of data directory %s is lost: %s; nothing is written any more", e.Dir, e.Why)
}

// create makes the file.
func (l *Lease) create() (err error) {
	if l.file.last, err = l.file.record.encode(); err != nil {
		return err
	}
	err = l.options.Files.Create(l.path, l.file.last)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = fmt.Errorf("make the lease of %s: %w", l.options.Dir, err)
	}
	return err
}

// announce has the holder before, if it lives, learn of this lease at its next renewal. What a server says of a file's content is true now; what a kernel says of names in a
// directory may be what it remembers.
func (l *Lease) announce() error {
	path := filepath.Join(l.options.Dir, FileName)
	err := l.options.Files.Overwrite(path, l.file.last)
	if isMissing(err) {
		if err = l.options.Files.Create(path, l.file.last); errors.Is(err, fs.ErrExist) {
			err = l.options.Files.Overwrite(path, l.file.last)
		}
	}
	if err != nil {
		return fmt.Errorf("announce the lease of %s: %w", l.options.Dir, err)
	}
	return nil
}

// alone is a LostError where there is a lease with a higher number.
func (l *Lease) alone() error {
	newest, err := announced(l.options.Files, l.options.Dir)
	if err != nil {
		return fmt.Errorf("look at the lease of %s: %w", l.options.Dir, err)
	}
	if newest != nil && newest.Number > l.file.record.Number {
		return l.taken(newest.Number, newest)
	}
	return l.highest()
}

// first is fs.ErrExist where a lease with a higher number has come, and perhaps gone, since this process looked.
func (l *Lease) first() error {
	err := l.alone()
	if errors.Is(err, errDamaged) { // this one's announcement mends it
		err = l.highest()
	}
	var lost *LostError
	if errors.As(err, &lost) {
		return fs.ErrExist
	}
	return err
}

// highest is a LostError where the directory has a lease with a higher number.
func (l *Lease) highest() error {
	all, err := numbers(l.options.Files, l.options.Dir)
	if err != nil {
		return fmt.Errorf("look at the lease of %s: %w", l.options.Dir, err)
	}
	for _, n := range all {
		if n > l.file.record.Number {
			raw, err := l.options.Files.Read(pathOf(l.options.Dir, n), recordBytes)
			if err != nil && !isMissing(err) {
				return fmt.Errorf("look at the lease of %s: %w", l.options.Dir, err)
			}
			return l.taken(n, decode(raw))
		}
	}
	return nil
}

func (l *Lease) taken(number uint64, by *record) error {
	return &LostError{l.options.Dir, fmt.Sprintf("%s has taken it (lease %d after %d)", by.holder(), number, l.file.record.Number)}
}

// remove deletes a lease's file, if it is there.
func (l *Lease) remove(number uint64) error {
	if err := l.options.Files.Remove(pathOf(l.options.Dir, number)); !isMissing(err) {
		return err
	}
	return nil
}

// begin renews from now on, and deletes the leases before.
func (l *Lease) begin() {
	l.renewals = platform.Every(l.options.Runtime, l.options.Every, l.keep)
	all, err := numbers(l.options.Files, l.options.Dir)
	for _, n := range all {
		if n < l.file.record.Number {
			err = errors.Join(err, l.remove(n))
		}
	}
	if err != nil {
		l.options.Logger.Warn("an old lease can't be deleted; it does no harm", "error", err)
	}
}

// keep renews once.
func (l *Lease) keep() {
	if l.denied.Load() != nil {
		return
	}
	err := l.renew()
	var lost *LostError
	switch {
	case errors.As(err, &lost):
		l.denied.Store(lost)
		if l.options.OnLost != nil {
			l.options.OnLost(lost)
		}
		l.wake() // after that: it says why writes fail
	case err != nil && !l.file.failing:
		l.options.Logger.Warn("the lease of the data directory can't be renewed; writes wait when that lasts", "error", err, "last", l.options.Valid)
	case err == nil && l.file.failing:
		l.options.Logger.Info("the lease of the data directory is renewed again")
	}
	l.file.failing = err != nil
}

// renew writes the file, then looks for others (L2).
func (l *Lease) renew() error {
	l.file.record.Renewal++
	if node := l.node.Load(); node != nil {
		l.file.record.Node = *node
	}
	return l.write()
}

// settle renews as the one that may write: the holder before does not any more.
func (l *Lease) settle() error {
	l.file.record.Settled = true
	return l.write()
}

// write has the file hold the record, unless it is not this holder's any more.
func (l *Lease) write() error {
	began := l.options.Runtime.Monotonic()
	raw, err := l.options.Files.Read(l.path, recordBytes)
	switch {
	case isMissing(err):
		return l.gone()
	case err != nil:
		return err
	case !bytes.Equal(raw, l.file.last) && !bytes.Equal(raw, l.file.tried) && !l.torn(raw):
		return &LostError{l.options.Dir, "its file holds what this process has not written: a copy of it runs, or somebody has changed the file"}
	}
	next, err := l.file.record.encode()
	if err != nil {
		return err
	}
	l.file.tried = next
	if err := l.options.Files.Overwrite(l.path, next); isMissing(err) {
		return l.gone()
	} else if err != nil {
		return err
	}
	l.file.last, l.file.tried = next, nil
	if err := l.mended(l.alone()); err != nil {
		return err
	}
	l.until.Store(int64(began + l.options.Valid))
	l.wake()
	return nil
}

// damagedMax is how many renewals find announcements that can't be read before the holder makes its own again: nobody takes that long to write one.
const damagedMax = 5

// mended announces this lease again where what should announce one can't be read for long.
func (l *Lease) mended(err error) error {
	if !errors.Is(err, errDamaged) {
		l.file.damaged = 0
		return err
	}
	if l.file.damaged++; l.file.damaged < damagedMax {
		return err
	}
	if err := l.highest(); err != nil {
		return err
	}
	return errors.Join(l.announce(), l.alone())
}

// torn says whether a file is what is left of a write of this holder's that was cut off in the middle.
func (l *Lease) torn(raw []byte) bool {
	if l.file.tried == nil || len(raw) != recordBytes {
		return false
	}
	for i, b := range raw {
		if b != l.file.last[i] && b != l.file.tried[i] {
			return false
		}
	}
	return true
}

// gone is the loss of a lease whose file is not there.
func (l *Lease) gone() error {
	if err := l.alone(); err != nil {
		return err
	}
	return &LostError{l.options.Dir, "its file is gone"}
}

// deny ends the right to write for good.
func (l *Lease) deny(why *LostError) {
	l.denied.Store(why)
	l.wake()
}

// wake has writes that wait look again.
func (l *Lease) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, gate := range l.waiters {
		gate.Open()
	}
	l.waiters = nil
}

// Check returns when the holder may write: at once, or once the lease is renewed where it could not be for a while (L1). The error is a LostError.
func (l *Lease) Check() error {
	for {
		if denied := l.denied.Load(); denied != nil {
			return denied
		}
		if l.isValid() {
			return nil
		}
		gate := l.options.Runtime.NewGate()
		l.mu.Lock()
		if l.denied.Load() == nil && !l.isValid() {
			l.waiters = append(l.waiters, gate)
		} else {
			gate.Open()
		}
		l.mu.Unlock()
		_ = gate.Pass(context.Background()) // it has no error
	}
}

func (l *Lease) isValid() bool {
	return l.options.Runtime.Monotonic() < time.Duration(l.until.Load())
}

// Describe has those who are refused be told more of this holder, from the next renewal on.
func (l *Lease) Describe(node string) { l.node.Store(&node) }

// Release gives the lease back: the next one need not wait. Nothing must be written any more; what is fails.
func (l *Lease) Release() error {
	l.renewals.Stop()
	if l.denied.Load() != nil {
		return nil // it is another's
	}
	l.deny(&LostError{l.options.Dir, "it was given back"})
	l.file.record.Released = true
	err := l.write()
	var lost *LostError
	if err == nil || errors.As(err, &lost) {
		return nil
	}
	return fmt.Errorf("give back the lease of %s: %w", l.options.Dir, err)
}
