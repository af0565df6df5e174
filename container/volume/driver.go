package volume

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	protocol "github.com/docker/go-plugins-helpers/volume"

	"helenus/internal/platform"
)

// DriverOptions configure a Driver.
type DriverOptions struct {
	Account
	// Accounts are further ones, for volumes that name one.
	Accounts []Account
	// RemoveShares deletes a volume's share with the volume.
	RemoveShares bool
	Mountpoint   string // parent of the mounts
	Metadata     string // directory of the records
	References   string // directory of who uses what; it must go when mounts go
	Logger       *slog.Logger

	// For tests; nil and zero: the machine's, and the real times.
	kernel                                kernel
	lookup                                func(ctx context.Context, host string) ([]netip.Addr, error)
	mountWithin, mountAgain, finishWithin time.Duration
}

// Times of a mount.
const (
	mountWithin   = 60 * time.Second // of a Mount, all attempts together; the engine waits 120
	mountAgain    = time.Second      // from a failed attempt to the next
	unmountWithin = 20 * time.Second // after which a mount is taken down lazily; the engine waits 60
	lockWithin    = 20 * time.Second // for another call on the same volume
	finishWithin  = 10 * time.Second // for calls under way, when the driver ends; whoever ends it may kill it after 20
	closeWithin   = 5 * time.Second  // for what was given up then, and again for mounts that did not return in time
)

// Driver answers the engine's calls.
type Driver struct {
	home          *shares            // of the account of volumes that name none
	accounts      map[string]*shares // by name, home among them
	removeShares  bool
	mountpoint    string
	records       records
	references    references
	kernel        kernel
	kernelRelease string
	lookup        func(ctx context.Context, host string) ([]netip.Addr, error)
	log           *slog.Logger
	mountWithin   time.Duration
	mountAgain    time.Duration
	finishWithin  time.Duration
	ending        context.Context // ends when the driver is told to end
	end           context.CancelFunc
	calls         context.Context // ends when calls are given up
	giveUp        context.CancelFunc
	volumes       locks          // of each volume's Create, Mount, Unmount and Remove
	byShare       locks          // of shares that are made or deleted, taken inside a volume's
	late          sync.WaitGroup // mounts that did not return in time
}

var _ protocol.Driver = (*Driver)(nil)

// noLockWarning is said when such a volume is made and when it is mounted.
const noLockWarning = "nolock keeps locks inside one mount, so that two hosts can open the same files at once; nodes of Helenus guard their data by a lease, other programs may not"

// errEnding is of calls that the driver's end cuts off.
var errEnding = errors.New("the volume driver is ending; try again when it has been started")

