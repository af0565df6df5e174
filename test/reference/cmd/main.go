// Command cmd runs the real Cassandra in the foreground until it is interrupted: go run ./test/reference/cmd [ADDR]
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"helenus/test/reference"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dir, err := os.MkdirTemp("", "cassandra-reference-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	o := reference.Options{DataDir: dir}
	if len(os.Args) > 1 {
		o.Addr = os.Args[1]
	}
	node, err := reference.Start(ctx, o)
	if err != nil {
		return err
	}
	fmt.Printf("Cassandra %s: CQL on %s, pid %d, log %s; Ctrl-C ends it\n", reference.Version, node.Addr, node.Pid, node.Log)
	<-ctx.Done()
	return node.Stop()
}
