//go:build !windows

package main

// canMoveCursor is true for every terminal of today.
func canMoveCursor() bool { return true }
