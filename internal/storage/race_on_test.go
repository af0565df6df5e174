//go:build race

package storage

// raceEnabled: what takes long takes ten times as long under the race detector.
const raceEnabled = true
