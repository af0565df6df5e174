//go:build !linux

package worker

// limitProcess has nothing to set here: watch alone bounds the process.
func limitProcess(int64) {}
