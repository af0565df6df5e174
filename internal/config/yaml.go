package config

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
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

// refused are keys that Helenus can't follow yet and must not ignore, with the values that ask for nothing.
var refused = map[string]struct {
	harmless []string
	why      string
}{
	"authenticator":             {[]string{"AllowAllAuthenticator"}, "authentication is not supported by this version"},
	"authorizer":                {[]string{"AllowAllAuthorizer"}, "permissions are not supported by this version"},
	"partitioner":               {[]string{"Murmur3Partitioner"}, "only Murmur3Partitioner is supported"},
	"initial_token":             {[]string{""}, "tokens can't be chosen in this version"},
	"client_encryption_options": {[]string{"", "enabled=false"}, "TLS is not supported by this version"},
	"start_native_transport":    {[]string{"true"}, "a node always serves CQL"},
}

// refuse returns the fault of a key that must not be ignored.
func refuse(name string, k, v *yaml.Node) error {
	r, ok := refused[k.Value]
	if !ok {
		return nil
	}
	text := v.Value
	if v.Kind == yaml.MappingNode {
		text = ""
		for i := 0; i+1 < len(v.Content); i += 2 {
			switch v.Content[i].Value {
			case "enabled":
				text = "enabled=" + v.Content[i+1].Value
			case "class_name":
				text = v.Content[i+1].Value
			}
		}
	}
	text = text[strings.LastIndexByte(text, '.')+1:]
	if slices.Contains(r.harmless, text) {
		return nil
	}
	return fmt.Errorf("%s:%d: %s is %q: %s; allowed: %s", name, k.Line, k.Value, text, r.why, strings.TrimSpace(strings.Join(r.harmless, " ")))
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
	var faults []error
	var idle []string
	for i := 0; i+1 < len(root.Content); i += 2 {
		k, v := root.Content[i], root.Content[i+1]
		if err := refuse(name, k, v); err != nil && v.Tag != "!!null" {
			faults = append(faults, err)
		}
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
		case refused[yamlName].why == "":
			idle = append(idle, k.Value)
		}
	}
	if idle != nil {
		warnings = append(warnings, fmt.Sprintf("%s: keys of Cassandra's that have no effect here: %s", name, strings.Join(idle, ", ")))
	}
	return entries, warnings, errors.Join(faults...)
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
