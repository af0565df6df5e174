package lab

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"helenus/test/azurefile/fake"
)

// Account is the storage account's name.
const Account = "labaccount"

// Lab is a host and an account.
type Lab struct {
	// Service is the account's REST service; what it was asked can be looked at.
	Service *fake.Service

	dir     string
	network *network
	server  *server
	guest   *process
	rest    *http.Server
	served  chan error
}

// Start makes a lab. The guest sees the directories shared, writable, at the same paths.
func Start(shared ...string) (l *Lab, err error) {
	dir, err := os.MkdirTemp("", "helenus-lab-")
	if err != nil {
		return nil, err
	}
	l = &Lab{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Stop())
		}
	}()
	if l.network, err = newNetwork(); err != nil {
		return l, err
	}
	key := make([]byte, 64)
	if _, err := rand.Read(key); err != nil {
		return l, err
	}
	l.Service = &fake.Service{Account: Account, Key: key, Host: Account + ".file.core.windows.net"}
	if l.server, err = newServer(dir, l.network.host, Account, l.Service.KeyText()); err != nil {
		return l, err
	}
	l.Service.Made, l.Service.Deleted = l.server.make, l.server.remove
	if err := l.serve(); err != nil {
		return l, err
	}
	if err := l.prepare(shared); err != nil {
		return l, err
	}
	return l, l.Boot()
}

// serve starts the REST service.
func (l *Lab) serve() error {
	certificate, ca, err := fake.Certificate(l.Service.Host)
	if err != nil {
		return err
	}
	if err := os.WriteFile(l.file("ca.pem"), ca, 0o644); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(l.network.host, "443"))
	if err != nil {
		return err
	}
	l.rest = &http.Server{Handler: l.Service, TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}}, ErrorLog: log.New(os.Stderr, "rest: ", 0)}
	l.served = make(chan error, 1)
	go func() { l.served <- l.rest.ServeTLS(listener, "", "") }()
	return nil
}

func (l *Lab) file(name string) string { return filepath.Join(l.dir, name) }

// Address is the guest's.
func (l *Lab) Address() string { return l.network.guest }

// Key is the account's, as people are given it.
func (l *Lab) Key() string { return l.Service.KeyText() }

// Share is where a share's files are, seen from the server.
func (l *Lab) Share(name string) string { return filepath.Join(l.server.shares, name) }

// Cut drops all packets between guest and account, Heal lets them pass again.
func (l *Lab) Cut() error { return l.network.wall(true) }

// Heal ends a cut.
func (l *Lab) Heal() error { return l.network.wall(false) }

// StopServer ends the SMB server at once, StartServer starts it again.
func (l *Lab) StopServer() error { return l.server.stop() }

// StartServer starts the SMB server.
func (l *Lab) StartServer() error { return l.server.start() }

// Stop ends everything and removes it.
func (l *Lab) Stop() error {
	var errs []error
	if l.guest != nil {
		errs = append(errs, l.Crash())
	}
	if l.rest != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		if l.rest.Shutdown(ctx) != nil {
			errs = append(errs, l.rest.Close()) // the guest's connections have nobody at their other end
		}
		cancel()
		if err := <-l.served; !errors.Is(err, http.ErrServerClosed) {
			errs = append(errs, err)
		}
	}
	if l.server != nil && l.server.smbd != nil {
		errs = append(errs, l.server.stop())
	}
	if l.network != nil {
		errs = append(errs, l.network.remove())
	}
	return errors.Join(append(errs, os.RemoveAll(l.dir))...)
}
