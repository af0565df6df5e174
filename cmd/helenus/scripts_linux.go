package main

import (
	"os/exec"

	"helenus/container/process"
)

// startChild and waitChild leave the first process of a container its orphans and nothing else.
func startChild(cmd *exec.Cmd) error { return process.Start(cmd) }
func waitChild(cmd *exec.Cmd) error  { return process.Wait(cmd) }
