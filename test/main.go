// Command test runs every check of the project on this machine and ends with a line that counts the tests.
//
//	go run ./test               all stages
//	go run ./test -list         their names
//	go run ./test -only race,golden
//
// It installs what a stage needs and the machine lacks: a C compiler for the race detector, Python and Node for their drivers,
// Java and Maven for the Java driver and for the real Cassandra, Docker for the image,
// a kernel that runs as a process and an SMB server for volumes. On Debian as root that takes apt-get; elsewhere it says what is missing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

func main() {
	list := flag.Bool("list", false, "print the names of the stages")
	only := flag.String("only", "", "run these stages, separated by commas")
	fuzzTime := flag.Duration("fuzztime", time.Minute, "time for each fuzz target")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	all := stages(*fuzzTime)
	if *list {
		for _, s := range all {
			fmt.Printf("%-10s %s\n", s.name, s.about)
		}
		return
	}
	chosen, err := choose(all, *only)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if !runAll(ctx, chosen) {
		os.Exit(1)
	}
}

func choose(all []stage, only string) ([]stage, error) {
	if only == "" {
		return all, nil
	}
	var chosen []stage
	for _, name := range strings.Split(only, ",") {
		at := slices.IndexFunc(all, func(s stage) bool { return s.name == name })
		if at < 0 {
			return nil, fmt.Errorf("no stage %q; -list shows them", name)
		}
		chosen = append(chosen, all[at])
	}
	return chosen, nil
}

// runAll runs the stages in order and goes on after a failure, so that one run shows every fault.
func runAll(ctx context.Context, chosen []stage) bool {
	var total count
	for _, s := range chosen {
		if ctx.Err() != nil {
			break
		}
		fmt.Printf("== %s: %s\n", s.name, s.about)
		began := time.Now()
		c, err := s.run(ctx)
		if err != nil && c.failed == 0 {
			c.failed++
		}
		total.add(c)
		verdict := "ok"
		if err != nil {
			verdict = "FAILED: " + err.Error()
		}
		fmt.Printf("== %s: %s (%d passed, %d failed, %d skipped; %s)\n\n", s.name, verdict, c.passed, c.failed, c.skipped, time.Since(began).Round(time.Second))
	}
	if err := ctx.Err(); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		fmt.Println("interrupted")
		total.failed++
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", total.passed, total.failed, total.skipped)
	return total.failed == 0
}
