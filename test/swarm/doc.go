// Package swarm runs a real Docker Swarm: several engines on this machine, each with a network, a host name and a /run of its own, joined by one
// bridge, and on them the stack of deploy/stack.yml. A host can be cut off, killed and started again.
//
//	hosts_test.go      the hosts
//	stack_test.go      what all tests do with a stack: deploy, ask its nodes, write and read
//	forming_test.go    scenarios 1 to 4: forming, health, new addresses
//	scale_test.go      scenarios 5 to 7: scaling plainly and by helenus scale
//	hosts_lost_test.go scenario 9: a host that is lost and comes back
//	update_test.go     scenarios 8, 10 and 12: updates, two tasks on one volume, a slow end
//	network_test.go    scenario 11 and the choice of addresses
//	removed_test.go    docker stack rm, and the stack deployed again
//	secrets_test.go    who may join: a token and certificates as secrets of the Swarm
//	article_test.go    the Swarm sections of docs/article, as the page has them
//
// All of it, on five hosts: go test ./test/swarm -hosts=5 -rounds=50 -timeout=3h. Without flags three hosts run what three hosts can show, in a short form.
// It wants root, iproute2, iptables and Docker's engine on Linux.
package swarm
