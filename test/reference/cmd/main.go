// Command cmd runs the real Cassandra in the foreground until it is interrupted: go run ./test/reference/cmd [ADDR [JAVA-OPTION]...]
//
// With "java FILE.java [ARGUMENT]..." it runs a Java program with Cassandra's classes instead.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

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
	if len(os.Args) > 2 && os.Args[1] == "java" {
		return java(ctx, os.Args[2:])
	}
	dir, err := os.MkdirTemp("", "cassandra-reference-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	o := reference.Options{DataDir: dir}
	if len(os.Args) > 1 {
		o.Addr, o.Java = os.Args[1], os.Args[2:]
	}
	node, err := reference.Start(ctx, o)
	if err != nil {
		return err
	}
	fmt.Printf("Cassandra %s: CQL on %s, pid %d, log %s; Ctrl-C ends it\n", reference.Version, node.Addr, node.Pid, node.Log)
	<-ctx.Done()
	return node.Stop()
}

func java(ctx context.Context, program []string) error {
	jars, err := reference.Jars(ctx)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "java", append([]string{"-cp", filepath.Join(jars, "*")}, program...)...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}
