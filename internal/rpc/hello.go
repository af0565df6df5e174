package rpc

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/google/uuid"
)

// Version is the version of the messages between nodes; a node speaks this one and the one before it.
const Version = 1

const helloMagic = "HLNS"

// Hello is what a node says of itself. Cluster is zero while it belongs to none.
type Hello struct {
	Version    int       `json:"version"`
	Class      Class     `json:"class"`
	Cluster    uuid.UUID `json:"cluster"`
	Host       uuid.UUID `json:"host"`
	Generation uint64    `json:"generation"`
	// Address is where it takes calls, host:port.
	Address string `json:"address"`
	// Refused says why the other side is not spoken to; Fenced that it never will be.
	Refused string `json:"refused,omitempty"`
	Fenced  bool   `json:"fenced,omitempty"`
}

// helloMax bounds a hello, which comes before anything is known of its sender.
const helloMax = 4 << 10

func writeHello(w io.Writer, h *Hello) error {
	raw, err := json.Marshal(h)
	if err != nil {
		return err
	}
	_, err = w.Write(appendFrame([]byte(helloMagic), kindOneWay, 0, 0, raw))
	return err
}

func readHello(r io.Reader) (h Hello, err error) {
	var magic [len(helloMagic)]byte
	if _, err := io.ReadFull(r, magic[:]); err != nil {
		return h, err
	}
	if string(magic[:]) != helloMagic {
		return h, fmt.Errorf("%w: not a Helenus node", errFrame)
	}
	f, err := readFrame(io.LimitReader(r, helloMax))
	if err != nil {
		return h, err
	}
	if err := json.Unmarshal(f.body, &h); err != nil {
		return h, fmt.Errorf("%w: %w", errFrame, err)
	}
	return h, nil
}

func fencedText(host uuid.UUID) string {
	return fmt.Sprintf("host id %s was given up when the cluster was rescued: keep its files, empty its data directory and start it with --replace %s to take its place", host, host)
}

// Judge returns why a node that says h is not spoken to by one that says self; empty when it is.
func Judge(self, h *Hello) string {
	switch {
	case h.Version < Version-1 || h.Version < 1:
		return fmt.Sprintf("node %s speaks version %d of the messages between nodes, this one %d", h.Address, h.Version, self.Version)
	case self.Cluster != uuid.Nil && h.Cluster != uuid.Nil && self.Cluster != h.Cluster:
		return fmt.Sprintf("node %s belongs to cluster %s, this one to cluster %s: clusters that formed apart are never merged; to let a node join, empty its data directory and start it with --seeds",
			h.Address, h.Cluster, self.Cluster)
	case self.Host == h.Host && self.Generation != h.Generation:
		return fmt.Sprintf("node %s has this node's host id %s: two processes run on copies of one data directory", h.Address, h.Host)
	}
	return ""
}
