// Package stats counts what operators ask for: how often something was done and how long it took.
//
//	histogram.go  durations in buckets
//	sizes.go      numbers in buckets
package stats
