//go:build race

package node

// raceEnabled: the race detector allocates on its own account.
const raceEnabled = true
