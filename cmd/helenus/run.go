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
	"sync"
	"syscall"
	"time"

	"helenus/client/initdb"
	"helenus/internal/auth"
	"helenus/internal/cassandra"
	"helenus/internal/certificate"
	"helenus/internal/config"
	"helenus/internal/node"
	"helenus/internal/platform"
	"helenus/internal/rpc"
	"helenus/internal/storage"
)

// drainWithin bounds how long running requests may take once the node is told to stop. With what handing over may take, the end comes well within
// the ten seconds after which Docker kills.
const drainWithin = 2 * time.Second

// descriptorsWanted is how many files a node may have to open: data files and connections.
const descriptorsWanted = 10000

// lockWithin is how long a container waits for its data directory, or as long as its predecessor may take to end if that is longer: in a Swarm a task's
// successor is started after a minute, though the task still ends.
const lockWithin = time.Minute

// run starts a node and serves until the process is told to stop; ready, when not nil, is called with the node and its return
// ends it too. The node speaks to nobody at the addresses that are cut.
func run(ctx context.Context, s *config.Settings, cut []string, out io.Writer, ready func(context.Context, *node.Node) error) error {
	files, filesErr := openLogFiles(s.LogDir())
	defer func() { _ = files.Close() }() // nobody is left to be told
	log, level := newLogger(out, s.LogLevel(), files)
	if filesErr != nil {
		log.Warn("the log is written to standard output only: its directory can't be written; mount one there, or set CASSANDRA_LOG_DIR to another, or to nothing for none", "directory", s.LogDir(), "error", filesErr)
	}
	for _, w := range s.Warnings {
		log.Warn(w)
	}
	for _, n := range s.Notes {
		log.Debug(n)
	}
	raiseDescriptors(log)
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, told := untilTold(ctx)
	defer told.stop()
	for wiped := false; ; wiped = true {
		err := runNode(ctx, told, s, cut, log, level, out, ready)
		switch {
		case !isGone(err):
			return err
		case s.Wipes() && !wiped:
			log.Warn(err.Error())
			log.Warn(fmt.Sprintf("emptying the data directory %s to join as a new node, as HELENUS_REJOIN=wipe has it", s.DataDir()))
			if err := storage.Wipe(s.DataDir()); err != nil {
				return err
			}
		case isContainer():
			log.Warn(err.Error())
			log.Warn("this node ends for good and its files stay; with HELENUS_REJOIN=wipe it would empty " + s.DataDir() + " and join as a new node")
			return nil
		default:
			return err
		}
	}
}

// isGone says whether a node ended because the cluster does not have it any more.
func isGone(err error) bool {
	var expelled *node.ExpelledError
	return errors.Is(err, node.ErrLeft) || errors.As(err, &expelled)
}

// runNode is run for one start of the node.
func runNode(ctx context.Context, told *ending, s *config.Settings, cut []string, log *slog.Logger, level *slog.LevelVar, out io.Writer, ready func(context.Context, *node.Node) error) error {
	o, err := options(s, log, out)
	if err != nil {
		return err
	}
	ctx, expel := context.WithCancelCause(ctx)
	defer expel(nil)
	o.Level, o.Cut = level, cut
	o.OnExpelled = func(err error) { expel(err) }
	if isContainer() {
		o.LockWait = max(lockWithin, s.StopGracePeriod())
		o.OnLeft = func() { told.end(nil) } // the container has done its work
	}
	log.Info("Cassandra version: " + cassandra.ReleaseVersion)
	log.Info("Helenus version: " + node.Version)
	n, err := node.Start(ctx, o)
	switch {
	case isGone(err), isGone(context.Cause(ctx)) && err != nil:
		return errors.Join(context.Cause(ctx), err)
	case err != nil && told.signal() != nil && isContainer():
		return told.status()
	case err != nil:
		return err
	}
	var readyErr error
	if ready != nil {
		readyErr = ready(ctx, n)
	} else {
		<-ctx.Done()
	}
	gone := context.Cause(ctx)
	if !isGone(gone) {
		told.stop() // a second signal ends the process at once
	}
	left := n.Left()
	if within := s.StopGracePeriod() - graceLeft; within > 0 && told.signal() != nil && !left {
		n.AwaitOthers(within)
	}
	drain, cancel := context.WithTimeout(context.Background(), drainWithin)
	defer cancel()
	if err := n.Stop(drain); err != nil {
		return errors.Join(readyErr, fmt.Errorf("stop the node: %w", err))
	}
	log.Info("stopped")
	if isGone(gone) {
		return gone
	}
	if isContainer() && !left && told.signal() != nil {
		return told.status()
	}
	return readyErr
}

