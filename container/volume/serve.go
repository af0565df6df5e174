package volume

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
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
	d, err := New(DriverOptions{Account: s.Account, Accounts: s.Accounts, RemoveShares: s.RemoveShares, Mountpoint: s.Mountpoint, Metadata: s.Metadata, References: referencesDir, Logger: log})
	if err != nil {
		return fatal(log, err)
	}
	l, err := listen(os.Getenv, log)
	if err != nil {
		return fatal(log, err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log.Info("serving volumes", "account", s.Account.Name, "host", s.Account.Host(), "further", len(s.Accounts), "socket", l.Addr(), "metadata", s.Metadata, "mountpoint", s.Mountpoint)
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

// Serve answers the engine until ctx ends. Calls under way then have finishWithin to come to an end; those that have not are given up, which undoes what they
// have begun, and their callers are told so. Closing the listener removes its socket.
func (d *Driver) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{Handler: d.handler(), ErrorLog: slog.NewLogLogger(d.log.Handler(), slog.LevelWarn)}
	ended := make(chan error, 1)
	defer context.AfterFunc(ctx, func() { ended <- d.finish(server) })()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("the socket: %w", err)
	}
	return <-ended
}

// finish ends a server with its calls.
func (d *Driver) finish(server *http.Server) error {
	d.end()
	within, cancel := context.WithTimeout(context.Background(), d.finishWithin)
	defer cancel()
	err := server.Shutdown(within)
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	d.log.Warn("calls are still under way; they are given up", "after", d.finishWithin)
	d.giveUp()
	within, cancel = context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	if err := server.Shutdown(within); err != nil {
		return errors.Join(fmt.Errorf("calls that were given up have not ended: %w", err), server.Close())
	}
	return nil
}
