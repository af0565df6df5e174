// Package docker runs Docker's own commands against the image of Helenus, as users of Cassandra's image type them: those of compose files and
// health checks, and those that other projects' tests run. Beside them it runs helenus up. Those of docs/article are in test/article.
//
//	image_test.go dockerfile_test.go   the image, and what runs in it beside the server
//	server_test.go                     health checks, start scripts, users, directories
//	up_test.go compose_test.go         helenus up and its companions; the compose file that it prints
//	wild_test.go testdata/             compose files of each kind that people have for Cassandra
//	memory_test.go small_test.go       containers of 64 MiB under too much of everything, and at the article's walk; -overload=5m -abuse=1m
//	kill_test.go                       kill, restart and stop under writes; -rounds=50
//	together_test.go                   three started at once, addresses that move; -together=50
//	testcontainers_test.go             testcontainers-go and testcontainers-java
package docker
