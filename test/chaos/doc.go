// Package chaos breaks real nodes and checks what they promised.
//
//	kill_test.go     kill -9 under concurrent writes, then every acknowledged write must be there (-rounds, -seed)
//	disk_test.go     a full disk refuses writes with a clear error and loses nothing
//	second_test.go   a second process on one data directory, a used port, a directory of another cluster
package chaos
