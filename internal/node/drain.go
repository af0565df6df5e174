package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"helenus/client/nodetool"
	"helenus/internal/cluster/metadata"
	"helenus/internal/platform"
)

// drainWithin bounds how long clients' requests may take once they are sent away.
const drainWithin = 30 * time.Second

// Drain ends all that the node does for clients and for other nodes: it finishes requests, hands over its part in the metadata, says goodbye,
// which has the others see it down at once, and writes memtables to data files. It stays so until it is started again; draining twice is
// draining once.
func (n *Node) Drain() error {
	if !n.serves.Load() {
		return errStarting
	}
	if !n.draining.CompareAndSwap(false, true) {
		if n.drained.Load() {
			return nil
		}
		return errors.New("this node is being drained")
	}
	n.options.Logger.Info("DRAINING: starting drain process")
	err := errors.Join(n.stopClients(drainWithin), n.stopCluster())
	n.drained.Store(true)
	err = errors.Join(err, n.store.Flush())
	n.options.Logger.Info("DRAINED")
	return err
}

// stopClients finishes clients' requests, which may take a while, and closes their port, if it is open.
func (n *Node) stopClients(within time.Duration) error {
	n.binary.Lock()
	defer n.binary.Unlock()
	n.serving(false)
	ctx, cancel := platform.WithTimeout(context.Background(), n.options.Runtime, within)
	defer cancel()
	n.options.Logger.Info("Stop listening for CQL clients")
	return n.server.Drain(ctx)
}

// startClients opens the port again.
func (n *Node) startClients(ctx context.Context) error {
	n.binary.Lock()
	defer n.binary.Unlock()
	if n.ready.Load() {
		return nil
	}
	if n.draining.Load() {
		return errDrained
	}
	if err := n.server.Reopen(ctx); err != nil {
		return err
	}
	n.serving(true)
	n.options.Logger.Info(fmt.Sprintf("Starting listening for CQL clients on /%s (unencrypted)...", n.places.native))
	return nil
}

// serving tells health checks and other nodes whether clients are served.
func (n *Node) serving(yes bool) {
	n.ready.Store(yes)
	if n.admin != nil {
		n.admin.SetReady(yes)
	}
}

// mode is what the node is at, in Cassandra's words.
func (n *Node) mode() string {
	s := n.metadata.State()
	m := s.Member(n.identity.HostID)
	switch {
	case n.drained.Load():
		return "DRAINED"
	case n.draining.Load():
		return "DRAINING"
	case s.IsRemoved(n.identity.HostID):
		return "DECOMMISSIONED"
	case m == nil:
		return "STARTING"
	}
	return map[metadata.Status]string{metadata.Normal: "NORMAL", metadata.Joining: "JOINING", metadata.Leaving: "LEAVING"}[m.Status]
}

// Levels that Cassandra has and slog has not.
const (
	levelTrace = slog.LevelDebug - 4
	levelOff   = slog.LevelError + 100
)

// logLevel is what is logged, by Cassandra's names.
func (n *Node) logLevel() string {
	if n.options.Level == nil {
		return slog.LevelInfo.String()
	}
	switch l := n.options.Level.Level(); l {
	case levelTrace:
		return "TRACE"
	case levelOff:
		return "OFF"
	default:
		return l.String()
	}
}

// setLogLevel changes what is logged; an empty name brings back what it was at the start.
func (n *Node) setLogLevel(name string) error {
	level := n.startLevel
	switch name {
	case "":
	case "TRACE", "ALL":
		level = levelTrace
	case "OFF":
		level = levelOff
	default:
		if strings.ContainsAny(name, "+-") || level.UnmarshalText([]byte(name)) != nil {
			return &nodetool.Error{Text: name + " is no level; there are TRACE, DEBUG, INFO, WARN, ERROR and OFF", Usage: true}
		}
	}
	if n.options.Level == nil {
		return errors.New("what is logged can't be changed here")
	}
	n.options.Level.Set(level)
	return nil
}
