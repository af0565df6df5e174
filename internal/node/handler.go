package node

import (
	"net/netip"

	"helenus/internal/exec"
	"helenus/internal/protocol"
	"helenus/internal/transport"
)

// handler gives the CQL server the executor's sessions.
type handler struct{ executor *exec.Executor }

var _ transport.Handler = handler{}

func (h handler) Connect(client netip.AddrPort, version protocol.Version, options map[string]string) transport.Session {
	return h.executor.Connect(client, version, options)
}
