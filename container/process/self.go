//go:build linux

package process

import "os"

// Self runs this program, whatever its file has been renamed to.
const Self = "/proc/self/exe"

// IsSelf says whether a file is this very program, so that its name alone tells what it does.
func IsSelf(file string) bool {
	one, err := os.Stat(file)
	if err != nil {
		return false
	}
	self, err := os.Stat(Self)
	return err == nil && os.SameFile(one, self)
}
