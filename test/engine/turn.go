//go:build linux

package engine

import (
	"errors"
	"net"
	"syscall"
)

// take waits until no other process of this machine has the engine of that name. A socket without a file stands for it: it goes with its
// process, however that ends, and breaks the connections of those who wait.
func take(name string) (release func() error, err error) {
	address := "@helenus-test-engine:" + name
	for {
		l, err := net.Listen("unix", address)
		if err == nil {
			return l.Close, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return nil, err
		}
		c, err := net.Dial("unix", address)
		if err != nil {
			continue // it has just been given back
		}
		_, _ = c.Read(make([]byte, 1)) // nobody writes: it ends with the other side
		_ = c.Close()
	}
}
