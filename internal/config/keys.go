package config

import (
	"math"
	"slices"
	"strings"
)

// setting is one setting.
type setting struct {
	// name is the flag's, too, unless noFlag.
	name   string
	noFlag bool
	// yaml is the key of cassandra.yaml, empty where there is none; a dot stands before a key within a key.
	yaml string
	// also are variables beside HELENUS_<name> and CASSANDRA_<yaml>.
	also []string
	// properties are those of -Dcassandra.<property>=.
	properties []string
	fallback   string
	check      check
	// why says what is missing here when other values than the allowed ones are legal in Cassandra.
	why string
	// secret values are not shown.
	secret bool
	// list is true where the value is a list of words.
	list  bool
	about string
}

// keys are the settings that Helenus acts on.
var keys = []setting{
	{name: "data", yaml: "data_file_directories", properties: []string{"storagedir"}, fallback: "./data", check: notEmpty, about: "directory that holds the node's data"},
	{name: "listen", yaml: "rpc_address", fallback: "127.0.0.1", check: address, about: "address for CQL clients; 0.0.0.0: all of this machine"},
	{name: "port", yaml: "native_transport_port", also: []string{"CASSANDRA_CQL_PORT_NUMBER"}, properties: []string{"native_transport_port"}, fallback: "9042", check: number(1, 65535), about: "port for CQL clients"},
	{name: "node-address", yaml: "listen_address", also: []string{"CASSANDRA_HOST"}, fallback: "", check: callable, about: "address for other nodes; default: that of --listen, or the first of this machine"},
	{name: "storage-port", yaml: "storage_port", also: []string{"CASSANDRA_TRANSPORT_PORT_NUMBER"}, properties: []string{"storage_port"}, fallback: "7000", check: number(1, 65535), about: "port for other nodes"},
	{name: "broadcast-address", yaml: "broadcast_address", also: []string{"POD_IP"}, fallback: "", check: callable, about: "address that other nodes are told; default: that of --node-address"},
	{name: "broadcast-rpc-address", yaml: "broadcast_rpc_address", fallback: "", check: callable, about: "address that CQL clients are told; default: that of --listen, or of --broadcast-address"},
	{name: "nodetool-port", also: []string{"JMX_PORT", "CASSANDRA_JMX_PORT_NUMBER"}, properties: []string{"jmx.local.port", "jmx.remote.port"}, fallback: "7199", check: number(1, 65535), about: "port for nodetool and helenus health"},
	{name: "http", fallback: "", check: hostPort, about: "address and port of /metrics, /healthz and /readyz; none by default"},
	{name: "seeds", yaml: "seed_provider", also: []string{"CASSANDRA_SEEDS"}, fallback: "", check: anything, about: "addresses or names of nodes to join, separated by commas"},
	{name: "initial-nodes", fallback: "0", check: number(0, 1000), about: "empty nodes that are started together with the same seeds and form one cluster once they see each other; 0: the first of the seeds forms it"},
	{name: "replace", properties: []string{"replace_address", "replace_address_first_boot", "replace_node"}, fallback: "", check: anything, about: "host id or address of a dead node whose place this one takes; auto: of the one that an empty node can only be meant for"},
	{name: "rejoin", fallback: "keep", check: oneOf("keep", "wipe"), about: "what a node does that was removed from its cluster while it was away: keep: it ends, and its files stay; wipe: it empties its data directory and joins as a new node"},
	{name: "absent-node-removal", fallback: "0s", check: duration, about: "how long a member may be absent before the others take it out of the ring, if all it had is safe; 0s: for ever"},
	{name: "stop-grace-period", fallback: "0s", check: duration, about: "how long whoever stops this node waits before killing it: on SIGTERM it may wait for other replicas that long, less five seconds; 0s: it doesn't"},
	{name: "accept-loss", fallback: "false", check: oneOf("false", "true"), about: "with --replace: go on although what only the dead node had is lost"},
	{name: "accept-unsafe-mount", fallback: "false", check: oneOf("false", "true"), about: "start although the data directory is on an SMB mount that loses acknowledged writes (cache=loose, nostrictsync)"},
	{name: "cluster-name", yaml: "cluster_name", properties: []string{"cluster_name"}, fallback: "Test Cluster", check: notEmpty, about: "name of the cluster"},
	{name: "snitch", yaml: "endpoint_snitch", fallback: simpleSnitch, check: class(simpleSnitch, gossipingSnitch), why: "only these say where a node stands", about: "SimpleSnitch: datacenter1 and rack1; GossipingPropertyFileSnitch: CASSANDRA_DC and CASSANDRA_RACK, or cassandra-rackdc.properties"},
	{name: "dc", also: datacenterVariables, fallback: "datacenter1", check: notEmpty, about: "this node's datacenter"},
	{name: "rack", also: rackVariables, fallback: "rack1", check: notEmpty, about: "this node's rack"},
	{name: "num-tokens", yaml: "num_tokens", properties: []string{"num_tokens"}, fallback: "16", check: number(1, 1024), about: "tokens that the node takes on the ring"},
	{name: "initial-token", yaml: "initial_token", properties: []string{"initial_token"}, fallback: "", check: tokens, about: "the tokens themselves, separated by commas, instead of those that the cluster chooses"},
	{name: "memory", fallback: "", check: size, about: "memory to live in, such as 512MiB; default: the container's limit, or a quarter of the machine's"},
	{name: "commitlog-sync", yaml: "commitlog_sync", fallback: "batch", check: oneOf("batch", "group", "periodic"), about: "when a write is acknowledged: batch (and group): when it is synced; periodic: when the operating system has it"},
	{name: "commitlog-sync-period", yaml: "commitlog_sync_period", fallback: "10000ms", check: duration, about: "longest time between a write and its sync with periodic"},
	{name: "max-frame-size", yaml: "native_transport_max_frame_size", fallback: "16MiB", check: size, about: "largest request; at most a thirty-second of the memory"},
	{name: "max-connections", yaml: "native_transport_max_concurrent_connections", fallback: "-1", check: number(-1, math.MaxInt32), about: "most CQL connections; -1: 10,000, fewer in less than 1.2 GiB of memory"},
	{name: "max-connections-per-address", yaml: "native_transport_max_concurrent_connections_per_ip", fallback: "-1", check: number(-1, math.MaxInt32), about: "most CQL connections from one address; -1: seven eighths of all"},
	{name: "authenticator", yaml: "authenticator", fallback: allowAll + "Authenticator", check: class(allowAll+"Authenticator", passwordAuthenticator, mutualTLS, mutualTLSOrPassword), why: "there are no others in this version", about: "whether clients log in: PasswordAuthenticator; MutualTlsAuthenticator: by a certificate whose SPIFFE identity stands for a role; MutualTlsWithPasswordFallbackAuthenticator: by either; or AllowAllAuthenticator: they need not"},
	{name: "authorizer", yaml: "authorizer", fallback: allowAll + "Authorizer", check: class(allowAll+"Authorizer", cassandraAuthorizer), why: "there are no others in this version", about: "whether what clients do takes permissions: CassandraAuthorizer, or AllowAllAuthorizer: it does not"},
	{name: "certificate_validator", noFlag: true, yaml: "authenticator.parameters.validator_class_name", fallback: "SpiffeCertificateValidator", check: class("SpiffeCertificateValidator"), why: "there is no other in this version", about: "how a certificate names who shows it: by a URI that begins with spiffe://"},
	{name: "role_manager", noFlag: true, yaml: "role_manager", fallback: "CassandraRoleManager", check: class("CassandraRoleManager"), why: "there is no other in this version", about: "who keeps the roles: the cluster's metadata, under Cassandra's name"},
	{name: "network_authorizer", noFlag: true, yaml: "network_authorizer", fallback: allowAll + "NetworkAuthorizer", check: class(allowAll+"NetworkAuthorizer", "CassandraNetworkAuthorizer"), why: "there are no others in this version", about: "CassandraNetworkAuthorizer: roles may be bound to datacenters (ACCESS TO DATACENTERS)"},
	{name: "cidr_authorizer", noFlag: true, yaml: "cidr_authorizer", fallback: allowAll + "CIDRAuthorizer", check: class(allowAll+"CIDRAuthorizer", "CassandraCIDRAuthorizer"), why: "there are no others in this version", about: "CassandraCIDRAuthorizer: roles may be bound to groups of addresses (ACCESS FROM CIDRS)"},
	{name: "cidr_authorizer_mode", noFlag: true, yaml: "cidr_authorizer.parameters.cidr_authorizer_mode", fallback: "MONITOR", check: folded("MONITOR", "ENFORCE"), about: "MONITOR: who comes from elsewhere is let in and noted; ENFORCE: is not let in"},
	{name: "superuser", also: []string{"CASSANDRA_USER"}, fallback: "", check: roleName, about: "name of a new cluster's first superuser, instead of cassandra; given, clients have to log in and what they do takes permissions, unless --authenticator and --authorizer say otherwise"},
	{name: "superuser_password", noFlag: true, also: []string{"HELENUS_SUPERUSER_PASSWORD", "CASSANDRA_PASSWORD"}, fallback: "", check: password, secret: true, about: "its password; given, clients have to log in as with --superuser; in a file by HELENUS_SUPERUSER_PASSWORD_FILE or CASSANDRA_PASSWORD_FILE"},
	{name: "client_encryption", noFlag: true, yaml: "client_encryption_options.enabled", also: []string{"CASSANDRA_CLIENT_ENCRYPTION"}, fallback: "false", check: boolean("true", "false"), about: "whether CQL clients speak TLS (1.2 or 1.3)"},
	{name: "client_optional", noFlag: true, yaml: "client_encryption_options.optional", fallback: "false", check: boolean("true", "false"), about: "clients may speak TLS or not, as they like, on one port"},
	{name: "client_keystore", noFlag: true, yaml: "client_encryption_options.keystore", also: []string{"CASSANDRA_KEYSTORE_LOCATION"}, fallback: "", check: anything, about: "file with the node's key and certificates for clients: PEM (both in one file), PKCS #12 or JKS; a changed file takes effect at once"},
	{name: "client_keystore_password", noFlag: true, yaml: "client_encryption_options.keystore_password", also: []string{"CASSANDRA_KEYSTORE_PASSWORD"}, fallback: "", check: anything, secret: true, about: "what opens it"},
	{name: "client_keystore_password_file", noFlag: true, yaml: "client_encryption_options.keystore_password_file", fallback: "", check: anything, about: "file with what opens it"},
	{name: "client_truststore", noFlag: true, yaml: "client_encryption_options.truststore", also: []string{"CASSANDRA_TRUSTSTORE_LOCATION"}, fallback: "", check: anything, about: "file with the authorities of clients' certificates, for require_client_auth; default: those in keystore"},
	{name: "client_truststore_password", noFlag: true, yaml: "client_encryption_options.truststore_password", also: []string{"CASSANDRA_TRUSTSTORE_PASSWORD"}, fallback: "", check: anything, secret: true, about: "what opens it"},
	{name: "client_truststore_password_file", noFlag: true, yaml: "client_encryption_options.truststore_password_file", fallback: "", check: anything, about: "file with what opens it"},
	{name: "client_auth", noFlag: true, yaml: "client_encryption_options.require_client_auth", fallback: "false", check: boolean("true", "false", "optional"), about: "clients have to show a certificate that an authority of truststore has signed; optional: those that show one"},
	{name: "client_protocol", noFlag: true, yaml: "client_encryption_options.protocol", fallback: "TLS", check: oneOf("TLS", "TLSv1.2", "TLSv1.3"), why: "older versions are not safe", about: "TLSv1.3: nothing older"},
	{name: "client_protocols", noFlag: true, yaml: "client_encryption_options.accepted_protocols", fallback: "", check: protocols, why: "older versions are not safe", about: "versions of TLS that are spoken"},
	{name: "client_ciphers", noFlag: true, yaml: "client_encryption_options.cipher_suites", fallback: "", check: suites, about: "cipher suites of TLS 1.2 that are taken, separated by commas; default: the safe ones. Those of TLS 1.3 can't be chosen"},
	{name: "client_context", noFlag: true, yaml: "client_encryption_options.ssl_context_factory", fallback: "DefaultSslContextFactory", check: class("DefaultSslContextFactory", "FileBasedSslContextFactory", "PEMBasedSslContextFactory"), why: "a file's form is found out", about: "accepted; whatever it is, a file's form is found out"},
	{name: "native_transport_port_ssl", noFlag: true, yaml: "native_transport_port_ssl", fallback: "", check: optionalPort, about: "port for clients that speak TLS; native_transport_port is then for those that do not"},
	{name: "join-token", secret: true, fallback: "", check: joinToken, about: "secret that all nodes of the cluster have: one that can't show that it has it is not spoken to"},
	{name: "node-cert", also: []string{"HELENUS_NODE_CERT_FILE"}, fallback: "", check: anything, about: "certificate (PEM) that this node shows to others; with --node-key and --node-ca nodes speak TLS among themselves"},
	{name: "node-key", also: []string{"HELENUS_NODE_KEY_FILE"}, fallback: "", check: anything, about: "its private key (PEM)"},
	{name: "node-ca", also: []string{"HELENUS_NODE_CA_FILE"}, fallback: "", check: anything, about: "certificate (PEM) of the authority that signs all nodes' certificates"},
	{name: "internode-compression", yaml: "internode_compression", fallback: "dc", check: oneOf("dc", "all", "none"), about: "which messages to other nodes are compressed: those to other datacenters (dc), all or none"},
	{name: "init-dir", fallback: "", check: anything, about: "directory with *.cql, *.cql.gz and *.sh files that are run once for a new cluster; in a container /docker-entrypoint-initdb.d"},
	{name: "init-keyspace", also: []string{"CASSANDRA_KEYSPACE"}, fallback: "", check: keyspace, about: "keyspace that a new cluster begins with"},
	{name: "init-replication", also: []string{"CASSANDRA_REPLICATION"}, fallback: "1", check: replication, about: "its replication: a number, or a map as in CREATE KEYSPACE"},
	{name: "init-cql", also: []string{"CASSANDRA_STARTUP_CQL"}, fallback: "", check: anything, about: "statements that are run once for a new cluster, before the files of --init-dir"},
	{name: "user-defined-functions", yaml: "user_defined_functions_enabled", also: []string{"CASSANDRA_ENABLE_USER_DEFINED_FUNCTIONS"}, fallback: "false", check: boolean("true", "false"), about: "whether functions and aggregates of users can be made and called; true or false"},
	{name: "scripted-user-defined-functions", yaml: "scripted_user_defined_functions_enabled", also: []string{"CASSANDRA_ENABLE_SCRIPTED_USER_DEFINED_FUNCTIONS"}, fallback: "false", check: boolean("true", "false"), about: "whether they may be written in JavaScript and WebAssembly, too; true or false"},
	{name: "materialized-views", yaml: "materialized_views_enabled", also: []string{"CASSANDRA_ENABLE_MATERIALIZED_VIEWS"}, fallback: "false", check: boolean("true", "false"), about: "whether materialized views can be made; true or false"},
	{name: "sasi-indexes", yaml: "sasi_indexes_enabled", also: []string{"CASSANDRA_ENABLE_SASI_INDEXES"}, fallback: "false", check: boolean("true", "false"), about: "whether SASI indexes can be made; true or false"},
	{name: "user_defined_functions_warn_timeout", noFlag: true, yaml: "user_defined_functions_warn_timeout", fallback: "500ms", check: duration, about: "time after which a call of such a function warns the client"},
	{name: "user_defined_functions_fail_timeout", noFlag: true, yaml: "user_defined_functions_fail_timeout", fallback: "1500ms", check: duration, about: "time after which a call of such a function is ended and fails"},
	{name: "dynamic_data_masking_enabled", noFlag: true, yaml: "dynamic_data_masking_enabled", fallback: "false", check: boolean("true", "false"), about: "whether columns can be masked (MASKED WITH), and masks hide what is behind them from roles without UNMASK"},
	{name: "batch_size_warn_threshold", noFlag: true, yaml: "batch_size_warn_threshold", fallback: "5KiB", check: sized, about: "size from which on a batch over several partitions warns the client"},
	{name: "batch_size_fail_threshold", noFlag: true, yaml: "batch_size_fail_threshold", fallback: "50KiB", check: sized, about: "size from which on one is refused"},
	{name: "unlogged_batch_across_partitions_warn_threshold", noFlag: true, yaml: "unlogged_batch_across_partitions_warn_threshold", fallback: "10", check: number(0, math.MaxInt32), about: "partitions from which on an unlogged batch warns the client"},
	{name: "tombstone_warn_threshold", noFlag: true, yaml: "tombstone_warn_threshold", fallback: "1000", check: number(-1, math.MaxInt32), about: "tombstones that a read may meet on a replica; one that meets more warns the client and the log"},
	{name: "tombstone_failure_threshold", noFlag: true, yaml: "tombstone_failure_threshold", fallback: "100000", check: number(-1, math.MaxInt32), about: "tombstones after which a read is ended and fails"},
	{name: "read_thresholds_enabled", noFlag: true, yaml: "read_thresholds_enabled", fallback: "false", check: boolean("true", "false"), about: "whether the thresholds of sizes below hold, and replicas tell coordinators what is much"},
	{name: "coordinator_read_size_warn_threshold", noFlag: true, yaml: "coordinator_read_size_warn_threshold", fallback: "", check: size, about: "size of a result's values, or of a page's, from which on clients are warned"},
	{name: "coordinator_read_size_fail_threshold", noFlag: true, yaml: "coordinator_read_size_fail_threshold", fallback: "", check: size, about: "size from which on a read fails"},
	{name: "local_read_size_warn_threshold", noFlag: true, yaml: "local_read_size_warn_threshold", fallback: "", check: size, about: "size of what a replica reads for a client, from which on it is warned"},
	{name: "local_read_size_fail_threshold", noFlag: true, yaml: "local_read_size_fail_threshold", fallback: "", check: size, about: "size from which on the read fails"},
	{name: "use_statements_enabled", noFlag: true, yaml: "use_statements_enabled", fallback: "true", check: boolean("true", "false"), about: "whether USE is taken"},
	{name: "default_secondary_index_enabled", noFlag: true, yaml: "default_secondary_index_enabled", fallback: "true", check: boolean("true", "false"), about: "whether CREATE INDEX may leave out which kind of index it makes"},
	{name: "hinted_handoff_enabled", noFlag: true, yaml: "hinted_handoff_enabled", fallback: "true", check: boolean("true", "false"), about: "whether hints are kept for nodes that are down; nodetool enablehandoff and disablehandoff change it"},
	{name: "clock-offset", fallback: "0s", check: offset, about: "added to the machine's clock, such as 1h or -90s: to try what a wrong clock does"},
	{name: "log-dir", also: []string{"CASSANDRA_LOG_DIR"}, properties: []string{"logdir"}, fallback: "", check: anything, about: "directory for system.log and debug.log, 100 MiB each at most, beside standard output; in a container /var/log/cassandra"},
	{name: "log-level", fallback: "info", check: oneOf("debug", "info", "warn", "error"), about: "least level that is logged"},
	{name: "health", noFlag: true, also: []string{"HELENUS_HEALTH"}, fallback: "auto", check: oneOf("auto", "alive", "ready"), about: "what helenus health takes for healthy: alive: other nodes can connect; ready: CQL answers; auto: alive where nodes find each other by a service's name, else ready"},
	{name: "listen_interface", noFlag: true, yaml: "listen_interface", fallback: "", check: anything, about: "interface whose address listen_address is"},
	{name: "rpc_interface", noFlag: true, yaml: "rpc_interface", fallback: "", check: anything, about: "interface whose address rpc_address is"},
}

