package nodetool

import (
	"maps"
	"net/netip"
	"slices"
)

// cidrVerbs are about the groups of addresses that roles may be bound to with ACCESS FROM CIDRS.
var cidrVerbs = []verb{
	{
		name: "listcidrgroups", args: "[<group>]", about: "the groups of addresses, or the ranges of one",
		ask: func(c *call) error {
			if len(c.args) > 1 {
				return usageErrorf("Found unexpected parameters: %v", c.args[1:])
			}
			return nil
		},
		print: func(c *call, r *Report) error {
			title, all := "CIDR Groups: ", slices.Sorted(maps.Keys(r.CIDRGroups))
			if len(c.args) == 1 {
				title, all = "CIDRs: ", r.CIDRGroups[c.args[0]]
			}
			printNames(c, title, all)
			return nil
		},
	},
	{
		name: "updatecidrgroup", args: "<group> <cidr>...", about: "make a group of addresses, or give it other ranges, such as 10.0.0.0/8",
		ask: func(c *call) error {
			if len(c.args) < 2 {
				return usageErrorf("updatecidrgroup command requires a cidr group name and atleast one CIDR")
			}
			c.Host, c.Hosts = c.args[0], c.args[1:]
			for _, text := range c.Hosts {
				if _, err := netip.ParsePrefix(text); err != nil {
					return usageErrorf("%s is not a valid CIDR String", text)
				}
			}
			return nil
		},
	},
	{
		name: "dropcidrgroup", args: "<group>", about: "remove a group of addresses",
		ask: func(c *call) error {
			if len(c.args) != 1 {
				return usageErrorf("dropcidrgroup command requires a cidr group name")
			}
			c.Host = c.args[0]
			return nil
		},
		print: func(c *call, _ *Report) error {
			c.printf("Deleted CIDR group %s\n", c.args[0])
			return nil
		},
	},
	{
		name: "getcidrgroupsofip", args: "<ip>", about: "the groups that an address is in: those with the narrowest range around it",
		ask: func(c *call) error {
			if len(c.args) != 1 {
				return usageErrorf("Requires IP address as input")
			}
			c.Host = c.args[0]
			if _, err := netip.ParseAddr(c.Host); err != nil {
				return usageErrorf("Invalid IP %s", c.Host)
			}
			return nil
		},
		print: func(c *call, r *Report) error {
			printNames(c, "CIDR Groups: ", r.AddressGroups)
			return nil
		},
	},
	{name: "reloadcidrgroupscache", about: "nothing: groups are in effect at once", print: func(c *call, _ *Report) error {
		c.printf("Reloaded CIDR groups cache\n")
		return nil
	}},
}

// printNames prints names below a title, or nothing when there are none.
func printNames(c *call, title string, names []string) {
	if len(names) == 0 {
		return
	}
	rows := [][]string{{title}}
	for _, name := range names {
		rows = append(rows, []string{name})
	}
	columns(c.out, " ", rows)
}
