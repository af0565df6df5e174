package nodetool

import (
	"errors"
	"maps"
	"slices"
)

// printViewBuild says whether a view is built; it fails when it is not everywhere.
// Source: Cassandra 5.0, nodetool's ViewBuildStatus.
func printViewBuild(c *call, r *Report) error {
	rows := [][]string{{"Host", "Info"}}
	built := true
	for _, address := range slices.Sorted(maps.Keys(r.ViewBuilds)) {
		built = built && r.ViewBuilds[address] == "SUCCESS"
		rows = append(rows, []string{address, r.ViewBuilds[address]})
	}
	if built {
		c.printf("%s.%s has finished building\n", c.Keyspace, c.View)
		return nil
	}
	c.printf("%s.%s has not finished building; node status is below.\n\n", c.Keyspace, c.View)
	columns(c.out, " ", rows)
	return errNotBuilt
}

// errNotBuilt ends the command with a status of its own.
var errNotBuilt = errors.New("the view is not built on every node")
