package main

import (
	"path/filepath"
	"strings"
)

// names are the programs that this one behaves as when it is started under their names, with the command that does so.
var names = map[string]string{"cassandra": "cassandra", "cqlsh": "cqlsh", "nodetool": "nodetool", "azurefile-dockervolumedriver": "volume-driver"}

// programName is the name that the program was started under.
func programName(args []string) string {
	return strings.TrimSuffix(filepath.Base(args[0]), ".exe")
}

// argsFor returns the arguments with the command that the program's name stands for.
func argsFor(args []string) []string {
	if command, ok := names[programName(args)]; ok {
		return append([]string{command}, args[1:]...)
	}
	return args[1:]
}
