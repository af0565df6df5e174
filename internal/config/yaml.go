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

// yamlFile is a cassandra.yaml that was read.
type yamlFile struct {
	name string
	// entries are its values by key; keys within keys are joined by dots.
	entries map[string]Value
	// unknown are keys that Cassandra does not know either, with their places; idle those that have no effect here.
	unknown, idle []string
}

// oldNames are keys that Cassandra renamed, with the unit that their values are in.
var oldNames = map[string]struct{ now, unit string }{
	"batch_size_warn_threshold_in_kb":        {"batch_size_warn_threshold", "KiB"},
	"batch_size_fail_threshold_in_kb":        {"batch_size_fail_threshold", "KiB"},
	"commitlog_sync_period_in_ms":            {"commitlog_sync_period", "ms"},
	"enable_user_defined_functions":          {"user_defined_functions_enabled", ""},
	"enable_scripted_user_defined_functions": {"scripted_user_defined_functions_enabled", ""},
	"enable_materialized_views":              {"materialized_views_enabled", ""},
	"user_defined_function_warn_timeout":     {"user_defined_functions_warn_timeout", "ms"},
	"user_defined_function_fail_timeout":     {"user_defined_functions_fail_timeout", "ms"},
	"native_transport_max_frame_size_in_mb":  {"native_transport_max_frame_size", "MiB"},
}

// errNotYaml is of files that hold no settings.
var errNotYaml = errors.New("a list of keys with values is expected")

// readYaml reads a cassandra.yaml.
func readYaml(name string, raw []byte) (yamlFile, error) {
	f := yamlFile{name: name, entries: map[string]Value{}}
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return f, &FileError{fmt.Errorf("%s: %w", name, err)}
	}
	if len(doc.Content) == 0 {
		return f, &FileError{fmt.Errorf("%s: the file is empty; %w", name, errNotYaml)}
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return f, &FileError{fmt.Errorf("%s:%d: %w", name, root.Line, errNotYaml)}
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		f.add(root.Content[i], root.Content[i+1])
	}
	return f, nil
}

// add takes a key and its value.
func (f *yamlFile) add(k, v *yaml.Node) {
	name, unit := k.Value, ""
	if old, ok := oldNames[name]; ok {
		name, unit = old.now, old.unit
	}
	acted := f.addValue(name, unit, k, v)
	switch {
	case acted || v.Tag == "!!null":
	case !slices.Contains(strings.Fields(knownKeys), name):
		f.unknown = append(f.unknown, fmt.Sprintf("%s:%d: %s", f.name, k.Line, k.Value))
	default:
		f.idle = append(f.idle, k.Value)
	}
}

// addValue notes a value, and those within it, and says whether Helenus acts on one of them.
func (f *yamlFile) addValue(name, unit string, k, v *yaml.Node) (acted bool) {
	if v.Kind == yaml.AliasNode {
		v = v.Alias
	}
	if v.Kind == yaml.MappingNode && name != "seed_provider" {
		for i := 0; i+1 < len(v.Content); i += 2 {
			inner := name + "." + v.Content[i].Value
			if v.Content[i].Value == "class_name" {
				inner = name
			}
			acted = f.addValue(inner, "", v.Content[i], v.Content[i+1]) || acted
		}
		return acted
	}
	if v.Tag != "!!null" {
		f.entries[name] = Value{flatten(name, v) + unit, fmt.Sprintf("%s:%d: %s", f.name, k.Line, k.Value)}
	}
	return slices.ContainsFunc(settings, func(s setting) bool { return s.yaml == name })
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
