package schema

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
)

func createKeyspace(s *Schema, x *cql.CreateKeyspace, f Facts) (Result, error) {
	if !isName(x.Name) {
		return Result{}, cassandra.Invalidf("Keyspace name must not be empty, more than 48 characters long, or contain non-alphanumeric-underscore characters (got '%s')", x.Name)
	}
	if systemKeyspaces[x.Name] {
		return Result{}, cassandra.Invalidf("System keyspace '%s' is not user-modifiable", x.Name)
	}
	k := &Keyspace{Name: x.Name, DurableWrites: true}
	has, err := k.setProperties(x.Properties)
	if err != nil {
		return Result{}, err
	}
	if s.Keyspace(x.Name) != nil {
		if x.IfNotExists {
			return unchanged(s)
		}
		return Result{}, &cassandra.Error{Code: cassandra.CodeAlreadyExists, Message: fmt.Sprintf("Cannot add existing keyspace \"%s\"", x.Name), Keyspace: x.Name}
	}
	if !has {
		return Result{}, cassandra.Invalidf("Missing mandatory option 'replication'")
	}
	if k.Replication, err = checkReplication(x.Name, k.Replication, f, nil); err != nil {
		return Result{}, err
	}
	return Result{Schema: s.WithKeyspace(k), Change: "CREATED", Target: "KEYSPACE", Keyspace: x.Name, Warnings: replicationWarnings(k, f)}, nil
}

// setProperties takes replication and durable_writes; replication is not checked yet.
func (k *Keyspace) setProperties(properties []cql.Property) (hasReplication bool, err error) {
	for _, p := range properties {
		switch p.Name {
		case "replication":
			if !p.IsMap {
				return false, cassandra.Syntaxf("Invalid value for property 'replication'. It should be a map.")
			}
			k.Replication, hasReplication = p.Map, true
		case "durable_writes":
			if k.DurableWrites, err = boolean(p); err != nil {
				return false, err
			}
		default:
			return false, cassandra.Syntaxf("Unknown property '%s'", p.Name)
		}
	}
	return hasReplication, nil
}

// boolean reads a property's value.
func boolean(p cql.Property) (bool, error) {
	switch strings.ToLower(p.Value) {
	case "1", "true", "yes":
		return true, nil
	case "0", "false", "no":
		return false, nil
	}
	return false, cassandra.Syntaxf("Invalid boolean value %s for '%s'. Positive values can be '1', 'true' or 'yes'. Negative values can be '0', 'false' or 'no'.", p.Value, p.Name)
}

const strategyPackage = "org.apache.cassandra.locator."

// checkReplication returns a replication map as it is kept: the class by its short name, NetworkTopologyStrategy's
// replication_factor spread over the known datacenters, less those that are set to what they had before.
func checkReplication(keyspace string, given map[string]string, f Facts, previous map[string]string) (map[string]string, error) {
	class, ok := given["class"]
	if !ok {
		return nil, cassandra.Configf("Missing replication strategy class")
	}
	short := strings.TrimPrefix(class, strategyPackage)
	out := map[string]string{"class": short}
	factor := func(value string) error {
		n, err := strconv.Atoi(value)
		switch {
		case err != nil && strings.Contains(value, "/"):
			return cassandra.Configf("Transient replication is not supported: %s", value)
		case err != nil:
			return cassandra.Configf("For input string: \"%s\"", value)
		case n < 0:
			return cassandra.Configf("Replication factor must be non-negative, found %d", n)
		}
		return nil
	}
	switch short {
	case "SimpleStrategy":
		for _, name := range slices.Sorted(maps.Keys(given)) {
			switch name {
			case "class":
			case "replication_factor":
				if err := factor(given[name]); err != nil {
					return nil, err
				}
				out[name] = given[name]
			default:
				return nil, cassandra.Configf("Unrecognized strategy option {%s} passed to SimpleStrategy for keyspace %s", name, keyspace)
			}
		}
		if _, ok := out["replication_factor"]; !ok {
			out["replication_factor"] = "1"
			if previous["replication_factor"] != "" && previous["class"] == "SimpleStrategy" {
				out["replication_factor"] = previous["replication_factor"]
			}
		}
	case "NetworkTopologyStrategy":
		if spread, ok := given["replication_factor"]; ok {
			if err := factor(spread); err != nil {
				return nil, err
			}
			for _, dc := range f.Datacenters {
				out[dc] = spread
			}
			for name, value := range previous {
				if name != "class" && name != "replication_factor" && previous["class"] == short {
					out[name] = value
				}
			}
		}
		for _, name := range slices.Sorted(maps.Keys(given)) {
			if name == "class" || name == "replication_factor" {
				continue
			}
			if !slices.Contains(f.Datacenters, name) {
				return nil, cassandra.Configf("Unrecognized strategy option {%s} passed to NetworkTopologyStrategy for keyspace %s", name, keyspace)
			}
			if err := factor(given[name]); err != nil {
				return nil, err
			}
			out[name] = given[name]
			if given[name] == "0" {
				delete(out, name)
			}
		}
	case "LocalStrategy":
		return nil, cassandra.Invalidf("Unable to use given strategy class: LocalStrategy is reserved for internal use.")
	default:
		if !strings.Contains(class, ".") {
			class = strategyPackage + class
		}
		return nil, cassandra.Configf("Unable to find replication strategy class '%s'", class)
	}
	return out, nil
}

