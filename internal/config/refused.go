package config

const (
	unsized  = "how large partitions are, and how many tombstones they have, is not watched: partitions are never put together as a whole"
	rowIndex = "there are no row indexes to read: rows are found in the store's own index"
	ownTLS   = "nodes speak TLS by HELENUS_NODE_CERT, HELENUS_NODE_KEY and HELENUS_NODE_CA (PEM files); set those, and this to none"
)

// refused are settings of Cassandra's that Helenus can't follow and must not ignore, with the values that ask for nothing. Those without a
// key of cassandra.yaml are properties or variables.
var refused = withoutFlags([]setting{
	{name: "internode_authenticator", yaml: "internode_authenticator", fallback: "AllowAllInternodeAuthenticator", check: class("AllowAllInternodeAuthenticator"), why: ownTLS},
	{name: "partitioner", yaml: "partitioner", fallback: "Murmur3Partitioner", check: class("Murmur3Partitioner"), why: "data of other partitioners can't be read"},
	{name: "client_private_key", yaml: "client_encryption_options.ssl_context_factory.parameters.private_key", fallback: "", check: oneOf(""), why: "put the key and its certificates into a file, and name that as keystore", secret: true},
	{name: "client_trusted", yaml: "client_encryption_options.ssl_context_factory.parameters.trusted_certificates", fallback: "", check: oneOf(""), why: "put the certificates into a file, and name that as truststore"},
	{name: "internode_encryption", yaml: "server_encryption_options.internode_encryption", also: []string{"CASSANDRA_INTERNODE_ENCRYPTION"}, fallback: "none", check: oneOf("none"), why: ownTLS},
	{name: "transparent_data_encryption", yaml: "transparent_data_encryption_options.enabled", fallback: "false", check: boolean("false"), why: "files are not encrypted: use an encrypted disk"},
	{name: "audit_logging", yaml: "audit_logging_options.enabled", fallback: "false", check: boolean("false"), why: "there is no audit log in this version"},
	{name: "cdc_enabled", yaml: "cdc_enabled", fallback: "false", check: boolean("false"), why: "there is no change data capture in this version"},
	{name: "partition_size_warn_threshold", yaml: "partition_size_warn_threshold", fallback: "", check: oneOf(""), why: unsized},
	{name: "partition_size_fail_threshold", yaml: "partition_size_fail_threshold", fallback: "", check: oneOf(""), why: unsized},
	{name: "partition_tombstones_warn_threshold", yaml: "partition_tombstones_warn_threshold", fallback: "-1", check: oneOf("-1"), why: unsized},
	{name: "partition_tombstones_fail_threshold", yaml: "partition_tombstones_fail_threshold", fallback: "-1", check: oneOf("-1"), why: unsized},
	{name: "row_index_read_size_warn_threshold", yaml: "row_index_read_size_warn_threshold", fallback: "", check: oneOf(""), why: rowIndex},
	{name: "row_index_read_size_fail_threshold", yaml: "row_index_read_size_fail_threshold", fallback: "", check: oneOf(""), why: rowIndex},
	{name: "keyspace_count_warn_threshold", yaml: "keyspace_count_warn_threshold", fallback: "", check: oneOf(""), why: "it counts the system's keyspaces, too: set keyspaces_warn_threshold"},
	{name: "table_count_warn_threshold", yaml: "table_count_warn_threshold", fallback: "", check: oneOf(""), why: "it counts the system's tables, too: set tables_warn_threshold"},
	{name: "listen_on_broadcast_address", yaml: "listen_on_broadcast_address", fallback: "false", check: boolean("false"), why: "a node takes calls of others at one address; have the network translate"},
	{name: "start_native_transport", yaml: "start_native_transport", properties: []string{"start_native_transport"}, fallback: "true", check: boolean("true"), why: "a node always serves CQL"},
	{name: "join_ring", properties: []string{"join_ring"}, fallback: "true", check: boolean("true"), why: "a node that runs is part of the ring"},
	{name: "allow_simplestrategy", properties: []string{"allow_simplestrategy"}, fallback: "true", check: boolean("true"), why: "simplestrategy_enabled forbids it to roles that are no superusers"},
})

func withoutFlags(all []setting) []setting {
	for i := range all {
		all[i].noFlag = true
	}
	return all
}
