package system

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	"helenus/internal/cql"
	"helenus/internal/schema"
)

//go:embed catalog/*.cql
var catalog embed.FS

// keyspaces are the system keyspaces and their replication.
var keyspaces = [...]struct {
	name        string
	replication map[string]string
	virtual     bool
}{
	{"system", map[string]string{"class": "LocalStrategy"}, false},
	{"system_auth", map[string]string{"class": "SimpleStrategy", "replication_factor": "1"}, false},
	{"system_distributed", map[string]string{"class": "SimpleStrategy", "replication_factor": "3"}, false},
	{"system_schema", map[string]string{"class": "LocalStrategy"}, false},
	{"system_traces", map[string]string{"class": "SimpleStrategy", "replication_factor": "2"}, false},
	{"system_views", map[string]string{"class": "LocalStrategy"}, true},
	{"system_virtual_schema", map[string]string{"class": "LocalStrategy"}, true},
}

// Base returns the schema of the system keyspaces: what every node begins with. It never changes.
var Base = sync.OnceValues(base)

func base() (*schema.Schema, error) {
	s := schema.Empty
	for _, k := range keyspaces {
		tables, err := load(k.name, k.virtual)
		if err != nil {
			return nil, fmt.Errorf("catalog of %s: %w", k.name, err)
		}
		s = s.WithKeyspace(&schema.Keyspace{Name: k.name, Replication: k.replication, DurableWrites: true, Virtual: k.virtual, Tables: tables})
	}
	return s, nil
}

func load(keyspace string, virtual bool) (map[string]*schema.Table, error) {
	text, err := catalog.ReadFile("catalog/" + keyspace + ".cql")
	if err != nil {
		return nil, err
	}
	tables := map[string]*schema.Table{}
	for _, statement := range strings.Split(string(text), "\n\n") {
		parsed, err := cql.Parse(statement)
		if err != nil {
			return nil, err
		}
		create, ok := parsed.(*cql.CreateTable)
		if !ok {
			return nil, fmt.Errorf("%T in it", parsed)
		}
		t, err := schema.SystemTable(keyspace, create, virtual)
		if err != nil {
			return nil, err
		}
		tables[t.Name] = t
	}
	return tables, nil
}
