package platform

import "strings"

// Mount is a mounted file system.
type Mount struct {
	Point   string   // directory it is mounted at
	Type    string   // as ext4 or cifs
	Source  string   // device, or //server/share
	Options []string // of the file system, as vers=3.0 or soft
}

// Option returns the value of NAME=value among the options, and whether NAME is there with or without one.
func (m Mount) Option(name string) (value string, there bool) {
	for _, o := range m.Options {
		if n, v, _ := strings.Cut(o, "="); n == name {
			return v, true
		}
	}
	return "", false
}
