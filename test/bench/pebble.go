//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
)

// pebbleCost is Pebble's own CPU time per operation in microseconds, for the same records in this process.
type pebbleCost struct{ write, read float64 }

func measurePebble(dir string, s settings) (c pebbleCost, err error) {
	options := &pebble.Options{MemTableSize: 32 << 20, Cache: pebble.NewCache(512 << 20)}
	for i := range options.Levels {
		options.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	db, err := pebble.Open(filepath.Join(dir, "pebble"), options)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	random := rand.New(rand.NewPCG(1, 1))
	value := make([]byte, columns*(columnBytes+4))
	key := make([]byte, 24)
	n := s.keys * 3
	before := ownCPU()
	for i := range n {
		binary.BigEndian.PutUint64(key, uint64(i%s.keys)*0x9E3779B97F4A7C15)
		for j := 0; j+8 <= len(value); j += 8 {
			binary.LittleEndian.PutUint64(value[j:], random.Uint64())
		}
		if err := db.Set(key, value, pebble.NoSync); err != nil {
			return c, err
		}
	}
	c.write = (ownCPU() - before) * 1e6 / float64(n)
	before = ownCPU()
	for range n {
		binary.BigEndian.PutUint64(key, uint64(random.IntN(s.keys))*0x9E3779B97F4A7C15)
		_, closer, err := db.Get(key)
		if err != nil {
			return c, err
		}
		if err := closer.Close(); err != nil {
			return c, err
		}
	}
	c.read = (ownCPU() - before) * 1e6 / float64(n)
	return c, nil
}

func ownCPU() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
