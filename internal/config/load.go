package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"helenus/internal/platform"
)

// Sources are where settings come from.
type Sources struct {
	// Flags holds the flags that were given.
	Flags map[string]string
	// JVM holds the options that Cassandra hands to Java: -Dname=value, -Xmx512M.
	JVM []string
	// Environ returns all variables as NAME=value; default os.Environ.
	Environ func() []string
	// YamlFile is read when not empty.
	YamlFile string
	// Names tells this machine's addresses; default: the system's.
	Names platform.Names
	// IsMount says whether something is mounted at a path of a container; default platform.IsMount.
	IsMount func(path string) bool
	// Root stands before the fixed paths of a container; tests set it.
	Root string
}

// loader works the settings out.
type loader struct {
	Sources
	environment environment
	jvm         jvm
	out         *Settings
	yaml        yamlFile
	// container: the rules of Cassandra's image hold. plain: -Dcassandra.config names a file, which holds alone.
	container, plain bool
	bitnami          bool
	gossiping        bool // the snitch reads CASSANDRA_DC, CASSANDRA_RACK and cassandra-rackdc.properties
	faults           []error
}

// Load resolves and checks all settings. The error joins every fault; one that is a FileError says that a file could not be read at all.
func Load(s Sources) (*Settings, error) {
	if s.Environ == nil {
		s.Environ = os.Environ
	}
	if s.Names == nil {
		s.Names = platform.SystemNames{}
	}
	if s.IsMount == nil {
		s.IsMount = platform.IsMount
	}
	l := &loader{Sources: s, out: &Settings{values: map[string]Value{}}}
	return l.out, l.load()
}

func (l *loader) load() error {
	l.environment = readEnvironment(l.Environ())
	l.container = l.environment.all["HELENUS_CONTAINER"] == "1"
	l.bitnami = l.container && l.isBitnami()
	l.jvm = readJVM(l.JVM, l.environment)
	if err := l.readFile(); err != nil {
		return err
	}
	l.readSnitch()
	for i := range settings {
		k := &settings[i]
		l.out.values[k.name] = l.check(k, l.resolve(k))
	}
	l.deriveAddresses()
	l.deriveTokens()
	l.deriveMemory()
	l.deriveTLS()
	l.checkTogether()
	l.warn()
	return errors.Join(append(l.faults, l.environment.faults...)...)
}

// readFile reads the cassandra.yaml that holds, if any.
func (l *loader) readFile() error {
	name, err := l.findFile()
	if err != nil || name == "" {
		return err
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return &FileError{fmt.Errorf("read the configuration: %w", err)}
	}
	l.yaml, err = readYaml(name, raw)
	return err
}

// findFile returns the file to read, or nothing.
func (l *loader) findFile() (string, error) {
	if l.YamlFile != "" {
		return l.YamlFile, nil
	}
	if v, ok := l.jvm.properties["cassandra.config"]; ok {
		l.plain = true
		return configPath(v, l.confDir())
	}
	if !l.container {
		return "", nil
	}
	return l.containerFile()
}

// A layer is a source that may have a setting's value.
type layer func(k *setting) (Value, bool)

// given are the layers before the file.
func (l *loader) given() []layer {
	return []layer{l.flag, l.property, l.variable, l.byContainer, l.bySuperuser}
}

// resolve asks one layer after the other.
func (l *loader) resolve(k *setting) Value {
	for _, has := range append(l.given(), l.file, l.byFacts) {
		if v, ok := has(k); ok {
			return v
		}
	}
	return Value{k.fallback, "default"}
}

func (l *loader) flag(k *setting) (Value, bool) {
	text, ok := l.Flags[k.name]
	return Value{text, "--" + k.name}, ok && !k.noFlag
}

func (l *loader) property(k *setting) (Value, bool) {
	for _, name := range k.properties {
		if v, ok := l.jvm.properties["cassandra."+name]; ok && v.Text != "" {
			return v, true
		}
	}
	v, ok := l.jvm.properties["cassandra.settings."+k.yaml]
	return v, ok && k.yaml != ""
}

func (l *loader) variable(k *setting) (Value, bool) {
	for _, name := range k.variables() {
		if l.plain && !isOwn(name) || !l.gossiping && isPlace(name) {
			continue
		}
		if v, ok := l.environment.get(name); ok {
			return v, true
		}
	}
	return Value{}, false
}

func (l *loader) file(k *setting) (Value, bool) {
	if k.yaml == "" {
		return Value{}, false
	}
	v, ok := l.yaml.entries[k.yaml]
	return v, ok
}

// check notes a fault in a value.
func (l *loader) check(k *setting, v Value) Value {
	allowed := k.check(v.Text)
	if allowed == "" {
		return v
	}
	text := fmt.Sprintf("%q", v.Text)
	if k.secret {
		text = hidden
	}
	if k.why != "" {
		l.fault("%s is %s: %s; allowed: %s", v.Source, text, k.why, allowed)
		return v
	}
	l.fault("%s is %s; allowed: %s", v.Source, text, allowed)
	return v
}

func (l *loader) fault(format string, args ...any) {
	l.faults = append(l.faults, fmt.Errorf(format, args...))
}

// deriveTokens makes the number of tokens that of those which are named. Only in one file do both have to agree, as in Cassandra.
func (l *loader) deriveTokens() {
	initial, count := l.out.values["initial-token"], l.out.values["num-tokens"]
	all, err := parseTokens(initial.Text)
	if err != nil || len(all) == 0 {
		return
	}
	_, tokensInFile := l.yaml.entries["initial_token"]
	if e, countInFile := l.yaml.entries["num_tokens"]; tokensInFile && countInFile && e == count && initial == l.yaml.entries["initial_token"] && count.Text != fmt.Sprint(len(all)) {
		l.fault("%s names %d tokens, but %s is %s; have both agree, or leave num_tokens out", initial.Source, len(all), count.Source, count.Text)
	}
	l.out.values["num-tokens"] = Value{fmt.Sprint(len(all)), "number of tokens of " + initial.Source}
}

// checkTogether notes settings that do not go together.
func (l *loader) checkTogether() {
	l.checkGuardrails()
	warn, fail := l.out.values["user_defined_functions_warn_timeout"], l.out.values["user_defined_functions_fail_timeout"]
	if w, err := ParseDuration(warn.Text); err == nil {
		if f, err := ParseDuration(fail.Text); err == nil && w >= f {
			l.fault("%s is %s and %s is %s: user_defined_functions_warn_timeout must be less than user_defined_functions_fail_timeout", warn.Source, warn.Text, fail.Source, fail.Text)
		}
	}
	if v := l.out.values["initial-nodes"]; v.Text != "0" && v.Text != "1" && len(l.out.othersAmongSeeds()) == 0 {
		l.fault("%s is %s, but there are no seeds to find the other nodes by: set CASSANDRA_SEEDS to the name of the service, such as tasks.cassandra in a Swarm and cassandra elsewhere", v.Source, v.Text)
	}
	l.checkLogin()
	if dirs := split(l.out.text("data")); len(dirs) > 1 {
		l.out.Warnings = append(l.out.Warnings, fmt.Sprintf("%s: only the first directory is used, %s", l.out.values["data"].Source, dirs[0]))
	}
}

// FileError says that a configuration file can't be read or is none.
type FileError struct{ error }

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.error }

// under is a fixed path of a container.
func (l *loader) under(path string) string { return filepath.Join(l.Root, path) }
