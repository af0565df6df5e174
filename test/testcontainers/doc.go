// Package testcontainers starts the image as testcontainers-go does for Cassandra's: as a generic container and by its Cassandra module, whose
// wait strategies, files and scripts are what many people's tests rely on. It is a module of its own, since nothing of the product needs what it
// needs. The tests of test/docker run it, with an engine and the image under the name cassandra.
package testcontainers
