//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"helenus/test/reference"
)

// runRing measures rings of three nodes: ours in both sync modes and Cassandra's.
func runRing(ctx context.Context, s settings, withCassandra bool) (err error) {
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
	for i, mode := range []string{"periodic", "batch"} {
		ring := &target{name: "helenus (" + mode + ")", warm: s.warm / 10}
		targets = append(targets, ring)
		ring.stop = func() error { return nil }
		for n := range 3 {
			var seeds []string
			if n > 0 {
				seeds = []string{"--seeds", ringHost(i, 0)}
			}
			one, err := startHelenus(ctx, dir, mode, ringHost(i, n), seeds...)
			if err != nil {
				return err
			}
			ring.join(one)
		}
	}
	if withCassandra {
		ring := &target{name: "cassandra (periodic)", warm: s.warm, stop: func() error { return nil }}
		targets = append(targets, ring)
		for n := range 3 {
			fmt.Printf("starting Apache Cassandra %d of 3 …\n", n+1)
			host := ringHost(2, n)
			node, err := reference.Start(ctx, reference.Options{Addr: host, Seed: ringHost(2, 0), DataDir: filepath.Join(dir, "cassandra"+host), Heap: "2048M"})
			if err != nil {
				return err
			}
			ring.join(&target{addrs: []string{node.Addr}, pids: []int{node.Pid}, stop: node.Stop})
		}
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
	report(targets, pebbleCost{})
	return nil
}

func ringHost(ring, node int) string { return fmt.Sprintf("127.0.0.%d", 210+10*ring+node) }

// join adds a node to a ring.
func (t *target) join(node *target) {
	t.addrs, t.pids = append(t.addrs, node.addrs...), append(t.pids, node.pids...)
	before := t.stop
	t.stop = func() error { return errors.Join(before(), node.stop()) }
}
