package auth

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDecodePlain(t *testing.T) {
	for token, want := range map[string]string{
		"\x00user\x00secret":      "user secret",
		"other\x00user\x00secret": "user secret",
		"user\x00secret":          "user secret",
		"\x00\x00secret":          "Authentication ID must not be null",
		"\x00user\x00":            "Password must not be null",
		"":                        "Password must not be null",
		"\x00u\x00s\x00x":         "Credential format error",
	} {
		user, password, err := DecodePlain([]byte(token))
		got := user + " " + password
		if err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%q: %s, want %s", token, got, want)
		}
	}
}

func FuzzDecodePlain(f *testing.F) {
	f.Add([]byte("\x00user\x00secret"))
	f.Fuzz(func(t *testing.T, token []byte) {
		user, password, err := DecodePlain(token)
		if err == nil && (user == "" || password == "" || strings.ContainsRune(user+password, 0)) {
			t.Errorf("%q: %q %q", token, user, password)
		}
	})
}

// TestResources: names are read as they are written, and parts know what they are parts of.
func TestResources(t *testing.T) {
	for name, parents := range map[string][]string{
		"data": nil, "data/k": {"data"}, "data/k/*": {"data/k", "data"}, "data/k/t": {"data/k/*", "data/k", "data"}, "roles": nil, "roles/a/b": {"roles"},
		"functions": nil, "functions/k": {"functions"}, "functions/k/f[org.apache.cassandra.db.marshal.Int32Type^org.apache.cassandra.db.marshal.UTF8Type]": {"functions/k", "functions"},
		"functions/k/f[]": {"functions/k", "functions"}, "mbean": nil, "mbean/a:b=c/d": {"mbean"},
	} {
		r, err := ParseResource(name)
		if err != nil || r.Name() != name {
			t.Errorf("%s: %s, %v", name, r.Name(), err)
		}
		var got []string
		for p, ok := r.Parent(); ok; p, ok = p.Parent() {
			got = append(got, p.Name())
		}
		if !slices.Equal(got, parents) {
			t.Errorf("%s is part of %v, want %v", name, got, parents)
		}
	}
	for _, name := range []string{"", "tables/k", "functions/k/f"} {
		if _, err := ParseResource(name); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
	r, err := ParseResource("functions/k/f[org.apache.cassandra.db.marshal.Int32Type]")
	if err != nil || r.String() != "<function k.f(int)>" {
		t.Errorf("%s, %v", r, err)
	}
}

// TestHas allocates nothing: it is asked in every request.
func TestHas(t *testing.T) {
	r := None.Apply(&Change{Put: []*Role{(&Role{Name: "a"}).with(AllKeyspaces, SetOf(Select))}})
	s := r.Subject("a")
	on := Table("k", "t")
	if n := testing.AllocsPerRun(100, func() {
		if !s.Has(Select, on) || s.Has(Modify, on) || s.Has(Select, Table("system_auth", "roles")) {
			t.Fatal("wrong")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
	if r.Subject("a") != s || None.Subject("a").Name != "a" || len(None.Subject("a").Roles) != 0 {
		t.Error("subjects are not what they should be")
	}
}

func TestGroupsOf(t *testing.T) {
	prefixes := func(all ...string) (out []netip.Prefix) {
		for _, p := range all {
			out = append(out, netip.MustParsePrefix(p))
		}
		return out
	}
	r := None.Apply(&Change{Groups: map[string][]netip.Prefix{
		"wide": prefixes("10.0.0.0/8", "fd00::/8"), "narrow": prefixes("10.1.0.0/16"), "as narrow": prefixes("10.1.0.0/16", "192.168.0.0/16"),
	}})
	for address, want := range map[string][]string{
		"10.2.0.1": {"wide"}, "10.1.0.1": {"as narrow", "narrow"}, "::ffff:10.2.0.1": {"wide"}, "fd00::1": {"wide"}, "8.8.8.8": nil,
	} {
		if got := r.GroupsOf(netip.MustParseAddr(address)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}

// TestVerified: right passwords are remembered for a moment, wrong ones and those of nobody never.
func TestVerified(t *testing.T) {
	v, err := NewVerified()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_700_000_000, 0)
	for range 2 {
		if !v.Verify(defaultHash, DefaultSuperuser, now) || v.Verify(defaultHash, "wrong", now) || v.Verify("", DefaultSuperuser, now) || v.Verify("", "", now) {
			t.Fatal("wrong")
		}
	}
	if len(v.known) != 1 {
		t.Errorf("%d are remembered", len(v.known))
	}
	if err := CheckHash(defaultHash); err != nil {
		t.Error(err)
	}
	for _, hash := range []string{"", "x", defaultHash[:59], strings.Replace(defaultHash, "$10$", "$31$", 1)} {
		if CheckHash(hash) == nil {
			t.Errorf("%q is taken", hash)
		}
	}
}
