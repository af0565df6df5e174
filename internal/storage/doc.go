// Package storage is one node's data: a Pebble store whose keys are partitions and rows and whose values merge by package
// row's rules.
//
//	a write   write.go → one Pebble batch of blind merges → the log (sync.go says when it is on disk) → Commit.Wait
//	a read    read.go → a cursor over Pebble's iterator, header, static row and rows of each partition
//	          merger.go folds deltas; collapse.go writes rows back that took many
//
//	layout.go     the bytes of keys            format.go   the data directory's version
//	directory.go  the directory's lock, and its lease on a share
//	meta.go       small synced records         space.go    refusing writes before the disk is full, and what compactions leave of it
//	locks.go      partition locks              patrol.go   purging what nobody needs any more
//	background.go what becomes of flushes and compactions that fail
//	faults.go     faults of the disk, when a simulator wants them
//	index.go      entries of secondary indexes, and when they go; indexread.go reads by them; indexbuild.go new ones on rows that are there
//	clusters.go   entries of indexes on vectors; clusterpart.go parts clusters that have grown; nearest.go searches
//	view.go       materialized views: what follows from a write, and builds; viewflush.go when much follows
//	tables.go     what operators ask about a table
//
// Indexes are blind as writes are: a change brings an entry for each term in it, in its batch, and takes none away. A reader checks rows, so a
// stale entry costs time alone; it goes when a reader or the patrol meets it. docs/formats/index.md says why.
//
// Promises. S1: what Commit.Wait returned nil for survives a kill of the process, in every sync mode, and a loss of power in batch
// mode. S2: mutations of one Apply are seen together or not at all. S3: a damaged block is an error, never an absence. S4: a
// read by an index that is built leaves out no row that a scan would show for the same question; one of the nearest vectors has as many rows as it asks for, when
// there are as many, and each of them is what the row has.
package storage
