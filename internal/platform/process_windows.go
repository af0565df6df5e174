package platform

import (
	"errors"
	"os"
)

// Terminate ends a process; Windows has no way to ask it to.
func Terminate(p *os.Process) error { return p.Kill() }

var errNoPause = errors.New("processes can't be paused on Windows")

// Pause is not there on Windows.
func Pause(*os.Process) error { return errNoPause }

// Resume is not there on Windows.
func Resume(*os.Process) error { return errNoPause }
