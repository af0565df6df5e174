package config

// Where things are in Bitnami's image.
const (
	bitnamiMount = "/bitnami"
	bitnamiData  = "/bitnami/cassandra/data"
	bitnamiConf  = "/bitnami/cassandra/conf"
)

// bitnamiSigns are variables that only Bitnami's image knows.
var bitnamiSigns = []string{
	"CASSANDRA_PASSWORD_SEEDER", "ALLOW_EMPTY_PASSWORD", "CASSANDRA_DATACENTER", "CASSANDRA_HOST", "CASSANDRA_PEERS", "CASSANDRA_NODES",
	"CASSANDRA_CQL_PORT_NUMBER", "CASSANDRA_TRANSPORT_PORT_NUMBER", "CASSANDRA_JMX_PORT_NUMBER", "CASSANDRA_STARTUP_CQL", "CASSANDRA_IGNORE_INITDB_SCRIPTS",
	"CASSANDRA_CLIENT_ENCRYPTION", "CASSANDRA_INTERNODE_ENCRYPTION",
}

// bitnamiIdle are variables of its that have no effect here: they tune waits and files that are not there.
var bitnamiIdle = []string{
	"CASSANDRA_PASSWORD_SEEDER", "CASSANDRA_PEERS", "CASSANDRA_NODES", "CASSANDRA_IGNORE_INITDB_SCRIPTS", "CASSANDRA_SSL_CERT_FILE", "CASSANDRA_SSL_KEY_FILE",
	"CASSANDRA_SSL_CA_FILE", "CASSANDRA_SSL_VALIDATE", "CASSANDRA_ENABLE_RPC", "CASSANDRA_ENABLE_REMOTE_CONNECTIONS",
	"CASSANDRA_DELAY_START_TIME", "CASSANDRA_AUTOMATIC_SSTABLE_UPGRADE", "CASSANDRA_AUTO_SNAPSHOT_TTL",
	"CASSANDRA_INIT_MAX_RETRIES", "CASSANDRA_INIT_SLEEP_TIME", "CASSANDRA_CQL_MAX_RETRIES", "CASSANDRA_CQL_SLEEP_TIME", "CASSANDRA_PEER_CQL_MAX_RETRIES",
	"CASSANDRA_PEER_CQL_SLEEP_TIME",
}

// bitnamiIdlePrefixes are beginnings of such names.
var bitnamiIdlePrefixes = []string{"CASSANDRA_CFG_"}

// isBitnami says whether the container was made for Bitnami's image.
func (l *loader) isBitnami() bool {
	for _, name := range bitnamiSigns {
		if l.environment.all[name] != "" {
			return true
		}
	}
	return l.IsMount(bitnamiMount) || l.IsMount(bitnamiMount+"/cassandra")
}

// bitnamiDefaults differ from Cassandra's.
var bitnamiDefaults = map[string]string{"cluster-name": "My Cluster", "num-tokens": "256"}

// byFacts are defaults that depend on the image and on the snitch.
func (l *loader) byFacts(k *setting) (Value, bool) {
	if text, ok := bitnamiDefaults[k.name]; ok && l.bitnami && !l.plain {
		return Value{text, "default of Bitnami's image"}, true
	}
	return l.place(k)
}
