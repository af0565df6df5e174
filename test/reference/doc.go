// Package reference starts the real Apache Cassandra on this machine, from its published jars, so that benchmarks and
// differential tests have it beside Helenus. It needs Java 11 or 17 and Maven; the jars go to the user's cache directory once.
//
//	node, err := reference.Start(ctx, reference.Options{Addr: "127.0.0.101", DataDir: dir})
//	defer node.Stop()
//
// From a shell: go run ./test/reference/cmd up 127.0.0.101
package reference
