package auth

import (
	"encoding/json"
	"fmt"
	"net/netip"
)

// The stored forms are JSON; package metadata keeps their version. Resources and permissions go by the names that Cassandra's tables have.

type storedRole struct {
	Name        string              `json:"name"`
	Superuser   bool                `json:"superuser,omitempty"`
	Login       bool                `json:"login,omitempty"`
	Hash        string              `json:"hash,omitempty"`
	MemberOf    []string            `json:"member_of,omitempty"`
	Datacenters []string            `json:"datacenters,omitempty"`
	CIDRGroups  []string            `json:"cidr_groups,omitempty"`
	Grants      map[string][]string `json:"grants,omitempty"`
}

// storedChange is a change, or all roles: the change that makes them of nothing.
type storedChange struct {
	Begin      bool                      `json:"begin,omitempty"`
	Put        []storedRole              `json:"put,omitempty"`
	Drop       []string                  `json:"drop,omitempty"`
	Identities map[string]string         `json:"identities,omitempty"`
	Groups     map[string][]netip.Prefix `json:"cidr_groups,omitempty"`
}

// Encode returns the stored form of roles.
func Encode(r *Roles) ([]byte, error) {
	return EncodeChange(&Change{Begin: r.Begun, Put: r.All(), Identities: r.identities, Groups: r.groups})
}

// Decode reads what Encode wrote.
func Decode(raw []byte) (*Roles, error) {
	c, err := DecodeChange(raw)
	if err != nil {
		return nil, err
	}
	return None.Apply(c), nil
}

// EncodeChange returns the stored form of a change.
func EncodeChange(c *Change) ([]byte, error) {
	out := storedChange{Begin: c.Begin, Drop: c.Drop, Identities: c.Identities, Groups: c.Groups}
	for _, r := range c.Put {
		s := storedRole{r.Name, r.Superuser, r.Login, r.Hash, r.MemberOf, r.Datacenters, r.CIDRGroups, map[string][]string{}}
		for _, g := range r.Grants {
			s.Grants[g.On.Name()] = g.Permissions.Names()
		}
		out.Put = append(out.Put, s)
	}
	return json.Marshal(out)
}

// DecodeChange reads what EncodeChange wrote.
func DecodeChange(raw []byte) (*Change, error) {
	var in storedChange
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, fmt.Errorf("decode roles: %w", err)
	}
	c := &Change{Begin: in.Begin, Drop: in.Drop, Identities: in.Identities, Groups: in.Groups}
	for _, s := range in.Put {
		r := &Role{Name: s.Name, Superuser: s.Superuser, Login: s.Login, Hash: s.Hash, MemberOf: s.MemberOf, Datacenters: s.Datacenters, CIDRGroups: s.CIDRGroups}
		for name, names := range s.Grants {
			on, err := ParseResource(name)
			if err != nil {
				return nil, fmt.Errorf("decode role %s: %w", s.Name, err)
			}
			permissions, err := parseSet(names)
			if err != nil {
				return nil, fmt.Errorf("decode role %s: %w", s.Name, err)
			}
			r = r.with(on, permissions)
		}
		c.Put = append(c.Put, r)
	}
	return c, nil
}
