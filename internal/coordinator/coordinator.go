package coordinator

import (
	"helenus/internal/cassandra"
	"helenus/internal/cluster/metadata"
	"helenus/internal/key"
	"helenus/internal/replica"
	"helenus/internal/ring"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// Options connect a Coordinator.
type Options struct {
	Local *replica.Local
	// Self is this node, State what is true of the cluster now.
	Self  ring.HostID
	State func() *metadata.State
	// Datacenter is this node's.
	Datacenter string
}

// Coordinator runs requests over replicas. It is safe for concurrent use.
type Coordinator struct {
	options Options
}

// New returns a coordinator.
func New(o Options) *Coordinator { return &Coordinator{o} }

// Pending is a write that is decided when Wait returns.
type Pending interface {
	Wait() error
}

// require returns the error for a level that can't be met by the replicas of a token.
func (c *Coordinator) require(table *schema.Table, token key.Token, level cassandra.Consistency) error {
	state := c.options.State()
	k := state.Schema.Keyspace(table.Keyspace)
	if k == nil {
		return cassandra.Invalidf("keyspace %s does not exist", table.Keyspace)
	}
	required := BlockFor(level, k, c.options.Datacenter)
	replicas := state.Ring.Replicas(token, k.Replication)
	if len(replicas) < required {
		return Unavailable(level, required, len(replicas))
	}
	if len(replicas) > 1 || replicas[0].ID != c.options.Self {
		return cassandra.Serverf("replicas on other nodes are not supported by this version")
	}
	return nil
}

// Write applies mutations of one or several partitions at a consistency level. With this node as the only replica all of them are one
// atomic write, so a logged batch needs no batchlog.
func (c *Coordinator) Write(mutations []row.Mutation, level cassandra.Consistency) (Pending, error) {
	if err := CheckWrite(level); err != nil {
		return nil, err
	}
	for i := range mutations {
		if err := c.require(mutations[i].Table, mutations[i].Partition.Token, level); err != nil {
			return nil, err
		}
	}
	return c.options.Local.Write(mutations)
}

// Read returns a cursor over what a command asks for, at a consistency level.
func (c *Coordinator) Read(cmd *row.Command, level cassandra.Consistency) (row.Cursor, error) {
	if err := CheckRead(level); err != nil {
		return nil, err
	}
	token := key.Token(0)
	if len(cmd.Partitions) > 0 {
		token = cmd.Partitions[0].Token
	}
	if err := c.require(cmd.Table, token, level); err != nil {
		return nil, err
	}
	return c.options.Local.Read(cmd), nil
}

// CompareAndSet runs a lightweight transaction on one partition: decide sees the partition as it is and returns the mutations to
// apply, none when the conditions do not hold. With this node as the only replica the partition's lock makes it linearizable; the
// write is durable when it returns.
func (c *Coordinator) CompareAndSet(at row.Mutation, serial, commit cassandra.Consistency, decide func(read func(*row.Command) row.Cursor) ([]row.Mutation, error)) error {
	if err := c.require(at.Table, at.Partition.Token, serial); err != nil {
		return err
	}
	if commit != cassandra.Any {
		if err := c.require(at.Table, at.Partition.Token, commit); err != nil {
			return err
		}
	}
	return c.options.Local.Update(at.Table, at, decide)
}

// Update runs a read-modify-write that is no transaction for the client, such as setting a list's element by index.
func (c *Coordinator) Update(at row.Mutation, level cassandra.Consistency, change func(read func(*row.Command) row.Cursor) ([]row.Mutation, error)) error {
	if err := CheckWrite(level); err != nil {
		return err
	}
	if err := c.require(at.Table, at.Partition.Token, level); err != nil {
		return err
	}
	return c.options.Local.Update(at.Table, at, change)
}
