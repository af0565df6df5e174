package metadata

import (
	"strings"
	"testing"

	"helenus/internal/auth"
	"helenus/internal/schema"
)

// TestRolesInStates: states and changes with roles come back as they were, those without are as before there were any, and a reader of those
// alone refuses what has them.
func TestRolesInStates(t *testing.T) {
	change := auth.FirstSuperuser("admin", "hash")
	before := State{Schema: schema.Empty, Roles: auth.None}
	old, err := encodeState(&before)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(old); !strings.Contains(text, `"version":1`) || strings.Contains(text, "roles") {
		t.Errorf("without roles: %s", text)
	}
	read, err := decodeState(old, schema.Empty)
	if err != nil || read.Roles.Begun || len(read.Roles.All()) != 0 {
		t.Fatalf("%+v, %v", read.Roles, err)
	}
	raw, err := encodeDelta(&Delta{Basis: 0, Roles: change})
	if err != nil || !strings.Contains(string(raw), `"version":2`) {
		t.Fatalf("%s, %v", raw, err)
	}
	d, err := decodeDelta(raw)
	if err != nil {
		t.Fatal(err)
	}
	after, _, ok := read.Step(d)
	if !ok {
		t.Fatal("the change was not taken")
	}
	raw, err = encodeState(&after)
	if err != nil || !strings.Contains(string(raw), `"version":2`) {
		t.Fatalf("%s, %v", raw, err)
	}
	again, err := decodeState(raw, schema.Empty)
	if err != nil {
		t.Fatal(err)
	}
	r := again.Roles.Role("admin")
	if !again.Roles.Begun || r == nil || !r.Superuser || !r.Login || r.Hash != "hash" {
		t.Errorf("%+v", r)
	}
	if d, err := encodeDelta(&Delta{EndOperation: true}); err != nil || !strings.Contains(string(d), `"version":1`) {
		t.Errorf("a change without roles: %s, %v", d, err)
	}
}
