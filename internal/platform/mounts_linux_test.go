package platform

import (
	"slices"
	"testing"
)

// TestParseMounts reads the kernel's table.
func TestParseMounts(t *testing.T) {
	all := parseMounts("36 35 98:0 /mnt1 /mnt/a\\040b\\134 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n" +
		"37 35 0:40 / /var/lib/x rw - cifs //server/my\\040share rw,vers=3.0,soft,uid=0\n\nshort\n")
	if len(all) != 2 {
		t.Fatalf("%+v", all)
	}
	if m := all[0]; m.Point != `/mnt/a b\` || m.Type != "ext3" || m.Source != "/dev/root" || !slices.Equal(m.Options, []string{"rw", "errors=continue"}) {
		t.Errorf("%+v", m)
	}
	m := all[1]
	if value, there := m.Option("vers"); value != "3.0" || !there || m.Source != "//server/my share" {
		t.Errorf("%+v", m)
	}
	if _, there := m.Option("soft"); !there {
		t.Error("no soft")
	}
	if _, there := m.Option("nobrl"); there {
		t.Error("nobrl")
	}
	if !IsMount("/proc") {
		t.Error("/proc is no mount")
	}
}
