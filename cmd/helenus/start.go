package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"helenus/internal/config"
	"helenus/internal/node"
	"helenus/internal/platform"
	"helenus/internal/rpc"
)

// drainWithin bounds how long running requests may take once the node is told to stop.
const drainWithin = 5 * time.Second

func newStartCommand() *cobra.Command {
	var yaml string
	c := &cobra.Command{
		Use:   "start",
		Short: "run a node in the foreground",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			settings, err := config.Load(config.Sources{Flags: givenFlags(c.Flags()), YamlFile: yaml})
			if err != nil {
				return usageError{err}
			}
			return run(c.Context(), settings, c.OutOrStdout(), nil)
		},
	}
	for _, f := range config.Flags() {
		c.Flags().String(f.Name, f.Default, f.About)
	}
	c.Flags().StringVar(&yaml, "config", "", "cassandra.yaml to read")
	c.Flags().BoolP("foreground", "f", true, "run in the foreground, as always")
	c.Flags().BoolP("allow-root", "R", true, "run as root, as always")
	return c
}

// givenFlags returns the settings among the flags that were given.
func givenFlags(flags *pflag.FlagSet) map[string]string {
	given := map[string]string{}
	flags.Visit(func(f *pflag.Flag) { given[f.Name] = f.Value.String() })
	return given
}

// run starts a node and serves until the process is told to stop; ready, when not nil, is called with the node and its return
// ends it too.
func run(ctx context.Context, s *config.Settings, out io.Writer, ready func(context.Context, *node.Node) error) error {
	log := newLogger(out, s.LogLevel())
	for _, w := range s.Warnings {
		log.Warn(w)
	}
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	secure, err := nodeTLS(s)
	if err != nil {
		return err
	}
	n, err := node.Start(ctx, node.Options{
		TLS:     secure,
		DataDir: s.DataDir(), Listen: s.Listen(), Port: s.Port(), StoragePort: s.StoragePort(), Replace: s.Replace(), AcceptLoss: s.AcceptLoss(), HTTP: s.HTTP(), ClusterName: s.ClusterName(), Datacenter: s.Datacenter(), Rack: s.Rack(),
		NumTokens: s.NumTokens(), Seeds: s.Seeds(), Memory: s.Memory(), Periodic: s.Periodic(), SyncPeriod: s.SyncPeriod(),
		FrameBytes: s.FrameBytes(), Connections: s.Connections(), Settings: s.ByYaml(),
		Runtime: platform.Skewed{Runtime: platform.System{}, Offset: s.ClockOffset()}, Network: platform.SystemNetwork{}, Logger: log,
		OnFatal: func(err error) {
			log.Error("can't go on", "error", err)
			os.Exit(1)
		},
	})
	if err != nil {
		return err
	}
	var readyErr error
	if ready != nil {
		readyErr = ready(ctx, n)
	} else {
		<-ctx.Done()
	}
	stop() // a second signal ends the process at once
	drain, cancel := context.WithTimeout(context.Background(), drainWithin)
	defer cancel()
	if err := n.Stop(drain); err != nil {
		return errors.Join(readyErr, fmt.Errorf("stop the node: %w", err))
	}
	log.Info("stopped")
	return readyErr
}

// nodeTLS is how nodes speak to each other; nil: in the clear.
func nodeTLS(s *config.Settings) (*tls.Config, error) {
	certificate, key, authority := s.NodeTLS()
	switch given := len(certificate) > 0; {
	case given && key != "" && authority != "":
		return rpc.Secure(os.ReadFile, certificate, key, authority)
	case given || key != "" || authority != "":
		return nil, usageError{errors.New("--node-cert, --node-key and --node-ca belong together: give all three or none")}
	}
	return nil, nil
}

// newLogger writes lines as Cassandra's log has them: level, time, message, facts.
func newLogger(out io.Writer, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo // checked by package config
	}
	return slog.New(&lineHandler{out: out, level: l})
}
