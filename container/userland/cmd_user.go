//go:build linux

package userland

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"

	"helenus/container/process"
)

// userName returns a user's name, or its number where it has none.
func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return strconv.Itoa(uid)
}

func groupName(gid int) string {
	if g, err := user.LookupGroupId(strconv.Itoa(gid)); err == nil {
		return g.Name
	}
	return strconv.Itoa(gid)
}

func runWhoAmI(_ context.Context, c *Call) error {
	c.printf("%s\n", userName(os.Geteuid()))
	return nil
}

func runID(_ context.Context, c *Call) error {
	o, operands, err := c.parse("ugGnr", map[string]byte{"user": 'u', "group": 'g', "groups": 'G', "name": 'n', "real": 'r'})
	if err != nil {
		return err
	}
	uid, gid := os.Geteuid(), os.Getegid()
	groups, err := os.Getgroups()
	if err != nil {
		return err
	}
	if len(operands) > 0 {
		a, err := process.ParseAccount(operands[0])
		if err != nil {
			return err
		}
		uid, gid, groups = a.UID, a.GID, a.Groups
	}
	if !containsInt(groups, gid) {
		groups = append([]int{gid}, groups...)
	}
	show := func(id int, name func(int) string) string {
		if o.has('n') {
			return name(id)
		}
		return strconv.Itoa(id)
	}
	switch {
	case o.has('u'):
		c.printf("%s\n", show(uid, userName))
	case o.has('g'):
		c.printf("%s\n", show(gid, groupName))
	case o.has('G'):
		var all []string
		for _, g := range groups {
			all = append(all, show(g, groupName))
		}
		c.printf("%s\n", strings.Join(all, " "))
	default:
		var all []string
		for _, g := range groups {
			all = append(all, withName(g, groupName))
		}
		c.printf("uid=%s gid=%s groups=%s\n", withName(uid, userName), withName(gid, groupName), strings.Join(all, ","))
	}
	return nil
}

func containsInt(all []int, one int) bool {
	for _, i := range all {
		if i == one {
			return true
		}
	}
	return false
}

func withName(id int, name func(int) string) string {
	if n := name(id); n != strconv.Itoa(id) {
		return fmt.Sprintf("%d(%s)", id, n)
	}
	return strconv.Itoa(id)
}

// runGosu becomes a user and turns into a command.
func runGosu(_ context.Context, c *Call) error {
	if len(c.Args) < 2 || strings.HasPrefix(c.Args[0], "-") {
		return usageError("a user and a command are needed")
	}
	a, err := process.ParseAccount(c.Args[0])
	if err != nil {
		return err
	}
	if err := a.Become(); err != nil {
		return err
	}
	inner := *c
	inner.Env = append(without(c.Env, "HOME"), "HOME="+a.Home)
	return inner.replace(c.Args[1:])
}
