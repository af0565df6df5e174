// Package config turns flags, environment and cassandra.yaml into a node's settings. A value comes from the first of these that has it:
// flag, environment, yaml, default; it remembers which. All faults are found before the node starts and said at once.
//
//	keys.go       the settings that Helenus acts on: names, kinds, defaults, bounds
//	yaml.go       cassandra.yaml; cassandra_keys.txt lists the keys that Cassandra 5.0 knows and Helenus does not need
//	settings.go   the outcome
package config
