// Package sim runs a whole cluster in one process under a simulated clock, network and disk. One seed decides everything: the size of the
// cluster, what its clients ask, which messages are slow or lost, which nodes die, stop or tell another time. The nodes are the real ones
// (node.Member with storage, transactions, hints and topology operations), on an in-memory disk that can lose what was not synced; only
// sockets and the machine's clock are left out.
//
//	sched.go      tasks and time: one task runs at a time, and the seed says which
//	network.go    messages between nodes, with delay, loss and partitions
//	machine.go    a machine: its disk, its clock and the node on it
//	client.go     CQL as a client sends it, to whichever node it likes
//	workload.go   what clients ask, and what they know afterwards
//	faults.go     what goes wrong meanwhile
//	check.go      what must hold at the end
//	sim.go        a run
//
// A run is repeatable: the same seed gives the same trace, whose hash every run tells.
//
//	go test ./test/sim -run TestSeeds -seeds=50000 -timeout=0   from seed 1 on, as many at a time as there are processors
//	go test ./test/sim -run TestSeeds -seed=17 -v               one seed, with its log; HELENUS_TEST_LOG=1 shows every request
//	go test -tags planted ./test/sim -run TestPlanted -timeout=0   would planted bugs be noticed?
package sim
