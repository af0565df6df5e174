//go:build linux

package userland

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"mvdan.cc/sh/v3/interp"
)

// connectWithin bounds a connection to /dev/tcp/HOST/PORT; a script's own timeout ends it sooner.
const connectWithin = 60 * time.Second

// descriptors are the files that a script opened under numbers from 3 on.
type descriptors struct {
	mu   sync.Mutex
	open map[string]*os.File // guarded by mu
}

// put takes a file over, in place of one that had the number.
func (d *descriptors) put(number string, f *os.File) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil {
		d.open = map[string]*os.File{}
	}
	if old := d.open[number]; old != nil {
		_ = old.Close()
	}
	d.open[number] = f
}

// drop closes a number; one that is not open is fine, as in bash.
func (d *descriptors) drop(number string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if old := d.open[number]; old != nil {
		_ = old.Close()
		delete(d.open, number)
	}
}

// get returns a copy of a descriptor, which the caller closes.
func (d *descriptors) get(number string) (*os.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.open[number]
	if f == nil {
		return nil, &os.PathError{Op: "open", Path: number, Err: syscall.EBADF}
	}
	return duplicate(f)
}

func (d *descriptors) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.open {
		_ = f.Close()
	}
	d.open = nil
}

func duplicate(f *os.File) (*os.File, error) {
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		return nil, &os.PathError{Op: "dup", Path: f.Name(), Err: err}
	}
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// descriptorPath is the name under which open finds a descriptor.
func descriptorPath(number string) string { return "\x00fd/" + number }

// open opens what a redirection names: a file, a connection, or a descriptor.
func (s *shell) open(ctx context.Context, path string, flag int, perm os.FileMode) (io.ReadWriteCloser, error) {
	hc := interp.HandlerCtx(ctx)
	if number, ok := strings.CutPrefix(path, descriptorPath("")); ok {
		return s.descriptors.get(number)
	}
	if f, ok := hc.Stdout.(*os.File); ok && path == "/dev/stdout" {
		return duplicate(f)
	}
	if f, ok := hc.Stderr.(*os.File); ok && path == "/dev/stderr" {
		return duplicate(f)
	}
	for _, network := range []string{"tcp", "udp"} {
		if rest, ok := strings.CutPrefix(path, "/dev/"+network+"/"); ok {
			if host, port, ok := strings.Cut(rest, "/"); ok {
				return dial(ctx, path, network, host, port)
			}
		}
	}
	c := Call{Dir: hc.Dir}
	return os.OpenFile(c.path(path), flag, perm)
}

// dial connects and returns the socket as a file, which children can inherit.
func dial(ctx context.Context, path, network, host, port string) (*os.File, error) {
	d := net.Dialer{Timeout: connectWithin}
	conn, err := d.DialContext(ctx, network, net.JoinHostPort(host, port))
	if err != nil {
		var no syscall.Errno
		if errors.As(err, &no) {
			err = no
		}
		return nil, &os.PathError{Op: "connect", Path: path, Err: err}
	}
	defer conn.Close()
	file, ok := conn.(interface{ File() (*os.File, error) })
	if !ok {
		return nil, &os.PathError{Op: "connect", Path: path, Err: syscall.ENOTSUP}
	}
	return file.File()
}

// openDescriptor opens a number: [N, operator, target].
func (s *shell) openDescriptor(ctx context.Context, c *Call, args []string) error {
	number, operator, target := args[0], args[1], args[2]
	var f *os.File
	var err error
	switch flags, opens := map[string]int{
		"<": os.O_RDONLY, ">": os.O_WRONLY | os.O_CREATE | os.O_TRUNC, ">>": os.O_WRONLY | os.O_CREATE | os.O_APPEND, "<>": os.O_RDWR | os.O_CREATE,
	}[operator]; {
	case target == "-":
		s.descriptors.drop(number)
		return nil
	case opens:
		var opened io.ReadWriteCloser
		if opened, err = s.open(ctx, target, flags, 0o666); err == nil {
			f = opened.(*os.File)
		}
	default: // >&1, <&0
		f, err = standard(c, target)
	}
	if err != nil {
		c.complain(err)
		return interp.ExitStatus(1)
	}
	s.descriptors.put(number, f)
	return nil
}

// standard returns a copy of a standard stream by number.
func standard(c *Call, number string) (*os.File, error) {
	stream := map[string]any{"0": c.In, "1": c.Out, "2": c.Err}[number]
	if f, ok := stream.(*os.File); ok {
		return duplicate(f)
	}
	return nil, &os.PathError{Op: "dup", Path: number, Err: syscall.EBADF}
}

// streams makes the call's streams the process's own, and says whether it could.
func streams(c *Call) bool {
	in, ok := c.In.(*os.File)
	if c.In == nil {
		var err error
		if in, err = os.Open(os.DevNull); err != nil {
			return false
		}
	} else if !ok {
		return false
	}
	out, outOK := c.Out.(*os.File)
	errs, errOK := c.Err.(*os.File)
	if !outOK || !errOK {
		return false
	}
	// Copies first: a stream may stand where another one goes.
	var copies [3]int
	for i, f := range []*os.File{in, out, errs} {
		fd, err := syscall.Dup(int(f.Fd()))
		if err != nil {
			return false
		}
		copies[i] = fd
	}
	for i, fd := range copies {
		if err := syscall.Dup3(fd, i, 0); err != nil {
			return false
		}
		_ = syscall.Close(fd)
	}
	return true
}
