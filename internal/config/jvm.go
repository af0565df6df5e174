package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// jvm is what is said to Java.
type jvm struct {
	properties map[string]Value // by name, such as cassandra.initial_token
	heap       []Value          // of -Xmx and MAX_HEAP_SIZE
	// ignored are options that mean nothing here; unknown are Cassandra's properties that mean something there.
	ignored, unknown []string
}

// jvmVariables hold options for Java. What stands on the command line goes before them.
var jvmVariables = []string{"JVM_OPTS", "JVM_EXTRA_OPTS", "JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"}

// idleProperties are those that change nothing that a user could see: nothing waits for gossip here, a newcomer always fetches its data.
var idleProperties = []string{
	"config", "ring_delay_ms", "skip_wait_for_gossip_to_settle", "superuser_setup_delay_ms", "auto_bootstrap", "load_ring_state",
	"consistent.rangemovement", "unsafesystem", "reset_bootstrap_progress",
}

// readJVM reads options for Java from arguments and variables.
func readJVM(args []string, e environment) jvm {
	j := jvm{properties: map[string]Value{}}
	for _, a := range args {
		j.add(a, "")
	}
	for _, name := range jvmVariables {
		for _, a := range words(e.all[name]) {
			j.add(a, name+": ")
		}
	}
	if text := e.all["MAX_HEAP_SIZE"]; text != "" {
		j.heap = append(j.heap, Value{text, "MAX_HEAP_SIZE"})
	}
	return j
}

func (j *jvm) add(option, where string) {
	if text, ok := strings.CutPrefix(option, "-Xmx"); ok {
		j.heap = append(j.heap, Value{text, where + "-Xmx"})
		return
	}
	name, text, _ := strings.Cut(strings.TrimPrefix(option, "-D"), "=")
	if !strings.HasPrefix(option, "-Dcassandra.") {
		j.ignored = append(j.ignored, option)
		return
	}
	if _, ok := j.properties[name]; !ok {
		j.properties[name] = Value{text, where + "-D" + name}
	}
	if !isProperty(strings.TrimPrefix(name, "cassandra.")) {
		j.unknown = append(j.unknown, where+option)
	}
}

func isProperty(name string) bool {
	if key, ok := strings.CutPrefix(name, "settings."); ok {
		return slices.Contains(strings.Fields(knownKeys), key) || slices.ContainsFunc(settings, func(k setting) bool { return k.yaml == key })
	}
	return slices.Contains(idleProperties, name) || slices.ContainsFunc(settings, func(k setting) bool { return slices.Contains(k.properties, name) })
}

// words takes a text apart at its blanks, but not within quotes.
func words(text string) (all []string) {
	var word strings.Builder
	quote, inside := rune(0), false
	for _, c := range text {
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote, inside = c, true
		case c == quote:
			quote = 0
		case quote == 0 && strings.ContainsRune(" \t\n\r", c):
			if inside {
				all = append(all, word.String())
			}
			word.Reset()
			inside = false
		default:
			word.WriteRune(c)
			inside = true
		}
	}
	if inside {
		all = append(all, word.String())
	}
	return all
}

// configPath is the file that -Dcassandra.config names: a path, a file: URI, or a name in the directory of the configuration.
func configPath(v Value, dir string) (string, error) {
	path := v.Text
	if strings.Contains(path, ":/") && !filepath.IsAbs(path) {
		u, err := url.Parse(path)
		if err != nil || u.Scheme != "file" || u.Host != "" && u.Host != "localhost" {
			return "", &FileError{fmt.Errorf("%s is %q; allowed: a path, file:///path, or the name of a file in %s", v.Source, v.Text, dir)}
		}
		path = u.Path
	}
	if !filepath.IsAbs(path) && !strings.ContainsRune(path, filepath.Separator) {
		path = filepath.Join(dir, path)
	}
	return path, nil
}

// heapMin is the least that a cap on the heap makes of the memory: a node needs that much.
const heapMin = 64 << 20

// deriveMemory takes the lowest of what is said of Java's heap as a cap on the memory to live in.
func (l *loader) deriveMemory() {
	for _, v := range l.jvm.heap {
		n, err := ParseSize(v.Text)
		if err != nil {
			l.out.Warnings = append(l.out.Warnings, fmt.Sprintf("%s is %q, which is no size; it is ignored", v.Source, v.Text))
			continue
		}
		if n < heapMin {
			l.out.Warnings = append(l.out.Warnings, fmt.Sprintf("%s is %s; a node lives in 64 MiB at least", v.Source, v.Text))
			n = heapMin
		}
		if l.out.memoryMax.Text == "" || n < l.out.MemoryMax() {
			l.out.memoryMax = Value{fmt.Sprint(n), v.Source}
		}
	}
}
