// Package cassandra holds what clients see and Apache Cassandra fixed: consistency levels, error codes with their fields,
// write types and the versions that Helenus claims. It imports nothing of Helenus.
package cassandra
