// Package storage is one node's data: a Pebble store whose keys are partitions and rows and whose values merge by package
// row's rules.
//
//	a write   write.go → one Pebble batch of blind merges → the log (sync.go says when it is on disk) → Commit.Wait
//	a read    read.go → a cursor over Pebble's iterator, header, static row and rows of each partition
//	          merger.go folds deltas; collapse.go writes rows back that took many
//
//	layout.go     the bytes of keys            format.go   the data directory's version, its lock
//	meta.go       small synced records         space.go    refusing writes before the disk is full
//	locks.go      partition locks              patrol.go   purging what nobody needs any more
//
// Promises. S1: what Commit.Wait returned nil for survives a kill of the process, in every sync mode, and a loss of power in batch
// mode. S2: mutations of one Apply are seen together or not at all. S3: a damaged block is an error, never an absence.
package storage
