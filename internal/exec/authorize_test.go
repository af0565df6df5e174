package exec

import (
	"testing"

	"helenus/internal/auth"
	"helenus/internal/cluster/metadata"
	"helenus/internal/cql"
	"helenus/internal/platform"
)

// fixedRoles is a Metadata that only has roles.
type fixedRoles struct {
	*metadata.Group
	roles *auth.Roles
}

func (f fixedRoles) Roles() *auth.Roles { return f.roles }

// TestAuthorizeAllocatesNothing: it is part of every request, where nobody logs in and where everybody does.
func TestAuthorizeAllocatesNothing(t *testing.T) {
	statement, err := cql.Parse("INSERT INTO k.t (a) VALUES (1) IF NOT EXISTS")
	if err != nil {
		t.Fatal(err)
	}
	asks, err := auth.Asks(statement, "")
	if err != nil || len(asks) != 2 {
		t.Fatalf("%v, %v", asks, err)
	}
	change := auth.FirstSuperuser("super", "")
	change.Put = append(change.Put, &auth.Role{Name: "app", Login: true, Grants: []auth.Grant{{On: auth.Keyspace("k"), Permissions: auth.SetOf(auth.Select, auth.Modify)}}})
	roles := auth.None.Apply(&change)
	all := auth.Policy{Authenticates: true, Authorizes: true, Datacenters: true, Addresses: true}
	for name, c := range map[string]struct {
		policy auth.Policy
		role   string
		asks   []auth.Check
	}{"nobody logs in": {}, "a role": {all, "app", asks}, "a superuser": {all, "super", asks}} {
		e := &Executor{options: Options{Metadata: fixedRoles{roles: roles}, Clock: platform.SystemClock{}, Login: Login{Policy: c.policy}}}
		x := &execution{executor: e, session: &Session{executor: e, role: c.role}}
		p := &planned{asks: c.asks}
		if n := testing.AllocsPerRun(100, func() {
			if err := x.authorize(p); err != nil {
				t.Fatal(err)
			}
		}); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		other := &execution{executor: e, session: &Session{executor: e, role: "super"}}
		if c.role == "" {
			continue
		}
		if n := testing.AllocsPerRun(100, func() { // two roles by turns
			if err := x.authorize(p); err != nil {
				t.Fatal(err)
			}
			if err := other.authorize(p); err != nil {
				t.Fatal(err)
			}
		}); n > 0 {
			t.Errorf("%s and another by turns: %v allocations", name, n)
		}
	}
}
