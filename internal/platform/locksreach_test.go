package platform

import (
	"strings"
	"testing"
)

// TestLocksReach tells mounts whose locks are the server's from those whose locks stay on the machine.
func TestLocksReach(t *testing.T) {
	for _, c := range []struct {
		kind, options string
		reach         bool
	}{
		{SMB, "rw,vers=3.0,cache=strict,soft", true},
		{SMB, "rw,vers=3.0,nobrl", false},
		{NFS, "rw,vers=4.2,local_lock=none", true},
		{NFS, "rw,vers=3,local_lock=flock", true},
		{NFS, "rw,vers=3,local_lock=posix", false},
		{NFS, "rw,vers=3,nolock,local_lock=all", false},
		{NFS, "rw,vers=3,nolock", false},
		{Other, "rw", false},
	} {
		f := FileSystem{c.kind, Mount{Point: "/data", Options: strings.Split(c.options, ",")}}
		if f.LocksReach() != c.reach || f.Shared() != (c.kind != Other) {
			t.Errorf("%s with %s: %t, shared %t", c.kind, c.options, f.LocksReach(), f.Shared())
		}
		f.Mount.Point = ""
		if f.LocksReach() {
			t.Errorf("%s on a mount that is unknown", c.kind)
		}
	}
}
