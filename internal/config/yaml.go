package config

import (
	_ "embed"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed cassandra_keys.txt
var knownKeys string

// entry is a value of cassandra.yaml with its place.
type entry struct {
	text string
	line int
}

// oldNames are keys that Cassandra renamed, with the unit that their values are in.
var oldNames = map[string]struct{ now, unit string }{
	"commitlog_sync_period_in_ms":           {"commitlog_sync_period", "ms"},
	"native_transport_max_frame_size_in_mb": {"native_transport_max_frame_size", "MiB"},
}

// readYaml returns the entries of a file by their key, and a warning for each key that Cassandra does not know either.
func readYaml(name string, raw []byte) (entries map[string]entry, warnings []string, err error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	entries = map[string]entry{}
	if len(doc.Content) == 0 {
		return entries, nil, nil
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, nil, fmt.Errorf("%s:%d: a list of keys with values is expected", name, root.Line)
	}
	known := map[string]bool{}
	for _, k := range strings.Fields(knownKeys) {
		known[k] = true
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		k, v := root.Content[i], root.Content[i+1]
		e := entry{line: k.Line, text: flatten(k.Value, v)}
		yamlName := k.Value
		if old, ok := oldNames[yamlName]; ok {
			yamlName, e.text = old.now, e.text+old.unit
		}
		switch {
		case v.Tag == "!!null":
		case findYaml(yamlName) != nil:
			entries[yamlName] = e
		case !known[yamlName]:
			warnings = append(warnings, fmt.Sprintf("%s:%d: unknown key %s is ignored", name, k.Line, k.Value))
		}
	}
	return entries, warnings, nil
}

// flatten returns a value as text; lists are joined by commas, and of seed_provider only the seeds count.
func flatten(name string, v *yaml.Node) string {
	if name == "seed_provider" {
		return seedsOf(v)
	}
	if v.Kind == yaml.SequenceNode {
		var all []string
		for _, c := range v.Content {
			all = append(all, c.Value)
		}
		return strings.Join(all, ",")
	}
	return v.Value
}

func seedsOf(v *yaml.Node) string {
	if v.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(v.Content); i += 2 {
			if v.Content[i].Value == "seeds" {
				return v.Content[i+1].Value
			}
		}
	}
	for _, c := range v.Content {
		if s := seedsOf(c); s != "" {
			return s
		}
	}
	return ""
}