// Names of Cassandra's classes.
const (
	allowAll              = "AllowAll"
	passwordAuthenticator = "PasswordAuthenticator"
	mutualTLS             = "MutualTlsAuthenticator"
	mutualTLSOrPassword   = "MutualTlsWithPasswordFallbackAuthenticator"
	cassandraAuthorizer   = "CassandraAuthorizer"
)

// settings are all keys, those that are refused last.
var settings = slices.Concat(keys, guardrails, refused)

// variables are the environment's names for a setting, the first one first.
func (k *setting) variables() (names []string) {
	if !k.noFlag {
		names = append(names, "HELENUS_"+upper(k.name))
	}
	if k.yaml != "" && k.yaml != "seed_provider" { // which is no scalar: CASSANDRA_SEEDS stands for it
		names = append(names, "CASSANDRA_"+upper(k.yaml))
	}
	return append(names, k.also...)
}

// find returns a setting by its name, which must be one.
func find(name string) *setting {
	for i := range settings {
		if settings[i].name == name {
			return &settings[i]
		}
	}
	panic("no setting is called " + name)
}

func upper(name string) string {
	return strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(name))
}

// label is what a setting is called where it is named: its flag, or else its key, variable or property.
func (k *setting) label() string {
	switch {
	case !k.noFlag:
		return "--" + k.name
	case k.yaml != "":
		return k.yaml
	case len(k.also) > 0:
		return k.also[0]
	case len(k.properties) > 0:
		return "-Dcassandra." + k.properties[0]
	}
	return k.name
}
