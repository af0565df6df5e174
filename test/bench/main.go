//go:build linux

// Command bench measures Helenus beside Apache Cassandra and beside two limits, in one run and in turns: a server that answers without
// storing anything, and Pebble alone with the same records.
//
//	go run ./test/bench                       all of it, about ten minutes; needs Java and Maven for Cassandra
//	go run ./test/bench -cassandra=false      without Cassandra
//	go run ./test/bench -ring                 three nodes beside three Cassandras, three replicas, QUORUM: CPU of all three, throughput, latencies
//
// The load is prepared INSERTs and SELECTs by key of rows with ten columns of 100 bytes, 128 requests in flight on eight connections, from
// this process. What counts is the server's CPU time per operation, read from /proc; on a machine with few cores throughput says as much of
// the client as of the server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"time"

	"helenus/test/reference"
)

type settings struct {
	seconds, warm time.Duration
	turns         int
	connections   int
	inFlight      int
	keys          int
	replicas      int // and the level is QUORUM when there are several
}

func main() {
	var s settings
	flag.DurationVar(&s.seconds, "turn", 8*time.Second, "length of one measurement")
	flag.DurationVar(&s.warm, "warm", time.Minute, "load before the first measurement of Cassandra; Helenus gets a tenth")
	flag.IntVar(&s.turns, "turns", 3, "measurements of each kind")
	flag.IntVar(&s.connections, "connections", 8, "connections")
	flag.IntVar(&s.inFlight, "inflight", 128, "requests in flight over all connections")
	flag.IntVar(&s.keys, "keys", 100_000, "different rows")
	ring := flag.Bool("ring", false, "three nodes of each, three replicas, QUORUM")
	cassandra := flag.Bool("cassandra", true, "measure Apache Cassandra too")
	null := flag.String("serve-null", "", "internal: serve the answering limit on this address")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if *null != "" {
		err = serveNull(ctx, *null)
	} else if *ring {
		s.replicas = 3
		err = runRing(ctx, s, *cassandra)
	} else {
		s.replicas = 1
		err = run(ctx, s, *cassandra)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// target is a server under load.
type target struct {
	name  string
	addrs []string // of its nodes
	pids  []int
	warm  time.Duration
	stop  func() error
	load  *load
	// microseconds of CPU per operation, and operations a second, a number a turn
	writeCPU, readCPU, writeRate, readRate []float64
	writeLast, readLast                    []float64 // milliseconds that 99 of 100 operations stay below
}

func run(ctx context.Context, s settings, withCassandra bool) (err error) {
	dir, err := os.MkdirTemp("", "helenus-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var targets []*target
	defer func() {
		for _, t := range targets {
			err = errors.Join(err, t.stop())
		}
	}()
	add := func(t *target, startErr error) error {
		if startErr == nil {
			targets = append(targets, t)
		}
		return startErr
	}
	if err := add(startNull(ctx, "127.0.0.201")); err != nil {
		return err
	}
	for mode, addr := range map[string]string{"periodic": "127.0.0.202", "batch": "127.0.0.203"} {
		t, startErr := startHelenus(ctx, dir, mode, addr)
		if startErr == nil {
			t.warm = s.warm / 10
		}
		if err := add(t, startErr); err != nil {
			return err
		}
	}
	if withCassandra {
		fmt.Println("starting Apache Cassandra …")
		node, err := reference.Start(ctx, reference.Options{Addr: "127.0.0.204", DataDir: dir + "/cassandra", Heap: "2048M"})
		if err != nil {
			return err
		}
		targets = append(targets, &target{name: "cassandra (periodic)", addrs: []string{node.Addr}, pids: []int{node.Pid}, warm: s.warm, stop: node.Stop})
	}
	for _, t := range targets {
		if err := t.prepare(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	for turn := range s.turns {
		fmt.Printf("turn %d of %d\n", turn+1, s.turns)
		for _, t := range targets {
			if err := t.turn(ctx, s); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
	}
	pebble, err := measurePebble(dir, s)
	if err != nil {
		return err
	}
	report(targets, pebble)
	return nil
}

// prepare makes the table, fills it once and warms the server up.
func (t *target) prepare(ctx context.Context, s settings) (err error) {
	if t.load, err = newLoad(ctx, t.addrs, s); err != nil {
		return err
	}
	if _, err := t.load.write(ctx, s.keys, 0); err != nil {
		return err
	}
	for half := t.warm / 2; half > 0; half = 0 {
		if _, err := t.load.write(ctx, 0, half); err != nil {
			return err
		}
		if _, err := t.load.read(ctx, half); err != nil {
			return err
		}
	}
	return nil
}

func (t *target) turn(ctx context.Context, s settings) error {
	measure := func(run func() (int, error), cpu, rate, last *[]float64) error {
		t.load.latencies()
		before, err := cpuOf(t.pids)
		if err != nil {
			return err
		}
		began := time.Now()
		n, err := run()
		if err != nil {
			return err
		}
		after, err := cpuOf(t.pids)
		if err != nil {
			return err
		}
		*cpu = append(*cpu, (after-before)*1e6/float64(n))
		*rate = append(*rate, float64(n)/time.Since(began).Seconds())
		*last = append(*last, percentile(t.load.latencies(), 99))
		return nil
	}
	if err := measure(func() (int, error) { return t.load.write(ctx, 0, s.seconds) }, &t.writeCPU, &t.writeRate, &t.writeLast); err != nil {
		return err
	}
	return measure(func() (int, error) { return t.load.read(ctx, s.seconds) }, &t.readCPU, &t.readRate, &t.readLast)
}

func hostPort(host string) string { return net.JoinHostPort(host, "9042") }
