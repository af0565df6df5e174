package protocol

import "net/netip"

// AppendSchemaEvent appends the body of an EVENT of kind SCHEMA_CHANGE.
func AppendSchemaEvent(dst []byte, c *SchemaChange) []byte {
	return appendSchemaChange(AppendString(dst, "SCHEMA_CHANGE"), c)
}

// AppendStatusEvent appends the body of an EVENT of kind STATUS_CHANGE or TOPOLOGY_CHANGE.
func AppendStatusEvent(dst []byte, kind, change string, node netip.AddrPort) []byte {
	return AppendInet(AppendString(AppendString(dst, kind), change), node)
}

// ReadRegister reads the event types of a REGISTER.
func ReadRegister(body []byte) ([]string, error) {
	r := Reader{raw: body}
	all := r.Strings()
	for _, e := range all {
		switch e {
		case "TOPOLOGY_CHANGE", "STATUS_CHANGE", "SCHEMA_CHANGE":
		default:
			r.fail("Invalid value '%s' for Type", e)
		}
	}
	return all, r.Err()
}
