package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	simpleSnitch    = "SimpleSnitch"
	gossipingSnitch = "GossipingPropertyFileSnitch"
	rackdcName      = "cassandra-rackdc.properties"
)

// Variables for the place of a node. SimpleSnitch takes no notice of them, and drivers that were told datacenter1 depend on that.
var (
	datacenterVariables = []string{"CASSANDRA_DC", "CASSANDRA_DATACENTER"}
	rackVariables       = []string{"CASSANDRA_RACK"}
)

func isPlace(variable string) bool {
	return slices.Contains(datacenterVariables, variable) || slices.Contains(rackVariables, variable)
}

// readSnitch finds out who says where the node stands.
func (l *loader) readSnitch() {
	l.gossiping = simpleName(l.resolve(find("snitch")).Text) == gossipingSnitch
	if l.gossiping || l.plain {
		return
	}
	for _, name := range append(datacenterVariables, rackVariables...) {
		if v, ok := l.environment.get(name); ok {
			l.out.Warnings = append(l.out.Warnings, fmt.Sprintf("%s is %q, but %s puts every node into datacenter1, rack1: set CASSANDRA_ENDPOINT_SNITCH to %s for it to count", name, v.Text, simpleSnitch, gossipingSnitch))
			return
		}
	}
}

// place is what cassandra-rackdc.properties says, or its defaults.
func (l *loader) place(k *setting) (Value, bool) {
	if !l.gossiping {
		return Value{}, false
	}
	switch k.name {
	case "dc":
		return l.rackdc("dc", "dc1"), true
	case "rack":
		return l.rackdc("rack", "rack1"), true
	}
	return Value{}, false
}

func (l *loader) rackdc(property, fallback string) Value {
	dir := filepath.Dir(l.yaml.name)
	if l.yaml.name == "" {
		dir = l.confDir()
	}
	file := filepath.Join(dir, rackdcName)
	raw, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		l.fault("read where the node stands: %w", err)
	}
	for i, line := range strings.Split(string(raw), "\n") {
		name, text, ok := strings.Cut(line, "=")
		if ok && strings.TrimSpace(name) == property && strings.TrimSpace(text) != "" {
			return Value{strings.TrimSpace(text), fmt.Sprintf("%s:%d: %s", file, i+1, property)}
		}
	}
	return Value{fallback, "default of " + gossipingSnitch}
}
