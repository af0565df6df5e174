package rpc

import "sync/atomic"

// Traffic counts messages by verb.
type Traffic struct {
	verbs [verbsMax]VerbTraffic
}

const verbsMax = 32

// VerbTraffic counts messages of one verb.
type VerbTraffic struct {
	Running  atomic.Int64 // being served for other nodes now
	Served   atomic.Int64 // that other nodes sent
	TimedOut atomic.Int64 // sent to other nodes, without an answer in time
}

// Of returns the counts of a verb.
func (t *Traffic) Of(v Verb) *VerbTraffic { return &t.verbs[v%verbsMax] }
