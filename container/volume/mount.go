package volume

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	protocol "github.com/docker/go-plugins-helpers/volume"
)

// errLate is of a mount(2) that has not returned in time.
var errLate = errors.New("the kernel has not finished it in time")

// Mount mounts a volume, unless it is, and counts the caller among its users.
func (d *Driver) Mount(r *protocol.MountRequest) (response *protocol.MountResponse, err error) {
	defer func(began time.Time) { d.call("mount", r.Name, began, err) }(time.Now())
	if err := checkName(r.Name); err != nil {
		return nil, fmt.Errorf("could not fetch metadata: %w", err)
	}
	release, err := d.lockVolume(r.Name)
	if err != nil {
		return nil, err
	}
	m := &mounting{Driver: d, name: r.Name, release: release}
	defer func() { m.release() }()
	if err := m.mount(r.ID); err != nil {
		return nil, err
	}
	return &protocol.MountResponse{Mountpoint: d.path(r.Name)}, nil
}

// mounting is one call of Mount. It holds its volume's lock until release, which a late mount(2) takes over.
type mounting struct {
	*Driver
	name    string
	release func()
}

func (m *mounting) mount(id string) (err error) {
	path := m.path(m.name)
	if err := os.MkdirAll(m.mountpoint, 0o700); err != nil {
		return fmt.Errorf("could not create mount point: %w", err)
	}
	mounts, err := m.mounts(m.name)
	if err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); len(mounts) == 0 && err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("could not create mount point: %w", err)
	}
	mounted := len(mounts) > 0
	defer func() {
		if err != nil && !mounted && !errors.Is(err, errLate) {
			err = errors.Join(err, m.removeMountpoint(m.name))
		}
	}()
	record, err := m.records.get(m.name)
	if err != nil {
		return err
	}
	s := m.accounts[record.Account]
	if s == nil {
		return fmt.Errorf("volume hosted on a different account ('%s') cannot mount", record.Account)
	}
	if err := record.Options.check(); err != nil { // the file may have come from elsewhere
		return err
	}
	u, before, err := m.references.get(m.name)
	if err != nil {
		return err
	}
	if mounted {
		if err := m.kernel.Answers(path); err != nil {
			m.log.Warn("what is mounted has no server behind it any more; it is mounted anew", "name", m.name, "operation", "mount", "error", err)
			if err := m.kernel.Unmount(path, true); err != nil {
				return fmt.Errorf("mount failed: the dead mount before it can't be taken down: %w", err)
			}
			mounted = false
		}
	} else {
		u = users{} // whoever they were, their mount is gone
	}
	if !mounted {
		if err := m.attach(s, record.Options, before); err != nil {
			return err
		}
		mounted = true
	}
	if err := m.references.set(m.name, u.with(id)); err != nil {
		if len(u.IDs) == 0 && len(mounts) == 0 {
			if undo := m.unmount(m.name); undo == nil {
				mounted = false
			}
		}
		return err
	}
	return nil
}

// attach mounts a share. Where the volume was mounted before it goes on trying while the server is away: its container may have ended for that
// reason, and the engine does not start it a second time.
func (m *mounting) attach(s *shares, o Options, before bool) error {
	if o.NoLock || slices.Contains(strings.Fields(o.MountOpts), "nobrl") {
		m.log.Warn(noLockWarning, "name", m.name, "operation", "mount")
	}
	ctx, cancel := context.WithTimeout(m.calls, m.mountWithin)
	defer cancel()
	var last error // of the attempt before
	for attempt := 1; ; attempt++ {
		address, err := m.resolve(ctx, s.account)
		if err == nil {
			err = m.try(ctx, s.account, o, address)
		} else if !before || ctx.Err() != nil {
			return fmt.Errorf("mount failed: %w", err)
		}
		switch {
		case err == nil:
			if attempt > 1 {
				m.log.Info("mounted after the server was away", "name", m.name, "operation", "mount", "attempts", attempt)
			}
			return nil
		case errors.Is(err, errLate) && m.calls.Err() != nil:
			return fmt.Errorf("mount failed: %s: %w: %w", source(s.account, o), errLate, errEnding)
		case errors.Is(err, errLate):
			err = fmt.Errorf("mount failed: %s: %w (%s)", source(s.account, o), errLate, m.mountWithin)
			if last != nil { // says more than that the time was over
				err = fmt.Errorf("%w; %w", m.explained(s, o, address, last), err)
			}
			return err
		}
		last = err
		var number syscall.Errno
		if before && (!errors.As(err, &number) || passes(err)) {
			if attempt == 1 {
				m.log.Warn("the server does not answer; trying again", "name", m.name, "operation", "mount", "error", err, "for", m.mountWithin)
			}
			select {
			case <-ctx.Done():
			case <-m.ending.Done(): // nothing is under way but waiting
			case <-time.After(m.mountAgain):
				continue
			}
		}
		return m.explained(s, o, address, err)
	}
}

