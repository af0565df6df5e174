// Package repair keeps replicas the same by itself, and knows since when they are.
//
//	marks.go      through which moment each range of each table was repaired, as records of the store
//	repairer.go   the pass: one range of one table at a time, the one that has waited longest
//
// A range is read at ALL, by digest and piece by piece, and what a replica lacks is written to it (coordinator.RepairRange). Afterwards all of
// its replicas note the moment before which every write has reached them all, its mark. A tombstone that is older than its table's
// gc_grace_seconds and the mark can be purged: no replica is left that could bring back what it deletes. When a replica is away the mark stays
// where it is, and so do tombstones.
//
// Promise. D1: with several replicas, a tombstone is purged only after all replicas of its range have had it.
package repair