// graceLeft is what is left of the time until a node is killed for its own end, after it has waited for others.
const graceLeft = 5 * time.Second

// isContainer says whether the process is a container's: then its exit status tells whoever started it whether the node has left its cluster,
// 0, or is to be started again, as the JVM's would.
func isContainer() bool { return os.Getenv("HELENUS_CONTAINER") == "1" || os.Getpid() == 1 }

// ending is why a process ends.
type ending struct {
	signals chan os.Signal
	cancel  context.CancelCauseFunc
	ctx     context.Context
}

// signalError is the cause of a context that a signal ended.
type signalError struct{ os.Signal }

func (s signalError) Error() string { return s.String() }

// untilTold returns a context that ends when the process is told to end.
func untilTold(ctx context.Context) (context.Context, *ending) {
	e := &ending{signals: make(chan os.Signal, 1)}
	e.ctx, e.cancel = context.WithCancelCause(ctx)
	signal.Notify(e.signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case s := <-e.signals:
			e.cancel(signalError{s})
		case <-e.ctx.Done():
		}
	}()
	return e.ctx, e
}

// end ends the context without a signal.
func (e *ending) end(cause error) { e.cancel(cause) }

// stop leaves further signals to the system.
func (e *ending) stop() {
	signal.Stop(e.signals)
	e.cancel(nil)
}

// signal is the one that came, or nil.
func (e *ending) signal() os.Signal {
	var s signalError
	if errors.As(context.Cause(e.ctx), &s) {
		return s.Signal
	}
	return nil
}

// status is the exit status of a process that a signal ended: 143 for SIGTERM, 130 for SIGINT.
func (e *ending) status() exitStatus {
	if s, ok := e.signal().(syscall.Signal); ok {
		return exitStatus(128 + int(s))
	}
	return exitStatus(128 + int(syscall.SIGTERM))
}

