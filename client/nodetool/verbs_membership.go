package nodetool

// membershipVerbs change who is in the ring.
var membershipVerbs = []verb{
	{
		name: "decommission", about: "take this node out of the ring; its data move to the others first",
		options: []option{{names: []string{"-f", "--force"}, about: "go on although fewer nodes are left than a keyspace has replicas"}},
		ask: func(c *call) error {
			if len(c.args) > 0 {
				return usageErrorf("Found unexpected parameters: %v", c.args)
			}
			c.Force = c.has("force")
			return nil
		},
	},
	{
		name: "removenode", args: "status | force | <host-id>", about: "take a dead node out of the ring, show how far that is, or accept what is lost by it",
		options: []option{{names: []string{"--force"}, about: "go on although ranges have too few living replicas: what only the dead node had is lost"}},
		ask: func(c *call) error {
			c.Force = c.has("force")
			return hostArgument("remove_operation")(c)
		},
		print: func(c *call, r *Report) error {
			if c.Host == "status" || c.Host == "force" {
				c.printf("RemovalStatus: %s\n", r.removal())
			}
			return nil
		},
	},
	{
		name: "assassinate", args: "<ip_address>", about: "take a dead node out of the ring at once, without its data; only when removenode can't",
		ask: hostArgument("ip_address"),
	},
	{
		name: "rescue", args: "<host-id>,...", about: "let the metadata go on without nodes that are gone for good and had its majority", ask: hostArgument("host-id"),
	},
	{name: "drain", about: "finish requests, hand over the part in the metadata, end all that the node does for others, and write memtables to data files"},
}

// removal says how far taking out a dead node is.
func (r *Report) removal() string {
	o := r.Operation
	if o == nil || o.Kind != "remove" {
		return "No token removals in process."
	}
	where := o.Host
	if n := r.node(o.Host); n != nil {
		where = host(n.Address)
	}
	return "Removing " + where + " (" + o.Host + "). Step " + number(int64(o.Step)) + "; this node has fetched " + number(int64(r.Fetched)) + " of " + number(int64(r.Fetching)) + " ranges."
}
