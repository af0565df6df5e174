package config

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// environment holds the variables of the process.
type environment struct {
	all    map[string]string
	names  []string // sorted
	faults []error
	read   map[string]Value // of X_FILE, by X
}

// fileSuffix ends the name of a variable whose value stands in a file, as Docker's secrets do.
const fileSuffix = "_FILE"

// fileBytesMax bounds such a file.
const fileBytesMax = 1 << 20

// ownFiles are variables that end like one of those and are none.
var ownFiles = []string{"CASSANDRA_SSL_CERT_FILE", "CASSANDRA_SSL_KEY_FILE", "CASSANDRA_SSL_CA_FILE", "CASSANDRA_LOG_FILE", "CASSANDRA_PID_FILE", "CASSANDRA_CONF_FILE",
	"HELENUS_NODE_CERT_FILE", "HELENUS_NODE_KEY_FILE", "HELENUS_NODE_CA_FILE"}

// readEnvironment reads the files that variables name, too.
func readEnvironment(environ []string) environment {
	e := environment{all: map[string]string{}, read: map[string]Value{}}
	for _, line := range environ {
		if name, text, ok := strings.Cut(line, "="); ok && name != "" {
			e.all[name] = text
			e.names = append(e.names, name)
		}
	}
	slices.Sort(e.names)
	for _, name := range e.names {
		base, ok := strings.CutSuffix(name, fileSuffix)
		if !ok || !isOwn(name) && !strings.HasPrefix(name, "CASSANDRA_") || slices.Contains(ownFiles, name) || e.all[name] == "" {
			continue
		}
		if e.all[base] != "" {
			e.faults = append(e.faults, fmt.Errorf("%s and %s are both set: leave one out", base, name))
			continue
		}
		text, err := readValue(e.all[name])
		if err != nil {
			e.faults = append(e.faults, fmt.Errorf("%s: %w", name, err))
			continue
		}
		e.read[base] = Value{text, name + ": " + e.all[name]}
	}
	return e
}

// readValue reads a small file; a line's end at its end does not count.
func readValue(file string) (string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return "", err
	}
	if info.Size() > fileBytesMax {
		return "", fmt.Errorf("%s has %d bytes; a value has %d at most", file, info.Size(), fileBytesMax)
	}
	raw, err := os.ReadFile(file)
	return strings.TrimRight(string(raw), "\r\n"), err
}

// get returns a variable that has a value. What --link and Kubernetes set for another container's ports is none of ours.
func (e *environment) get(name string) (Value, bool) {
	if text := e.all[name]; text != "" {
		return Value{text, name}, !isLinked(name, text)
	}
	v, ok := e.read[name]
	return v, ok
}

// has says whether a variable is set, be it to nothing.
func (e *environment) has(name string) bool {
	_, set := e.all[name]
	_, read := e.read[name]
	return set || read
}

// isOwn says whether a variable is Helenus's.
func isOwn(name string) bool { return strings.HasPrefix(name, "HELENUS_") }

// isLinked says whether --link, or Kubernetes for a service, has set a variable.
func isLinked(name, text string) bool {
	switch {
	case strings.HasPrefix(text, "tcp://"), strings.HasPrefix(text, "udp://"):
		return true
	case name == "CASSANDRA_NAME", name == "CASSANDRA_PORT", strings.HasPrefix(name, "CASSANDRA_PORT_"), strings.HasPrefix(name, "CASSANDRA_ENV_"), strings.HasPrefix(name, "CASSANDRA_SERVICE_"):
		return true
	}
	return strings.HasSuffix(name, "_SERVICE_HOST") || strings.Contains(name, "_SERVICE_PORT") || strings.Contains(name, "_PORT_") && (strings.Contains(name, "_TCP") || strings.Contains(name, "_UDP"))
}
