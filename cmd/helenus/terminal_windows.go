package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// canMoveCursor has the console understand the sequences that move the cursor; old ones can't.
func canMoveCursor() bool {
	console := windows.Handle(os.Stdout.Fd())
	var mode uint32
	if windows.GetConsoleMode(console, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