// New makes a driver. It asks neither the service nor the kernel for anything.
func New(o DriverOptions) (*Driver, error) {
	accounts, err := openAccounts(o.Account, o.Accounts)
	if err != nil {
		return nil, err
	}
	r, err := openRecords(o.Metadata)
	if err != nil {
		return nil, err
	}
	d := &Driver{
		home: accounts[o.Account.Name], accounts: accounts, removeShares: o.RemoveShares, mountpoint: o.Mountpoint, records: r, references: references{o.References},
		kernel: o.kernel, kernelRelease: release(), lookup: o.lookup, log: o.Logger, mountWithin: o.mountWithin, mountAgain: o.mountAgain, finishWithin: o.finishWithin,
	}
	if d.kernel == nil {
		d.kernel = system{}
	}
	if d.lookup == nil {
		d.lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if d.mountWithin == 0 {
		d.mountWithin = mountWithin
	}
	if d.mountAgain == 0 {
		d.mountAgain = mountAgain
	}
	if d.finishWithin == 0 {
		d.finishWithin = finishWithin
	}
	d.ending, d.end = context.WithCancel(context.Background())
	d.calls, d.giveUp = context.WithCancel(context.Background())
	return d, nil
}

// Close gives up calls, which have ended where Serve has, and waits a while for mounts that came too late for their callers. It leaves volumes mounted: containers use them.
func (d *Driver) Close() {
	d.end()
	d.giveUp()
	ended := make(chan struct{})
	go func() {
		d.late.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(closeWithin):
		d.log.Warn("the kernel still has a mount under way; it may come into being after the driver's end")
	}
}

// call logs the end of a call. The engine asks for unknown volumes before it makes them, so that one is no error to a reader of the log.
func (d *Driver) call(operation, name string, began time.Time, err error) {
	log := d.log.With("name", name, "operation", operation)
	var impossible *nameError
	switch took := time.Since(began).Round(time.Millisecond); {
	case err == nil:
		log.Debug("done", "took", took)
	case operation == "get" && (errors.Is(err, fs.ErrNotExist) || errors.As(err, &impossible)):
		log.Debug(err.Error())
	default:
		log.Error(err.Error(), "took", took)
	}
}

// lockVolume takes a volume's lock.
func (d *Driver) lockVolume(name string) (func(), error) {
	ctx, cancel := context.WithTimeout(d.calls, lockWithin)
	defer cancel()
	release, err := d.volumes.take(ctx, name)
	if d.calls.Err() != nil && err != nil {
		return nil, errEnding
	}
	if err != nil {
		return nil, fmt.Errorf("volume %s is busy with another call for more than %s; does its server answer?", name, lockWithin)
	}
	return release, nil
}

// Create makes the share, unless it is there, and the record.
func (d *Driver) Create(r *protocol.CreateRequest) (err error) {
	defer func(began time.Time) { d.call("create", r.Name, began, err) }(time.Now())
	ctx, cancel := context.WithTimeout(d.calls, createWithin)
	defer cancel()
	o, account, err := parseOptions(r.Options)
	if err != nil {
		return err
	}
	s, err := d.accountOf(account)
	if err != nil {
		return err
	}
	if err := checkName(r.Name); err != nil {
		return err
	}
	release, err := d.lockVolume(r.Name)
	if err != nil {
		return err
	}
	defer release()
	before, err := d.records.get(r.Name)
	switch {
	case err == nil && before.Account == s.account.Name && before.Options == o:
		return nil
	case err == nil:
		return fmt.Errorf("volume %s is there already with other options: %s on account %s; asked for: %s on account %s", r.Name, before.Options, before.Account, o, s.account.Name)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if o.NoLock {
		d.log.Warn(noLockWarning, "name", r.Name, "operation", "create")
	}
	unlock, err := d.byShare.take(ctx, s.account.Name+"/"+o.Share)
	if err != nil {
		return fmt.Errorf("share %s is busy: %w", o.Share, err)
	}
	defer unlock()
	if err := s.create(ctx, o.Share, o.Quota); err != nil {
		return fmt.Errorf("error creating azure file share: %w", err)
	}
	if err := s.makeDirectories(ctx, o.Share, o.RemotePath); err != nil {
		return fmt.Errorf("error creating azure file share: %w", err)
	}
	return d.records.set(r.Name, Record{CreatedAt: time.Now().UTC(), Account: s.account.Name, Options: o})
}

// List returns all volumes.
func (d *Driver) List() (response *protocol.ListResponse, err error) {
	defer func(began time.Time) { d.call("list", "", began, err) }(time.Now())
	names, err := d.records.list()
	if err != nil {
		return nil, err
	}
	response = &protocol.ListResponse{Volumes: []*protocol.Volume{}}
	for _, name := range names {
		response.Volumes = append(response.Volumes, &protocol.Volume{Name: name, Mountpoint: d.path(name)})
	}
	return response, nil
}

// Get returns a volume with its options and users.
func (d *Driver) Get(r *protocol.GetRequest) (response *protocol.GetResponse, err error) {
	defer func(began time.Time) { d.call("get", r.Name, began, err) }(time.Now())
	record, err := d.records.get(r.Name)
	if err != nil {
		return nil, err
	}
	mounts, err := d.mounts(r.Name)
	if err != nil {
		return nil, err
	}
	u, _, err := d.references.get(r.Name)
	if err != nil {
		return nil, err
	}
	status := map[string]any{"share": record.Options.Share, "remotepath": record.Options.RemotePath, "account": record.Account, "options": record.Options.String(),
		"mounted": len(mounts) > 0, "references": len(u.IDs)}
	v := &protocol.Volume{Name: r.Name, Mountpoint: d.path(r.Name), Status: status}
	if !record.CreatedAt.IsZero() {
		v.CreatedAt = record.CreatedAt.Format(time.RFC3339)
	}
	return &protocol.GetResponse{Volume: v}, nil
}

// Path returns where a volume is, or would be, mounted.
func (d *Driver) Path(r *protocol.PathRequest) (*protocol.PathResponse, error) {
	return &protocol.PathResponse{Mountpoint: d.path(r.Name)}, nil
}

// Capabilities says that each host has volumes of its own.
func (d *Driver) Capabilities() *protocol.CapabilitiesResponse {
	return &protocol.CapabilitiesResponse{Capabilities: protocol.Capability{Scope: "local"}}
}

func (d *Driver) path(name string) string { return filepath.Join(d.mountpoint, name) }

// mounts are those at a volume's mount point, the lowest first.
func (d *Driver) mounts(name string) ([]platform.Mount, error) {
	all, err := d.kernel.Mounts()
	if err != nil {
		return nil, fmt.Errorf("cannot read the table of mounts: %w", err)
	}
	parent, err := filepath.EvalSymlinks(d.mountpoint) // /var/run is a link; the mounted directory itself is not touched
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var at []platform.Mount
	for _, m := range all {
		if m.Point == filepath.Join(parent, name) {
			at = append(at, m)
		}
	}
	return at, nil
}

// Remove deletes the record, and the share where the driver is to.
func (d *Driver) Remove(r *protocol.RemoveRequest) (err error) {
	defer func(began time.Time) { d.call("remove", r.Name, began, err) }(time.Now())
	ctx, cancel := context.WithTimeout(d.calls, removeWithin)
	defer cancel()
	if err := checkName(r.Name); err != nil {
		return fmt.Errorf("could not fetch metadata: %w", err)
	}
	release, err := d.lockVolume(r.Name)
	if err != nil {
		return err
	}
	defer release()
	record, err := d.records.get(r.Name)
	if err != nil {
		return err
	}
	if err := d.unused(r.Name); err != nil {
		return err
	}
	if d.removeShares {
		if err := d.removeShare(ctx, r.Name, record); err != nil {
			return err
		}
	}
	if err := d.records.remove(r.Name); err != nil {
		return err
	}
	return d.references.forget(r.Name)
}

// unused takes down a mount that nobody uses, and refuses where somebody does.
func (d *Driver) unused(name string) error {
	mounts, err := d.mounts(name)
	if err != nil || len(mounts) == 0 {
		return err
	}
	u, _, err := d.references.get(name)
	if err != nil {
		return err
	}
	if len(u.IDs) > 0 {
		return fmt.Errorf("volume %s is mounted and in use by %d of this host's containers; stop them first. If there are none any more: umount %s", name, len(u.IDs), d.path(name))
	}
	for range mounts {
		if err := d.unmount(name); err != nil {
			return err
		}
	}
	return d.removeMountpoint(name)
}

// removeShare deletes a volume's share, unless another volume stands for it, too.
func (d *Driver) removeShare(ctx context.Context, name string, record Record) error {
	s := d.accounts[record.Account]
	if s == nil {
		return fmt.Errorf("volume hosted on a different account ('%s') cannot remove its share", record.Account)
	}
	unlock, err := d.byShare.take(ctx, record.Account+"/"+record.Options.Share)
	if err != nil {
		return fmt.Errorf("share %s is busy: %w", record.Options.Share, err)
	}
	defer unlock()
	others, err := d.records.sharing(name, record)
	if err != nil {
		return err
	}
	if len(others) > 0 {
		return fmt.Errorf("error removing azure file share %q: other volumes are on it, too: %s; remove them first, or start the driver without --remove-shares", record.Options.Share, strings.Join(others, ", "))
	}
	if err := s.remove(ctx, record.Options.Share); err != nil {
		return fmt.Errorf("error removing azure file share %q: %w", record.Options.Share, err)
	}
	return nil
}

// removeMountpoint removes the directory that a volume was mounted at; never anything in it.
func (d *Driver) removeMountpoint(name string) error {
	if err := os.Remove(d.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("error removing mountpoint: %w", err)
	}
	return nil
}