// ReplicationFactor is the number of replicas of every partition, over all datacenters.
func (k *Keyspace) ReplicationFactor() int {
	sum := 0
	for name, value := range k.Replication {
		if name != "class" {
			n, err := strconv.Atoi(value)
			if err != nil {
				continue // checked when it was set
			}
			sum += n
		}
	}
	if strings.HasSuffix(k.Replication["class"], "LocalStrategy") || k.Virtual {
		return 1
	}
	return sum
}

func replicationWarnings(k *Keyspace, f Facts) []string {
	if n := k.ReplicationFactor(); n > f.Nodes && k.Replication["class"] == "SimpleStrategy" {
		return []string{fmt.Sprintf("Your replication factor %d for keyspace %s is higher than the number of nodes %d", n, k.Name, f.Nodes)}
	}
	var all []string
	for _, dc := range slices.Sorted(maps.Keys(k.Replication)) {
		if n, err := strconv.Atoi(k.Replication[dc]); err == nil && k.Replication["class"] == "NetworkTopologyStrategy" && n > f.Nodes {
			all = append(all, fmt.Sprintf("Your replication factor %d for keyspace %s is higher than the number of nodes %d for datacenter %s", n, k.Name, f.Nodes, dc))
		}
	}
	return all
}

func alterKeyspace(s *Schema, x *cql.AlterKeyspace, f Facts) (Result, error) {
	if err := writable(x.Name); err != nil {
		return Result{}, err
	}
	old := s.Keyspace(x.Name)
	next := Keyspace{Name: x.Name}
	if old != nil {
		next = *old
	}
	has, err := next.setProperties(x.Properties)
	if err != nil {
		return Result{}, err
	}
	if old == nil {
		if x.IfExists {
			return unchanged(s)
		}
		return Result{}, cassandra.Invalidf("Keyspace '%s' doesn't exist", x.Name)
	}
	if has {
		if next.Replication, err = checkReplication(x.Name, next.Replication, f, old.Replication); err != nil {
			return Result{}, err
		}
	}
	r := Result{Schema: s.WithKeyspace(&next), Change: "UPDATED", Target: "KEYSPACE", Keyspace: x.Name}
	if has {
		r.Warnings = replicationWarnings(&next, f)
	}
	if next.ReplicationFactor() > old.ReplicationFactor() {
		r.Warnings = append(r.Warnings, "When increasing replication factor you need to run a full (-full) repair to distribute the data.")
	}
	return r, nil
}

func dropKeyspace(s *Schema, x *cql.DropKeyspace) (Result, error) {
	if local, ok := systemKeyspaces[x.Name]; ok {
		if local {
			return Result{}, writable(x.Name)
		}
		return Result{}, cassandra.Unauthorizedf("Cannot DROP <keyspace %s>", x.Name)
	}
	if s.Keyspace(x.Name) == nil {
		if x.IfExists {
			return unchanged(s)
		}
		return Result{}, cassandra.Invalidf("Keyspace '%s' doesn't exist", x.Name)
	}
	return Result{Schema: s.WithoutKeyspace(x.Name), Change: "DROPPED", Target: "KEYSPACE", Keyspace: x.Name}, nil
}
