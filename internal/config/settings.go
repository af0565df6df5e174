package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Settings are a node's settings, checked.
type Settings struct {
	values map[string]Value
	// Warnings are to be logged once.
	Warnings []string
}

// Value is a setting with its source: flag --x, HELENUS_X, cassandra.yaml:12, default.
type Value struct{ Text, Source string }

// Sources are where settings come from.
type Sources struct {
	// Flags holds the flags that were given.
	Flags map[string]string
	// Getenv returns a variable; default os.LookupEnv.
	Getenv func(string) (string, bool)
	// YamlFile is read when not empty.
	YamlFile string
}

// Load resolves and checks all settings. The error joins every fault.
func Load(s Sources) (*Settings, error) {
	if s.Getenv == nil {
		s.Getenv = os.LookupEnv
	}
	out := &Settings{values: map[string]Value{}}
	var entries map[string]entry
	if s.YamlFile != "" {
		raw, err := os.ReadFile(s.YamlFile)
		if err != nil {
			return nil, fmt.Errorf("read the configuration: %w", err)
		}
		if entries, out.Warnings, err = readYaml(s.YamlFile, raw); err != nil {
			return nil, err
		}
	}
	var faults []error
	for i := range keys {
		k := &keys[i]
		v := resolve(k, s, entries)
		if allowed := k.check(v.Text); allowed != "" {
			faults = append(faults, fmt.Errorf("%s is %q; allowed: %s", v.Source, v.Text, allowed))
		}
		out.values[k.name] = v
	}
	return out, errors.Join(faults...)
}

func resolve(k *key, s Sources, entries map[string]entry) Value {
	if text, ok := s.Flags[k.name]; ok {
		return Value{text, "--" + k.name}
	}
	for _, name := range k.env {
		if text, ok := s.Getenv(name); ok && text != "" {
			return Value{text, name}
		}
	}
	if e, ok := entries[k.yaml]; ok && k.yaml != "" {
		return Value{e.text, fmt.Sprintf("%s:%d: %s", s.YamlFile, e.line, k.yaml)}
	}
	return Value{k.fallback, "default of --" + k.name}
}

func (s *Settings) text(name string) string { return s.values[name].Text }

// number returns a value that Load has checked.
func (s *Settings) number(name string) int {
	n, err := strconv.Atoi(s.text(name))
	if err != nil {
		panic(fmt.Sprintf("setting %s was not checked: %v", name, err))
	}
	return n
}

func (s *Settings) DataDir() string     { d, _, _ := strings.Cut(s.text("data"), ","); return d }
func (s *Settings) ClusterName() string { return s.text("cluster-name") }
func (s *Settings) Datacenter() string  { return s.text("dc") }
func (s *Settings) Rack() string        { return s.text("rack") }
func (s *Settings) Port() int           { return s.number("port") }
func (s *Settings) StoragePort() int    { return s.number("storage-port") }

// NodeTLS returns the files for TLS between nodes: all three, or none.
func (s *Settings) NodeTLS() (certificate, key, authority string) {
	return s.text("node-cert"), s.text("node-key"), s.text("node-ca")
}

// ClockOffset is added to the machine's clock.
func (s *Settings) ClockOffset() time.Duration {
	d, _ := time.ParseDuration(s.text("clock-offset")) // it was checked
	return d
}
func (s *Settings) AcceptLoss() bool { return s.text("accept-loss") == "true" }
func (s *Settings) Replace() string  { return s.text("replace") }
func (s *Settings) NumTokens() int   { return s.number("num-tokens") }
func (s *Settings) HTTP() string     { return s.text("http") }
func (s *Settings) LogLevel() string { return s.text("log-level") }
func (s *Settings) Periodic() bool   { return s.text("commitlog-sync") == "periodic" }

// Listen is the address for CQL clients.
func (s *Settings) Listen() string {
	if l := s.text("listen"); l != "localhost" {
		return l
	}
	return "127.0.0.1"
}

// Seeds are the nodes to join.
func (s *Settings) Seeds() []string {
	var all []string
	for _, seed := range strings.Split(s.text("seeds"), ",") {
		if seed = strings.TrimSpace(seed); seed != "" {
			all = append(all, seed)
		}
	}
	return all
}

// SyncPeriod is commitlog_sync_period.
func (s *Settings) SyncPeriod() time.Duration {
	d, err := ParseDuration(s.text("commitlog-sync-period"))
	if err != nil {
		panic(fmt.Sprintf("setting commitlog-sync-period was not checked: %v", err))
	}
	return d
}

// Memory is the memory to live in, or 0 to find out.
func (s *Settings) Memory() int64 { return s.size("memory") }

// FrameBytes is the largest request.
func (s *Settings) FrameBytes() int { return int(s.size("max-frame-size")) }

// Connections is the most CQL connections, 0 for the default.
func (s *Settings) Connections() int { return max(s.number("max-connections"), 0) }

func (s *Settings) size(name string) int64 {
	if s.text(name) == "" {
		return 0
	}
	n, err := ParseSize(s.text(name))
	if err != nil {
		panic(fmt.Sprintf("setting %s was not checked: %v", name, err))
	}
	return n
}

// ByYaml returns the settings by cassandra.yaml's names, for system_views.settings.
func (s *Settings) ByYaml() map[string]string {
	m := map[string]string{}
	for i := range keys {
		if keys[i].yaml != "" {
			m[keys[i].yaml] = s.text(keys[i].name)
		}
	}
	return m
}

// Flag describes a flag of helenus start.
type Flag struct{ Name, Default, About string }

// Flags returns the flags in the order of their names.
func Flags() []Flag {
	var all []Flag
	for i := range keys {
		all = append(all, Flag{keys[i].name, keys[i].fallback, keys[i].about})
	}
	slices.SortFunc(all, func(a, b Flag) int { return strings.Compare(a.Name, b.Name) })
	return all
}
