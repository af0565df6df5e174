//go:build !linux

package platform

// MemoryLimit returns the bytes of memory that this process may use. Without control groups a modest machine is assumed.
func MemoryLimit() (bytes int64, limited bool) { return 4 << 30, false }