// explained asks the server what may be behind an error of mount(2), within a time of its own.
func (m *mounting) explained(s *shares, o Options, address netip.Addr, err error) error {
	ctx, cancel := context.WithTimeout(m.calls, askWithin)
	defer cancel()
	return m.explainMount(ctx, s, o, address, err)
}

// try calls mount(2) once. When that has not returned by the end of ctx, whoever waits is told so; the call goes on with the volume's lock, and
// is undone when it has come to an end.
func (m *mounting) try(ctx context.Context, a Account, o Options, address netip.Addr) error {
	source, target, data := source(a, o), m.path(m.name), mountData(a, o, address)
	done := make(chan error, 1)
	m.late.Go(func() {
		done <- m.kernel.Mount(source, target, data)
	})
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	release := m.release
	m.release = func() {}
	m.late.Go(func() {
		defer release()
		err := <-done
		if err == nil {
			err = m.unmount(m.name)
		}
		m.log.Warn("a mount came to an end too late for who asked for it", "name", m.name, "operation", "mount", "error", err)
		if err := m.removeMountpoint(m.name); err != nil {
			m.log.Warn(err.Error(), "name", m.name, "operation", "mount")
		}
	})
	return errLate
}

// Unmount takes a caller from a volume's users, and the mount down with the last one.
func (d *Driver) Unmount(r *protocol.UnmountRequest) (err error) {
	defer func(began time.Time) { d.call("unmount", r.Name, began, err) }(time.Now())
	if err := checkName(r.Name); err != nil {
		return err
	}
	release, err := d.lockVolume(r.Name)
	if err != nil {
		return err
	}
	defer release()
	mounts, err := d.mounts(r.Name)
	if err != nil {
		return err
	}
	u, before, err := d.references.get(r.Name)
	if err != nil {
		return err
	}
	left := u.without(r.ID)
	if len(mounts) == 0 {
		left = users{}
	}
	if before {
		if err := d.references.set(r.Name, left); err != nil {
			return err
		}
	}
	// Mounts that the old driver made lie one above the other, one for each user; each goes with its own.
	stranger := len(left.IDs) == len(u.IDs)
	switch {
	case len(mounts) == 0:
		return d.removeMountpoint(r.Name)
	case stranger && len(mounts) > 1:
		return d.unmount(r.Name)
	case len(left.IDs) > 0:
		return nil
	}
	if err := d.unmount(r.Name); err != nil {
		return err
	}
	if len(mounts) > 1 {
		return nil
	}
	return d.removeMountpoint(r.Name)
}

// unmount takes down the uppermost mount of a volume. Where the server is away and the kernel waits for it, the mount is taken out of sight, and
// goes when nobody uses it any more.
func (d *Driver) unmount(name string) error {
	path := d.path(name)
	done := make(chan error, 1)
	d.late.Go(func() { done <- d.kernel.Unmount(path, false) })
	var err error
	select {
	case err = <-done:
	case <-time.After(unmountWithin):
		d.log.Warn("unmounting takes long; the mount is taken out of sight", "name", name, "operation", "unmount")
		err = d.kernel.Unmount(path, true)
	}
	switch {
	case err == nil, errors.Is(err, syscall.EINVAL), errors.Is(err, fs.ErrNotExist): // not mounted any more
		return nil
	case errors.Is(err, syscall.EBUSY):
		return fmt.Errorf("unmount failed: %w: a process of this host has files or its directory in %s; the mount stays until the volume is unmounted or removed the next time", err, path)
	}
	return fmt.Errorf("unmount failed: %w", err)
}
