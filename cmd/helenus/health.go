package main

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"helenus/internal/cassandra"
	"helenus/internal/config"
	"helenus/internal/platform"
)

// healthWithin bounds the whole check.
const healthWithin = 2 * time.Second

// newHealthCommand asks the node of this machine, or container, whether it is healthy: exit status 0 or 1. It takes the settings of the node,
// so the check of a container needs no arguments, no shell and no login.
func newHealthCommand() *cobra.Command {
	var l launch
	mode := ""
	c := &cobra.Command{
		Use:   "health",
		Short: "whether this machine's node is healthy: exit status 0 or 1",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := l.settings(c.Flags())
			if err != nil {
				return err // status 1: Docker keeps the others for itself
			}
			ctx, cancel := context.WithTimeout(context.Background(), healthWithin)
			defer cancel()
			if mode == "" {
				mode = s.Health()
			}
			switch {
			case mode == "alive", mode == "auto" && findsByName(ctx, s):
				err, mode = isAlive(ctx, s), "alive"
			case mode == "ready", mode == "auto":
				err, mode = isReady(ctx, s), "ready"
			default:
				return fmt.Errorf("--mode is %q; allowed: auto, alive, ready", mode)
			}
			if err != nil {
				return fmt.Errorf("not %s: %w", mode, err)
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), mode)
			return err
		},
	}
	l.flags(c.Flags())
	c.Flags().StringVar(&mode, "mode", "", "alive: other nodes can connect; ready: CQL answers; auto: alive where nodes find each other by a service's name, else ready")
	return c
}

// findsByName says whether nodes find each other by the name of a service. There a name may stand for a node only once it is healthy, so a
// check that waited for the cluster would keep the cluster from coming together.
func findsByName(ctx context.Context, s *config.Settings) bool {
	if s.InitialNodes() > 1 {
		return true
	}
	for _, seed := range append(s.Seeds(), s.NodeAddress(), s.BroadcastAddress()) {
		if strings.HasPrefix(seed, ofTasks) {
			return true
		}
	}
	ctx, cancel := context.WithTimeout(ctx, lookupWithin)
	defer cancel()
	for _, seed := range s.Seeds() {
		if _, err := netip.ParseAddr(seed); err == nil || strings.ContainsAny(seed, ".:") {
			continue
		}
		if found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", ofTasks+seed); err == nil && len(found) > 0 {
			return true
		}
	}
	return false
}

const (
	// ofTasks begins the names by which a Swarm knows the tasks of a service.
	ofTasks = "tasks."
	// lookupWithin bounds how long a check asks whether a seed is the name of such a service.
	lookupWithin = 300 * time.Millisecond
)

// own is an address of this machine at which a node that listens at host can be called.
func own(host string) string {
	if a, err := netip.ParseAddr(host); err != nil || a.IsUnspecified() {
		return "127.0.0.1"
	}
	return host
}

// isAlive connects as another node would. A node that may choose among the machine's addresses is looked for at all of them.
func isAlive(ctx context.Context, s *config.Settings) error {
	host := s.NodeAddress()
	if host == "" {
		host = own(s.Listen())
	}
	hosts := []string{host}
	if any, _, _ := s.Any(); any {
		interfaces, err := platform.SystemNames{}.Interfaces()
		if err != nil {
			return err
		}
		for i := range interfaces {
			for _, a := range interfaces[i].Addrs { // those of lo may be a service's virtual ones, which lead to other nodes
				if !interfaces[i].Loopback && !a.IsLinkLocalUnicast() && a.String() != host {
					hosts = append(hosts, a.String())
				}
			}
		}
	}
	// All at once: what is sent to the address in the network of published ports is dropped, and its silence takes all the time there is.
	answers := make(chan error, len(hosts))
	for _, host := range hosts {
		go func() {
			c, err := dial(ctx, host, s.StoragePort())
			if err == nil {
				err = c.Close()
			}
			answers <- err
		}()
	}
	var errs []error
	for range hosts {
		err := <-answers
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// isReady asks the node whether it serves clients, and the CQL port for an answer.
func isReady(ctx context.Context, s *config.Settings) error {
	host := "127.0.0.1"
	if a, err := netip.ParseAddr(s.Listen()); err == nil && a.IsLoopback() {
		host = a.String()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, strconv.Itoa(s.NodetoolPort()))+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 1<<10)) // what came of it is said
		return errors.New(strings.TrimSpace(string(text)))
	}
	t := s.ClientTLS()
	return answersCQL(ctx, own(s.Listen()), s.Port(), t != nil && !t.Optional && t.SecurePort == 0)
}

// OPTIONS in version 4 of the protocol, which needs no login, and the opcode of its answer.
var optionsFrame = []byte{4, 0, 0, 0, 5, 0, 0, 0, 0}

const (
	frameHeaderBytes = 9
	opcodeAt         = 4
	opcodeError      = 0
	opcodeSupported  = 6
)

// answersCQL asks the CQL port for its options. One that speaks TLS alone is healthy as well when it says that it wants a certificate, which a
// check has none of.
func answersCQL(ctx context.Context, host string, port int, encrypted bool) (err error) {
	c, err := dial(ctx, host, port)
	if err != nil {
		return err
	}
	if encrypted {
		c = tls.Client(c, &tls.Config{InsecureSkipVerify: true}) // nothing is told to it
		defer func() {
			var refused *net.OpError
			if errors.As(err, &refused) && refused.Op == "remote error" {
				err = nil
			}
		}()
	}
	defer c.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := c.SetDeadline(deadline); err != nil {
			return err
		}
	}
	if _, err = c.Write(optionsFrame); err != nil {
		return err
	}
	var header [frameHeaderBytes]byte
	if _, err := io.ReadFull(c, header[:]); err != nil {
		return fmt.Errorf("the CQL port does not answer: %w", err)
	}
	switch header[opcodeAt] {
	case opcodeSupported:
		return nil
	case opcodeError:
		var code [4]byte
		if _, err := io.ReadFull(c, code[:]); err == nil && cassandra.Code(binary.BigEndian.Uint32(code[:])) == cassandra.CodeOverloaded {
			return nil // it has as many connections as it may: busy is not ill
		}
	}
	return fmt.Errorf("the CQL port answers with opcode %d", header[opcodeAt])
}

func dial(ctx context.Context, host string, port int) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
}
