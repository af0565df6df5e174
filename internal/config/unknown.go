package config

import (
	"fmt"
	"slices"
	"strings"
)

// launcherVariables belong to Cassandra's start script and to its image; here they set nothing, and a file that has them means nothing by it.
var launcherVariables = []string{
	"CASSANDRA_CONF", "CASSANDRA_HOME", "CASSANDRA_VERSION", "CASSANDRA_CONFIG", "CASSANDRA_SHA512", "CASSANDRA_HEAPDUMP_DIR", "CASSANDRA_INCLUDE",
	"CASSANDRA_LIBJEMALLOC", "CASSANDRA_START_RPC", "CASSANDRA_SNITCH", "CASSANDRA_LISTEN_INTERFACE", "CASSANDRA_LOG_FILE", "CASSANDRA_PID_FILE", "CASSANDRA_CONF_FILE",
}

// warn notes what is known to be without effect, and what is unknown.
func (l *loader) warn() {
	warn := func(format string, args ...any) {
		l.out.Warnings = append(l.out.Warnings, fmt.Sprintf(format, args...))
	}
	for _, u := range l.yaml.unknown {
		warn("%s is an unknown key and is ignored", u)
	}
	if len(l.yaml.idle) > 0 {
		warn("%s: keys of Cassandra's that have no effect here: %s", l.yaml.name, strings.Join(l.yaml.idle, ", "))
	}
	if len(l.jvm.unknown) > 0 {
		warn("properties that have no effect here: %s", strings.Join(l.jvm.unknown, " "))
	}
	if len(l.jvm.ignored) > 0 {
		l.out.Notes = append(l.out.Notes, "options for Java are ignored: "+strings.Join(l.jvm.ignored, " "))
	}
	if l.plain {
		l.out.Notes = append(l.out.Notes, "the variables CASSANDRA_* are ignored, since -Dcassandra.config names a file")
		return
	}
	var idle []string
	known := knownVariables()
	for _, name := range l.environment.names {
		base := strings.TrimSuffix(name, fileSuffix)
		switch {
		case !strings.HasPrefix(name, "CASSANDRA_"), isLinked(name, l.environment.all[name]), slices.Contains(launcherVariables, name), slices.Contains(launcherVariables, base):
		case slices.Contains(known, name), slices.Contains(known, base):
		case isIdle(name), isIdle(base):
			idle = append(idle, name)
		default:
			warn("variable %q is unknown and is ignored; the nearest known name is %s", name, nearest(strings.TrimSpace(base), append(known, launcherVariables...)))
		}
	}
	if idle != nil {
		warn("variables that have no effect here: %s", strings.Join(idle, ", "))
	}
}

// knownVariables are those that set something.
func knownVariables() (all []string) {
	for i := range settings {
		all = append(all, settings[i].variables()...)
	}
	return all
}

// isIdle says whether a variable is one of Bitnami's, or a key of cassandra.yaml, that has no effect here.
func isIdle(name string) bool {
	if slices.Contains(bitnamiIdle, name) || slices.ContainsFunc(bitnamiIdlePrefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
		return true
	}
	return slices.Contains(strings.Fields(knownKeys), strings.ToLower(strings.TrimPrefix(name, "CASSANDRA_")))
}

// nearest returns the name that takes the fewest changes of letters.
func nearest(name string, all []string) (best string) {
	least := -1
	for _, candidate := range all {
		if d := distance(name, candidate); least < 0 || d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance counts the letters to put in, take out or change to make one text of another.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