// options are a node's, of its settings.
func options(s *config.Settings, log *slog.Logger, out io.Writer) (node.Options, error) {
	secure, err := nodeTLS(s)
	if err != nil {
		return node.Options{}, err
	}
	o := node.Options{
		DataDir:     s.DataDir(),
		Addresses:   addresses(s),
		Port:        s.Port(),
		StoragePort: s.StoragePort(),
		ToolPort:    s.NodetoolPort(),
		HTTP:        s.HTTP(),
		ClusterName: s.ClusterName(), Datacenter: s.Datacenter(), Rack: s.Rack(),
		NumTokens: s.NumTokens(), InitialTokens: s.InitialTokens(), Seeds: s.Seeds(), InitialNodes: s.InitialNodes(), Replace: s.Replace(), AbsentNodeRemoval: s.AbsentNodeRemoval(), AcceptLoss: s.AcceptLoss(), AcceptUnsafeMount: s.AcceptUnsafeMount(),
		Memory: s.Memory(), MemoryMax: s.MemoryMax(), Periodic: s.Periodic(), SyncPeriod: s.SyncPeriod(), FrameBytes: s.FrameBytes(), Connections: s.Connections(), AddressConnections: s.AddressConnections(), NoHints: !s.KeepsHints(),
		Settings: s.ByYaml(), JoinToken: s.JoinToken(), TLS: secure, Compression: rpc.Compression(s.InternodeCompression()),
		Runtime: platform.Skewed{Runtime: platform.System{}, Offset: s.ClockOffset()}, Network: platform.SystemNetwork{}, Names: platform.SystemNames{}, Logger: log,
		OnFatal: func(err error) {
			log.Error("can't go on", "error", err)
			os.Exit(1)
		},
	}
	o.Superuser, o.SuperuserPassword = s.Superuser()
	o.Policy = auth.Policy{Authenticates: s.Authenticates(), Authorizes: s.Authorizes(), Datacenters: s.BindsToDatacenters()}
	o.Policy.Certificates, o.Policy.CertificatesOnly = s.Certificates()
	o.Policy.Addresses, o.Policy.Monitors = s.BindsToAddresses()
	if t := s.ClientTLS(); t != nil {
		o.ClientTLSOptional, o.SecurePort = t.Optional, t.SecurePort
		if o.ClientTLS, err = clientTLS(t, log); err != nil {
			return o, usageError{err}
		}
	}
	o.Views, o.SASI = s.MaterializedViews(), s.SASIIndexes()
	f := &o.Functions
	f.Enabled, f.Scripted, f.WarnTimeout, f.FailTimeout = s.Functions()
	f.Worker = startScripts
	o.Masking = s.Masking()
	o.Guardrails, o.NoDefaultIndex, o.NoUse = s.Guardrails(), s.NoDefaultIndex(), s.NoUse()
	o.Batch.WarnBytes, o.Batch.FailBytes, o.Batch.UnloggedPartitions = s.Batches()
	o.Reads.TombstonesWarn, o.Reads.TombstonesFail = s.ReadTombstones()
	o.Reads.Track, o.Reads.ResultWarn, o.Reads.ResultFail, o.Reads.BytesWarn, o.Reads.BytesFail = s.ReadSizes()
	begin := initdb.Options{Out: out, Logger: log}
	begin.CQL, begin.Dir, begin.Keyspace, begin.Replication = s.Initial()
	empty, err := begin.IsEmpty()
	if err == nil && !empty {
		o.Initialize = func(ctx context.Context, at node.InitialAccess, done []string, finished func(string) error) error {
			begin.User, begin.Password = at.User, at.Password
			return begin.Run(ctx, at.Address, done, finished)
		}
	}
	return o, err
}

// addresses are a node's, of its settings. What is any address of the machine's follows the one that the node chooses.
func addresses(s *config.Settings) node.Addresses {
	a := node.Addresses{Native: s.Listen(), Nodes: s.NodeAddress(), Broadcast: s.BroadcastAddress(), BroadcastNative: s.BroadcastRPCAddress()}
	any, broadcast, broadcastRPC := s.Any()
	a.Any = any
	if any && broadcast {
		a.Broadcast = ""
	}
	if any && broadcastRPC {
		a.BroadcastNative = ""
	}
	return a
}

// raiseDescriptors lets the process open as many files as it may.
func raiseDescriptors(log *slog.Logger) {
	limit, err := platform.RaiseDescriptors()
	if err != nil {
		log.Warn("the limit of open files stays as it is", "error", err)
	}
	if limit < descriptorsWanted {
		log.Warn(fmt.Sprintf("this process may open %d files; a busy node needs %d: ulimit -n, or docker run --ulimit nofile=100000:100000", limit, descriptorsWanted))
	}
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

// clientTLS is the TLS that clients are served with.
func clientTLS(t *config.ClientTLS, log *slog.Logger) (*tls.Config, error) {
	s := certificate.Server{
		Key: t.Keystore, Trust: t.Truststore, Require: t.Require, Verify: t.Verify, Suites: t.Suites, Read: os.ReadFile, Stat: os.Stat, Now: time.Now,
		Failed: func(err error) {
			log.Error("the changed certificates for clients can't be used; those from before stay in use", "error", err)
		},
	}
	if t.Newest {
		s.Least = tls.VersionTLS13
	}
	c, err := s.Config()
	if err != nil {
		return nil, fmt.Errorf("client_encryption_options: %w", err)
	}
	return c, nil
}

// newLogger writes lines as Cassandra's log has them: level, thread, time, place, message, facts. Which levels are written can be changed later.
func newLogger(out io.Writer, level string, files logFiles) (*slog.Logger, *slog.LevelVar) {
	l := &slog.LevelVar{}
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l.Set(slog.LevelInfo) // checked by package config
	}
	return slog.New(&lineHandler{out: out, level: l, files: files, mu: &sync.Mutex{}}), l
}
