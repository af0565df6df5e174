// Package chaos breaks real nodes and checks what they promised.
//
//	kill_test.go     kill -9 under concurrent writes, then every acknowledged write must be there (-rounds, -seed)
//	disk_test.go     a full disk refuses writes with a clear error and loses nothing
//	form_test.go     nodes that are started together become one cluster, nodes that move stay themselves
//	initial_test.go  what a new cluster begins with, once, going on where it failed
//	launch_test.go   exit statuses, log lines and health, as of the program cassandra in a container
//	small_test.go    two nodes of 64 MiB take more data than they have memory (-small)
//	wide_test.go     a node of 64 MiB stays within them over one partition of many rows (-wide)
//	second_test.go   a second process on one data directory, a used port, a directory of another cluster
package chaos
