package volume

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"

	protocol "github.com/docker/go-plugins-helpers/volume"
)

// referencesDir is where the users of volumes are kept; /run goes with the mounts.
const referencesDir = "/run/azurefile-dockervolumedriver"

// Main is the command: it serves until the process is told to end, and returns its exit status.
func Main(args []string, version string, out, errs io.Writer) int {
	if len(args) > 0 && args[0] == "install" {
		return install(args[1:], out, errs)
	}
	s, err := load(args, os.Getenv, DefaultFile)
	switch {
	case errors.Is(err, ErrHelp):
		fmt.Fprint(out, usage)
		return 0
	case errors.Is(err, errVersion):
		fmt.Fprintln(out, "azurefile-dockervolumedriver version "+version)
		return 0
	case err != nil:
		return fatal(newLog(errs, false), err)
	}
	log := newLog(errs, s.Debug)
	for _, w := range s.Warnings {
		log.Warn(w)
	}
	d, err := New(DriverOptions{Account: s.Account, RemoveShares: s.RemoveShares, Mountpoint: s.Mountpoint, Metadata: s.Metadata, References: referencesDir, Logger: log})
	if err != nil {
		return fatal(log, err)
	}
	l, err := listen(os.Getenv, log)
	if err != nil {
		return fatal(log, err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log.Info("serving volumes", "account", s.Account.Name, "host", s.Account.Host(), "socket", l.Addr(), "metadata", s.Metadata, "mountpoint", s.Mountpoint)
	var beside sync.WaitGroup
	beside.Go(func() { bePresent(ctx, log) })
	beside.Go(func() { answerHangups(ctx, log) })
	err = d.Serve(ctx, l)
	stop()
	beside.Wait()
	d.Close()
	if err != nil {
		return fatal(log, err)
	}
	log.Info("ended; volumes stay mounted")
	return 0
}

// answerHangups keeps SIGHUP from ending the driver: nothing is read again.
func answerHangups(ctx context.Context, log *slog.Logger) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	for {
		select {
		case <-hangups:
			log.Warn("SIGHUP has nothing read again; restart the driver instead, volumes stay mounted")
		case <-ctx.Done():
			return
		}
	}
}

func fatal(log *slog.Logger, err error) int {
	log.Log(context.Background(), levelFatal, err.Error())
	return 1
}

// Serve answers the engine until ctx ends; closing the listener removes its socket.
func (d *Driver) Serve(ctx context.Context, l net.Listener) error {
	ended := context.AfterFunc(ctx, func() {
		if err := l.Close(); err != nil {
			d.log.Warn(err.Error())
		}
	})
	defer ended()
	if err := protocol.NewHandler(d).Serve(l); ctx.Err() == nil {
		return fmt.Errorf("the socket: %w", err)
	}
	return nil
}
