// Package key turns keys into bytes that sort as CQL sorts, and partition keys into tokens.
//
//	token.go murmur3.go    the token of a partition key, exactly as Cassandra's Murmur3Partitioner computes it
//	partition.go           a partition key's serialized form, one component or several
//	clustering.go          clustering columns, order-preserving, DESC inverted; byte ranges over them
package key
