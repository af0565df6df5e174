package volume

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"

	"helenus/internal/platform"
)

// kernel is what mounts are made by; tests have one without a kernel.
type kernel interface {
	// Mount mounts a share by the CIFS client of the kernel. data are its options, with the key.
	Mount(source, target, data string) error
	// Unmount takes down the uppermost mount at a path; lazy: also while it is in use, which goes on.
	Unmount(target string, lazy bool) error
	// Mounts are all mounts that this process sees. It touches none of them.
	Mounts() ([]platform.Mount, error)
	// Answers returns an error where what is mounted at a path has none behind it any more.
	Answers(path string) error
}

// smbPort is where shares are served.
const smbPort = "445"

// source is what a volume's mount is of.
func source(a Account, o Options) string {
	return "//" + strings.Join(append([]string{a.Host(), o.Share}, remoteParts(o.RemotePath)...), "/")
}

// mountData are the kernel's options, in the order that the old driver gave them. Commas of a password are doubled for the kernel.
func mountData(a Account, o Options, address netip.Addr) string {
	var b strings.Builder
	fmt.Fprintf(&b, "vers=%s,username=%s,password=%s,file_mode=%s,dir_mode=%s,uid=%s,gid=%s", or(o.Vers, defaultVers), a.Name, strings.ReplaceAll(a.Key, ",", ",,"),
		or(o.FileMode, defaultMode), or(o.DirMode, defaultMode), or(o.UID, defaultID), or(o.GID, defaultID))
	if o.NoLock {
		b.WriteString(",nobrl") // what nolock was called before the kernel dropped that name
	}
	for _, option := range strings.Fields(o.MountOpts) {
		b.WriteString("," + option)
	}
	fmt.Fprintf(&b, ",ip=%s", address)
	return b.String()
}

// resolve finds the server's address, which mount(2) does not.
func (d *Driver) resolve(ctx context.Context, a Account) (netip.Addr, error) {
	all, err := d.lookup(ctx, a.Host())
	if err != nil {
		return netip.Addr{}, fmt.Errorf("could not resolve address for %s: %w; is the account's name right, and the domain that AZURE_STORAGE_BASE or --storage-base gives?", a.Host(), err)
	}
	if len(all) == 0 {
		return netip.Addr{}, fmt.Errorf("could not resolve address for %s", a.Host())
	}
	if i := slices.IndexFunc(all, func(a netip.Addr) bool { return a.Unmap().Is4() }); i >= 0 {
		return all[i].Unmap(), nil
	}
	return all[0], nil
}

// passes says whether a failed mount may succeed a little later: the server or the way to it is away.
func passes(err error) bool {
	return slices.ContainsFunc([]error{syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ENETDOWN, syscall.ETIMEDOUT, syscall.ECONNREFUSED, syscall.ECONNRESET,
		syscall.ECONNABORTED, syscall.EAGAIN, syscall.EINPROGRESS, syscall.EPIPE, syscall.ENOTCONN, syscall.EINTR}, func(one error) bool { return errors.Is(err, one) })
}

// explainMount says why a mount failed and what to do; it asks the service and tries the port to find out.
func (d *Driver) explainMount(ctx context.Context, s *shares, o Options, address netip.Addr, err error) error {
	var number syscall.Errno
	if !errors.As(err, &number) {
		return fmt.Errorf("mount failed: %s: %w", source(s.account, o), err)
	}
	why := ""
	switch {
	case number == syscall.ENODEV:
		why = fmt.Sprintf("this kernel (%s) has no CIFS: the module cifs was not found; on Ubuntu install linux-modules-extra-%[1]s, elsewhere the kernel's package of further modules", d.kernelRelease)
	case number == syscall.EPERM:
		why = "the driver may not mount: it must run as root, in a container with CAP_SYS_ADMIN"
	case number == syscall.EACCES, keyRefused(number):
		why = s.refusedWhy(ctx, o)
	case number == syscall.ENOENT, number == syscall.ENXIO:
		why = s.missingWhy(ctx, o)
	case number == syscall.EOPNOTSUPP:
		why = "the server does not speak the dialect of SMB that vers= asks for"
	case number == syscall.EINVAL:
		why = "the kernel refuses an option of the mount; dmesg says which"
	case passes(err):
		why = s.unreachableWhy(ctx, address)
	}
	if why != "" {
		why = "; " + why
	}
	return fmt.Errorf("mount failed: mount error(%d): %w: %s%s", int(number), err, source(s.account, o), why)
}

// refusedWhy asks the service whether it takes the key that SMB has refused.
func (s *shares) refusedWhy(ctx context.Context, o Options) string {
	_, err := s.exists(ctx, o.Share)
	var refused *serviceError
	switch {
	case err == nil:
		return "the service takes the key, so SMB itself is refused: does the account allow SMB 3.0 with its encryption (try -o vers=3.1.1), access by key, and this machine's network? " +
			"Kernels before 4.11 do not encrypt, which other regions and accounts with \"Secure transfer required\" ask for"
	case errors.As(err, &refused):
		return err.Error()
	}
	return "is the key right? The service could not be asked: " + err.Error()
}

// missingWhy finds out whether the share or a directory in it is missing.
func (s *shares) missingWhy(ctx context.Context, o Options) string {
	there, err := s.exists(ctx, o.Share)
	switch {
	case err != nil:
		return "the share or its directory is missing; the service could not be asked which: " + err.Error()
	case !there:
		return fmt.Sprintf("the share %s is not there any more; make it again (az storage share create), or remove the volume", o.Share)
	}
	return fmt.Sprintf("the share %s has no directory %s", o.Share, strings.Join(remoteParts(o.RemotePath), "/"))
}

// unreachableWhy tries the port.
func (s *shares) unreachableWhy(ctx context.Context, address netip.Addr) string {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	var dialer net.Dialer
	c, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(address.String(), smbPort))
	if err != nil {
		return fmt.Sprintf("port 445 of %s (%s) can't be reached: %v. Many providers and firewalls block it; it must be open for outgoing connections", s.account.Host(), address, rootOf(err))
	}
	_ = c.Close() // it was only tried
	return fmt.Sprintf("port 445 of %s is open, but the server does not answer as it should: SMB 3.0 with encryption from another region needs a kernel of 4.11 or newer", s.account.Host())
}
