package config

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Where things are in Cassandra's image.
const (
	confDir     = "/etc/cassandra"
	dataDir     = "/var/lib/cassandra"
	dataSubDir  = "/var/lib/cassandra/data"
	initDir     = "/docker-entrypoint-initdb.d"
	logDir      = "/var/log/cassandra"
	hostsFile   = "/etc/hosts"
	yamlName    = "cassandra.yaml"
	linkedAlias = "cassandra" // the name that --link …:cassandra gives another container
)

// confDir is the directory of the configuration: CASSANDRA_CONF, beside a cassandra.yaml that was named, or the image's.
func (l *loader) confDir() string {
	switch conf := l.environment.all["CASSANDRA_CONF"]; {
	case l.YamlFile != "":
		return filepath.Dir(l.YamlFile)
	case conf != "":
		return conf
	case l.bitnami:
		return l.under(bitnamiConf)
	}
	return l.under(confDir)
}

// containerFile is the cassandra.yaml of the image or of what is mounted over it. CASSANDRA_CONF is the image's promise that there is one, so
// a directory without it is a mistake in a mount, never a wish for defaults.
func (l *loader) containerFile() (string, error) {
	file := filepath.Join(l.confDir(), yamlName)
	_, err := os.Stat(file)
	switch {
	case err == nil:
		return file, nil
	case os.IsNotExist(err) && l.environment.all["CASSANDRA_CONF"] == "":
		return "", nil
	case os.IsNotExist(err):
		return "", &FileError{fmt.Errorf("%s is missing: what is mounted at %s must hold it; look for a typing error in the mount's source, or mount the file itself", file, l.confDir())}
	}
	return "", &FileError{fmt.Errorf("read the configuration: %w", err)}
}

// byContainer is what the image's start script writes over the file: addresses and seeds, always, unless a variable is set.
func (l *loader) byContainer(k *setting) (Value, bool) {
	if !l.container {
		return Value{}, false
	}
	switch k.name {
	case "data":
		return l.containerData()
	case "init-dir":
		if truth(l.environment.all["CASSANDRA_IGNORE_INITDB_SCRIPTS"]) == "true" {
			return Value{"", "CASSANDRA_IGNORE_INITDB_SCRIPTS"}, true
		}
		return Value{l.under(initDir), "container"}, true
	case "log-dir":
		return Value{l.under(logDir), "container, since CASSANDRA_LOG_DIR is not set"}, !l.environment.has("CASSANDRA_LOG_DIR")
	}
	if l.plain {
		return Value{}, false
	}
	switch k.name {
	case "listen":
		return Value{"0.0.0.0", "container, since CASSANDRA_RPC_ADDRESS is not set"}, !l.environment.has("CASSANDRA_RPC_ADDRESS")
	case "node-address":
		return Value{auto, "container, since CASSANDRA_LISTEN_ADDRESS is not set"}, !l.environment.has("CASSANDRA_LISTEN_ADDRESS")
	case "broadcast-address":
		if l.environment.has("CASSANDRA_BROADCAST_ADDRESS") {
			return Value{}, false
		}
		return l.before("node-address")
	case "broadcast-rpc-address":
		return l.before("broadcast-address")
	case "seeds":
		return l.containerSeeds()
	}
	return Value{}, false
}

// before returns what a setting has before the file is asked.
func (l *loader) before(name string) (Value, bool) {
	k := find(name)
	for _, has := range l.given() {
		if v, ok := has(k); ok {
			return v, true
		}
	}
	return Value{}, false
}

// containerSeeds finds the seed of a node that none is given: the container that is linked as cassandra, or this node itself. Names are asked
// of the hosts file only: on other networks a DNS name cassandra may be this node, a virtual address or somebody else's cluster.
func (l *loader) containerSeeds() (Value, bool) {
	if l.environment.all["CASSANDRA_NAME"] != "" {
		return Value{linkedAlias, "CASSANDRA_NAME, set by --link"}, true
	}
	if file := l.under(hostsFile); l.isLinkedHost(file) {
		return Value{linkedAlias, file + ": a linked container"}, true
	}
	v, _ := l.before("broadcast-address")
	if v.Text == "" {
		return Value{}, false
	}
	return Value{v.Text, "container: this node alone, since CASSANDRA_SEEDS is not set and no container is linked as cassandra"}, true
}

// isLinkedHost says whether a hosts file has the alias at an address that is none of this machine's.
func (l *loader) isLinkedHost(file string) bool {
	raw, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	var own []netip.Addr
	interfaces, err := l.Names.Interfaces()
	if err != nil {
		return false
	}
	for i := range interfaces {
		own = append(own, interfaces[i].Addrs...)
	}
	for _, line := range strings.Split(string(raw), "\n") {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) < 2 || !slices.Contains(fields[1:], linkedAlias) {
			continue
		}
		if a, err := netip.ParseAddr(fields[0]); err == nil && !a.IsLoopback() && !slices.Contains(own, a.Unmap()) {
			return true
		}
	}
	return false
}

// containerData is the data directory. Everything of the node is in it, identity and log too, so when only the subdirectory is on a mount, all
// goes there. Another directory of the file's stays.
func (l *loader) containerData() (Value, bool) {
	if e, ok := l.yaml.entries["data_file_directories"]; ok {
		first, _, _ := strings.Cut(e.Text, ",")
		if first = filepath.Clean(first); !slices.Contains([]string{dataSubDir, "/opt/cassandra/data", "/opt/cassandra/data/data", bitnamiData}, first) {
			return Value{}, false
		}
	}
	switch {
	case l.bitnami && (l.IsMount(bitnamiMount) || l.IsMount(bitnamiMount+"/cassandra")):
		return Value{l.under(bitnamiData), "container, of Bitnami's image"}, true
	case l.IsMount(dataSubDir):
		return Value{l.under(dataSubDir), "container, since " + dataSubDir + " is mounted"}, true
	}
	return Value{l.under(dataDir), "container"}, true
}
