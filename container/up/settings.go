package up

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Volumes is Settings.Data of nodes that keep their data in volumes of the engine.
const Volumes = "volumes"

// NodesMax is how many nodes one host is asked for at most.
const NodesMax = 50

// DefaultNodes is how many nodes a new cluster gets when no number is given.
const DefaultNodes = 3

// Settings are what a cluster's containers are made of.
type Settings struct {
	Engine string   `json:"engine"`           // helenus, cassandra or scylla
	Image  string   `json:"image"`            // name of the image
	Memory int64    `json:"memory,omitempty"` // bytes that each container is limited to; 0: no limit
	Ports  []string `json:"ports"`            // where the CQL ports of the first nodes are published, ADDRESS:PORT each
	Data   string   `json:"data"`             // Volumes, or a directory of the host with one of each node in it
	// Initial is how many nodes form the cluster together. All containers are told the same number for the cluster's whole life: it means
	// something to empty ones only.
	Initial int `json:"initial"`
}

// Options are what a caller asks for. What is empty stays as it is, or gets its default in a new cluster.
type Options struct {
	Name   string
	Nodes  int
	Engine string
	Image  string
	Memory *int64
	Ports  []string // not nil and empty: none
	Data   string
}

// names are what containers, volumes and a network may be called and what a resolver can look up.
var names = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

// Check finds what no engine is needed to find; all faults at once.
func (o *Options) Check() error {
	var errs []error
	if !names.MatchString(o.Name) {
		errs = append(errs, fmt.Errorf("--name is %q; allowed: up to 40 small letters, digits and hyphens between them", o.Name))
	}
	if o.Nodes < 0 || o.Nodes > NodesMax {
		errs = append(errs, fmt.Errorf("-n is %d; allowed: 1 to %d", o.Nodes, NodesMax))
	}
	if _, ok := databases[o.Engine]; o.Engine != "" && !ok {
		errs = append(errs, fmt.Errorf("--engine is %q; allowed: helenus, cassandra, scylla", o.Engine))
	}
	for _, p := range o.Ports {
		if _, err := netip.ParseAddrPort(p); err != nil {
			errs = append(errs, fmt.Errorf("--port: %w", err))
		}
	}
	return errors.Join(errs...)
}

// ParsePorts reads 9042, 0.0.0.0:9042 or a list of both. Without an address a port is published for this machine alone. 0 is no port.
func ParsePorts(text string) ([]string, error) {
	ports := []string{}
	if text == "0" {
		return ports, nil
	}
	for item := range strings.SplitSeq(text, ",") {
		host, port := "127.0.0.1", item
		if strings.Contains(item, ":") {
			var err error
			if host, port, err = net.SplitHostPort(item); err != nil {
				return nil, fmt.Errorf("%q is no port: %w", item, err)
			}
		}
		address, err := netip.ParseAddr(host)
		if err != nil {
			return nil, fmt.Errorf("%q is no port: %w", item, err)
		}
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil || number == 0 {
			return nil, fmt.Errorf("%q is no port; allowed: 1 to 65535, with or without an address before it, several with commas, or 0 for none", item)
		}
		ports = append(ports, netip.AddrPortFrom(address, uint16(number)).String())
	}
	return ports, nil
}

// settle returns the settings that hold: what is asked for, else what the cluster has, else the defaults.
func (o *Options) settle(had *Settings) (Settings, error) {
	s := Settings{Engine: Helenus, Ports: []string{"127.0.0.1:9042"}, Data: Volumes}
	if had != nil {
		s = *had
	}
	if o.Engine != "" {
		if had != nil && had.Engine != o.Engine {
			return s, fmt.Errorf("cluster %s runs %s, and its data can't be read by %s; take another --name, or remove it: helenus down --volumes --name %[1]s", o.Name, had.Engine, o.Engine)
		}
		s.Engine = o.Engine
	}
	if o.Data != "" {
		data := o.Data
		if data != Volumes && !isAbsolute(data) {
			var err error
			if data, err = filepath.Abs(data); err != nil {
				return s, err
			}
		}
		if had != nil && had.Data != data {
			return s, fmt.Errorf("cluster %s has its data in %s, not %s; take another --name, or leave out --data", o.Name, had.Data, data)
		}
		s.Data = data
	}
	if o.Image != "" {
		s.Image = o.Image
	}
	if o.Memory != nil {
		s.Memory = *o.Memory
	}
	if o.Ports != nil {
		s.Ports = o.Ports
	}
	d := databases[s.Engine]
	if s.Image == "" {
		s.Image = d.image
	}
	if s.Memory > 0 && s.Memory < d.memoryMin {
		return s, fmt.Errorf("--memory is %s; %s needs %s at least", humanize(s.Memory), s.Engine, humanize(d.memoryMin))
	}
	if s.Initial == 0 {
		s.Initial = 1
		if d.together {
			s.Initial = o.Nodes
		}
	}
	return s, nil
}

// isAbsolute is true for paths of Linux hosts too, wherever this program runs.
func isAbsolute(dir string) bool { return path.IsAbs(dir) || filepath.IsAbs(dir) }

func (s *Settings) label() string {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings and numbers
	}
	return string(raw)
}

// parseSettings reads a label; what can't be read says nothing.
func parseSettings(label string) *Settings {
	var s Settings
	if label == "" || json.Unmarshal([]byte(label), &s) != nil || databases[s.Engine].dataPath == "" {
		return nil
	}
	return &s
}

// humanize writes bytes as people do.
func humanize(bytes int64) string {
	switch {
	case bytes >= 1<<30 && bytes%(1<<30) == 0:
		return fmt.Sprintf("%d GiB", bytes>>30)
	case bytes >= 10<<30:
		return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}
