package schema

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"helenus/internal/cassandra"
)

const (
	locator           = "org.apache.cassandra.locator."
	simpleStrategy    = "SimpleStrategy"
	topologyStrategy  = "NetworkTopologyStrategy"
	localStrategy     = "LocalStrategy"
	replicationFactor = "replication_factor"
	// defaultReplicationFactor is used when a statement names none.
	defaultReplicationFactor = "1"
)

// replication checks a replication map and returns it in the form that is kept: the class by its short name, and for
// NetworkTopologyStrategy a factor for each data center. old is the map before an ALTER.
// Source: Cassandra 5.0, SimpleStrategy and NetworkTopologyStrategy.prepareOptions.
func replication(keyspace string, given, old map[string]string, datacenters map[string]int) (map[string]string, error) {
	class, ok := given["class"]
	if !ok {
		return nil, cassandra.Configf("Missing replication strategy class")
	}
	out := maps.Clone(given)
	short := strings.TrimPrefix(class, locator)
	out["class"] = short
	switch short {
	case localStrategy:
		return nil, cassandra.Invalidf("Unable to use given strategy class: LocalStrategy is reserved for internal use.")
	case simpleStrategy:
		if _, ok := out[replicationFactor]; !ok {
			out[replicationFactor] = previousFactor(old)
		}
	case topologyStrategy:
		expand(out, old, datacenters)
	default:
		full := class
		if !strings.Contains(class, ".") {
			full = locator + class
		}
		return nil, cassandra.Configf("Unable to find replication strategy class '%s'", full)
	}
	for _, name := range slices.Sorted(maps.Keys(out)) {
		if name == "class" {
			continue
		}
		known := name == replicationFactor
		if short == topologyStrategy {
			_, known = datacenters[name]
		}
		if !known {
			return nil, cassandra.Configf("Unrecognized strategy option {%s} passed to %s for keyspace %s", name, short, keyspace)
		}
		n, err := factor(out[name])
		if err != nil {
			return nil, err
		}
		out[name] = strconv.Itoa(n)
	}
	return out, nil
}

func previousFactor(old map[string]string) string {
	if n, ok := old[replicationFactor]; ok {
		return n
	}
	return defaultReplicationFactor
}

// expand puts a factor for each data center in the place of replication_factor; factors that are there stay.
func expand(out, old map[string]string, datacenters map[string]int) {
	n, ok := out[replicationFactor]
	delete(out, replicationFactor)
	if !ok && len(out) == 1 {
		n, ok = previousFactor(old), true
	}
	if !ok {
		return
	}
	for dc := range datacenters {
		if _, named := out[dc]; named {
			continue
		}
		if before, was := old[dc]; was {
			out[dc] = before
			continue
		}
		out[dc] = n
	}
}

func factor(text string) (int, error) {
	if strings.Contains(text, "/") {
		return 0, cassandra.Configf("Transient replication is not enabled on this node")
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, cassandra.Configf("For input string: %q", text)
	}
	if n < 0 {
		return 0, cassandra.Configf("Replication factor must be non-negative, found %d", n)
	}
	return int(n), nil
}

// replicationWarnings tells of a factor above the number of nodes and of one that grew.
func replicationWarnings(k *Keyspace, old map[string]string, datacenters map[string]int) []string {
	var out []string
	grew := false
	for _, name := range slices.Sorted(maps.Keys(k.Replication)) {
		n, err := strconv.Atoi(k.Replication[name])
		if err != nil {
			continue // the class
		}
		if name == replicationFactor {
			nodes := 0
			for _, count := range datacenters {
				nodes += count
			}
			if n > nodes {
				out = append(out, fmt.Sprintf("Your replication factor %d for keyspace %s is higher than the number of nodes %d", n, k.Name, nodes))
			}
		} else if n > datacenters[name] {
			out = append(out, fmt.Sprintf("Your replication factor %d for keyspace %s is higher than the number of nodes %d for datacenter %s", n, k.Name, datacenters[name], name))
		}
		if before, err := strconv.Atoi(old[name]); err == nil && n > before {
			grew = true
		}
	}
	if grew {
		out = append(out, "When increasing replication factor you need to run a full (-full) repair to distribute the data.")
	}
	return out
}
