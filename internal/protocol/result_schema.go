package protocol

// SchemaChange is a change of the schema, as a result and as an event.
type SchemaChange struct {
	Change   string // CREATED, UPDATED, DROPPED
	Target   string // KEYSPACE, TABLE, TYPE, FUNCTION, AGGREGATE
	Keyspace string
	Name     string
	Args     []string
}

func appendSchemaChange(dst []byte, c *SchemaChange) []byte {
	dst = AppendString(AppendString(AppendString(dst, c.Change), c.Target), c.Keyspace)
	if c.Target != "KEYSPACE" {
		dst = AppendString(dst, c.Name)
	}
	if c.Target == "FUNCTION" || c.Target == "AGGREGATE" {
		dst = AppendStrings(dst, c.Args)
	}
	return dst
}

// SchemaChange reads a schema change.
func (r *Reader) SchemaChange() SchemaChange {
	c := SchemaChange{Change: r.String(), Target: r.String(), Keyspace: r.String()}
	if c.Target != "KEYSPACE" {
		c.Name = r.String()
	}
	if c.Target == "FUNCTION" || c.Target == "AGGREGATE" {
		c.Args = r.Strings()
	}
	return c
}

// AppendSchemaChange appends the body of a RESULT of kind Schema_change.
func AppendSchemaChange(dst []byte, c *SchemaChange) []byte {
	return appendSchemaChange(append(dst, 0, 0, 0, ResultSchemaChange), c)
}
