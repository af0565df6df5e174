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
	// Boot tells processes apart that have the same start of a host, which only copies of one data directory can.
	Boot int64 `json:"boot,omitempty"`
	// Datacenter is where it stands, Compression what it can read: "lz4".
	Datacenter  string `json:"datacenter,omitempty"`
	Compression string `json:"compression,omitempty"`
	// Address is where it takes calls, host:port.
	Address string `json:"address"`
	// Alone says that Cluster is this node by itself, with no keyspace of a user's: it may give it up.
	Alone bool `json:"alone,omitempty"`
	// Challenge is what the other side has to answer when there is a join token, Proof this side's answer: token.go.
	Challenge string `json:"challenge,omitempty"`
	Proof     string `json:"proof,omitempty"`
	// Refused says why the other side is not spoken to; Fenced that it never will be.
	Refused string `json:"refused,omitempty"`
	Fenced  bool   `json:"fenced,omitempty"`
	// Twin says that the other side is a second process of a start that is known already.
	Twin bool `json:"twin,omitempty"`
}

// helloMax bounds a hello, which comes before anything is known of its sender.
const helloMax = 4 << 10

func writeHello(w io.Writer, h *Hello) error {
	raw, err := json.Marshal(h)
	if err != nil {
		return err
	}
	_, err = w.Write(appendFrame([]byte(helloMagic), frame{kind: kindOneWay, body: raw}))
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

// Judge returns why a node that says h is not spoken to by one that says self; empty when it is.
func Judge(self, h *Hello) string {
	switch {
	case h.Version < Version-1 || h.Version < 1:
		return fmt.Sprintf("node %s speaks version %d of the messages between nodes, this one %d", h.Address, h.Version, self.Version)
	case self.Cluster != uuid.Nil && h.Cluster != uuid.Nil && self.Cluster != h.Cluster:
		return fmt.Sprintf("node %s belongs to cluster %s, this one to cluster %s: clusters that formed apart are never merged; to let a node join, empty its data directory and start it with --seeds",
			h.Address, h.Cluster, self.Cluster)
	case self.Host == h.Host && (self.Generation != h.Generation || self.Boot != h.Boot):
		return fmt.Sprintf("node %s has this node's host id %s: two processes run on copies of one data directory", h.Address, h.Host)
	}
	return ""
}
