package auth

import (
	"fmt"
	"strings"
)

// Permission is a right on a resource.
type Permission uint8

// The permissions, in Cassandra's order.
const (
	Create Permission = iota
	Alter
	Drop
	Select
	Modify
	Authorize
	Describe
	Execute
	Unmask
	SelectMasked
	permissions
)

var permissionNames = [permissions]string{"CREATE", "ALTER", "DROP", "SELECT", "MODIFY", "AUTHORIZE", "DESCRIBE", "EXECUTE", "UNMASK", "SELECT_MASKED"}

func (p Permission) String() string { return permissionNames[p] }

// ParsePermission reads a permission's name, in upper case.
func ParsePermission(name string) (Permission, error) {
	for i, n := range permissionNames {
		if n == name {
			return Permission(i), nil
		}
	}
	return 0, fmt.Errorf("%q is no permission", name)
}

// Set is a set of permissions.
type Set uint16

// SetOf returns the set of some permissions.
func SetOf(all ...Permission) (s Set) {
	for _, p := range all {
		s |= 1 << p
	}
	return s
}

// All is every permission there is.
const All Set = 1<<permissions - 1

// Has says whether p is in the set.
func (s Set) Has(p Permission) bool { return s&(1<<p) != 0 }

// List returns the permissions in their order.
func (s Set) List() (all []Permission) {
	for p := range permissions {
		if s.Has(p) {
			all = append(all, p)
		}
	}
	return all
}

// Names returns the permissions' names in their order.
func (s Set) Names() []string {
	names := []string{}
	for _, p := range s.List() {
		names = append(names, p.String())
	}
	return names
}

func (s Set) String() string { return strings.Join(s.Names(), ", ") }

// parseSet reads names as Names gives them.
func parseSet(names []string) (s Set, err error) {
	for _, n := range names {
		p, err := ParsePermission(n)
		if err != nil {
			return 0, err
		}
		s |= SetOf(p)
	}
	return s, nil
}
