//go:build linux

package main

import (
	"fmt"
	"slices"
	"strings"
)

// spread shows the median of some turns and how far they lie apart.
func spread(all []float64, unit string) string {
	s := slices.Sorted(slices.Values(all))
	return fmt.Sprintf("%8.1f%s (%.1f–%.1f)", median(s), unit, s[0], s[len(s)-1])
}

func median(all []float64) float64 {
	s := slices.Sorted(slices.Values(all))
	return s[len(s)/2]
}

func report(targets []*target, p pebbleCost) {
	fmt.Printf("\nserver CPU per operation, median of the turns (least–most)\n")
	var cassandra *target
	for _, t := range targets {
		if strings.HasPrefix(t.name, "cassandra") {
			cassandra = t
		}
		fmt.Printf("%-24s write %s, %9.0f/s, p99 %6.1f ms   read %s, %9.0f/s, p99 %6.1f ms\n", t.name, spread(t.writeCPU, " µs"), median(t.writeRate), median(t.writeLast), spread(t.readCPU, " µs"), median(t.readRate), median(t.readLast))
	}
	if p.write > 0 {
		fmt.Printf("%-24s write %8.1f µs, read %8.1f µs (in process, without the network)\n", "limit: raw Pebble", p.write, p.read)
	}
	if cassandra == nil {
		return
	}
	fmt.Println("\nratio to Cassandra")
	for _, t := range targets {
		if t != cassandra {
			fmt.Printf("%-24s CPU: write %.2f, read %.2f   throughput: %.2f, %.2f   p99: %.2f, %.2f\n", t.name, median(t.writeCPU)/median(cassandra.writeCPU), median(t.readCPU)/median(cassandra.readCPU),
				median(t.writeRate)/median(cassandra.writeRate), median(t.readRate)/median(cassandra.readRate), median(t.writeLast)/median(cassandra.writeLast), median(t.readLast)/median(cassandra.readLast))
		}
	}
}
