package schema

import (
	"slices"
	"strconv"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
)

// properties are a statement's WITH options by name.
type properties map[string]cql.Property

// readProperties refuses options that are not among the known ones.
func readProperties(all []cql.Property, known ...string) (properties, error) {
	p := make(properties, len(all))
	for _, o := range all {
		if !slices.Contains(known, o.Name) {
			return nil, cassandra.Syntaxf("Unknown property '%s'", o.Name)
		}
		p[o.Name] = o
	}
	return p, nil
}

func (p properties) has(name string) bool {
	_, ok := p[name]
	return ok
}

// mapping returns a map option, or nil when it is not given.
func (p properties) mapping(name string) (map[string]string, error) {
	o, ok := p[name]
	if !ok {
		return nil, nil
	}
	if !o.IsMap {
		return nil, cassandra.Syntaxf("Invalid value for property '%s'. It should be a map.", name)
	}
	return o.Map, nil
}

func (p properties) text(name, otherwise string) (string, error) {
	o, ok := p[name]
	if !ok {
		return otherwise, nil
	}
	if o.IsMap {
		return "", cassandra.Syntaxf("Invalid value for property '%s'. It should be a string", name)
	}
	return o.Value, nil
}

func (p properties) boolean(name string, otherwise bool) (bool, error) {
	text, err := p.text(name, "")
	if err != nil || !p.has(name) {
		return otherwise, err
	}
	switch strings.ToLower(text) {
	case "1", "true", "yes":
		return true, nil
	case "0", "false", "no":
		return false, nil
	}
	return false, cassandra.Syntaxf("Invalid boolean value %s for '%s'. Positive values can be '1', 'true' or 'yes'. Negative values can be '0', 'false' or 'no'.", text, name)
}

func (p properties) integer(name string, otherwise int32) (int32, error) {
	text, err := p.text(name, "")
	if err != nil || !p.has(name) {
		return otherwise, err
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, cassandra.Syntaxf("Invalid integer value %s for '%s'", text, name)
	}
	return int32(n), nil
}

func (p properties) double(name string, otherwise float64) (float64, error) {
	text, err := p.text(name, "")
	if err != nil || !p.has(name) {
		return otherwise, err
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, cassandra.Syntaxf("Invalid double value %s for '%s'", text, name)
	}
	return n, nil
}
