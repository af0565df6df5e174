// Package config turns flags, properties, environment and cassandra.yaml into a node's settings. A value comes from the first of these that
// has it: flag, -D property, variable, what a container decides, file, default; it remembers which. Nothing is written anywhere. All faults
// are found before the node starts and said at once.
//
//	keys.go       the settings: names, defaults, what is allowed
//	refused.go    keys of cassandra.yaml that Helenus can't follow and must not ignore
//	settings.go   the outcome
//	load.go       which source has a value: the layers
//	environment.go variables, also from files (X_FILE)
//	yaml.go       cassandra.yaml; cassandra_keys.txt lists the keys that Cassandra knows and Helenus does not need
//	jvm.go        -D properties and -Xmx, from arguments and the JVM's variables
//	container.go  where things are in a container, and its addresses and seeds
//	bitnami.go    the defaults of Bitnami's image
//	snitch.go     datacenter and rack
//	addresses.go  auto, localhost and interfaces made addresses
//	checks.go     what is legal; units.go sizes and times
//	unknown.go    variables that mean nothing
//	explain.go    every value and its source
package config
