// Package helenus is the root of a Cassandra-compatible database. Nothing is exported here; this is the map.
//
//	cmd/helenus     the program: start, cassandra, config, health, dev, cqlsh, nodetool, image, up and its companions, volume-driver, version; names it is started under
//	internal/       the database, floor by floor; layers.txt is its table of contents
//	client/         what speaks to a database from outside; client/shell is cqlsh, client/initdb what a new cluster begins with
//	container/      the image: entrypoint, shell and small commands, the files; container/up: clusters of containers; container/volume: volumes on Azure Files
//	deploy/         Dockerfile; units and settings of the volume driver
//	test/           black boxes: golden (recorded answers), drivers, shell, docker, testcontainers, article, azurefile (a Docker host with SMB shares), chaos, bench, reference (the real Cassandra)
//	docs/           formats on disk, differences, benchmarks, locks
//
// ARCHITECTURE.md walks an INSERT and a SELECT from socket to disk.
package helenus
