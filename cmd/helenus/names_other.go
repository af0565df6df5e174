//go:build !linux

package main

// runInContainer runs what only an image has names for. Images are Linux's.
func runInContainer([]string) (status int, ran bool) { return 0, false }
