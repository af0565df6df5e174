package config

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"helenus/internal/platform"
)

// machine is a container's network.
type machine []platform.Interface

func (machine) Lookup(context.Context, string) ([]netip.Addr, error) {
	return nil, errors.New("names are not for package config")
}

func (m machine) Interfaces() ([]platform.Interface, error) { return m, nil }
func (m machine) Route(netip.Addr) (netip.Addr, error)      { return netip.Addr{}, nil }
func (m machine) Hostname() string                          { return "" }

func interfaces(eth ...string) machine {
	m := machine{{Name: "lo", Loopback: true, Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("10.0.9.2")}}}
	e := platform.Interface{Name: "eth0"}
	for _, a := range eth {
		e.Addrs = append(e.Addrs, netip.MustParseAddr(a))
	}
	return append(m, e)
}

// box is a container: its files by their paths, variables, arguments, mounts and network.
type box struct {
	files  map[string]string
	env    map[string]string
	jvm    []string
	mounts []string
	net    machine
	root   string
}

func (b *box) load(t *testing.T) (*Settings, error) {
	t.Helper()
	b.root = t.TempDir()
	for name, text := range b.files {
		file := filepath.Join(b.root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, "ROOT", b.root)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{"HELENUS_CONTAINER": "1"}
	for name, text := range b.env {
		env[name] = strings.ReplaceAll(text, "ROOT", b.root)
	}
	var jvm []string
	for _, a := range b.jvm {
		jvm = append(jvm, strings.ReplaceAll(a, "ROOT", b.root))
	}
	if b.net == nil {
		b.net = interfaces("169.254.1.1", "fd00::2", "172.17.0.2")
	}
	return Load(Sources{JVM: jvm, Environ: environ(env), Names: b.net, Root: b.root, IsMount: func(path string) bool {
		for _, m := range b.mounts {
			if m == path {
				return true
			}
		}
		return false
	}})
}

// want is a list of setting=value; the root is left out of values.
func (b *box) want(t *testing.T, want string) *Settings {
	t.Helper()
	s, err := b.load(t)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range strings.Fields(want) {
		name, text, _ := strings.Cut(w, "=")
		if got := strings.ReplaceAll(strings.ReplaceAll(s.text(name), b.root, ""), " ", "_"); got != text {
			t.Errorf("%s is %q of %s, want %q", name, got, s.values[name].Source, text)
		}
	}
	return s
}

const mounted = "/etc/cassandra/cassandra.yaml"

// fullFile has the addresses of another machine, as files do that were copied out of a container.
const fullFile = "cluster_name: 'from file'\nnum_tokens: 4\nlisten_address: 192.168.215.2\nbroadcast_address: 192.168.215.2\nrpc_address: 192.168.215.2\nbroadcast_rpc_address: 192.168.215.2\n" +
	"seed_provider:\n  - class_name: org.apache.cassandra.locator.SimpleSeedProvider\n    parameters:\n      - seeds: \"192.168.215.2:7000\"\n"

// TestContainer holds what the image's start script does, case by case.
func TestContainer(t *testing.T) {
	for _, c := range []struct {
		name string
		box  box
		want string
	}{
		{"nothing given", box{}, "listen=0.0.0.0 node-address=172.17.0.2 broadcast-address=172.17.0.2 broadcast-rpc-address=172.17.0.2 seeds=172.17.0.2 data=/var/lib/cassandra init-dir=/docker-entrypoint-initdb.d dc=datacenter1 rack=rack1 num-tokens=16"},
		{"addresses of a mounted file are overridden, other keys stay", box{files: map[string]string{mounted: fullFile}}, "listen=0.0.0.0 node-address=172.17.0.2 broadcast-address=172.17.0.2 broadcast-rpc-address=172.17.0.2 seeds=172.17.0.2 cluster-name=from_file num-tokens=4"},
		{"set but empty leaves the file's value", box{files: map[string]string{mounted: fullFile}, env: map[string]string{"CASSANDRA_LISTEN_ADDRESS": "", "CASSANDRA_RPC_ADDRESS": ""}},
			"listen=192.168.215.2 node-address=192.168.215.2 broadcast-address=192.168.215.2 broadcast-rpc-address=192.168.215.2"},
		{"broadcast from listen, names stay names", box{env: map[string]string{"CASSANDRA_LISTEN_ADDRESS": "tasks.cassandra-1"}}, "node-address=tasks.cassandra-1 broadcast-address=tasks.cassandra-1 broadcast-rpc-address=tasks.cassandra-1 seeds=tasks.cassandra-1"},
		{"each of its own", box{env: map[string]string{"CASSANDRA_BROADCAST_ADDRESS": "10.1.1.1", "CASSANDRA_BROADCAST_RPC_ADDRESS": "127.0.0.1"}}, "node-address=172.17.0.2 broadcast-address=10.1.1.1 broadcast-rpc-address=127.0.0.1 seeds=10.1.1.1"},
		{"IPv6 alone", box{net: interfaces("fe80::1", "fd00::2")}, "node-address=fd00::2"},
		{"seeds are given", box{files: map[string]string{mounted: fullFile}, env: map[string]string{"CASSANDRA_SEEDS": "a, b:7000", "CASSANDRA_NAME": "/x/cassandra"}}, "seeds=a,_b:7000"},
		{"linked by variables", box{env: map[string]string{"CASSANDRA_NAME": "/nd2/cassandra", "CASSANDRA_PORT": "tcp://172.17.0.9:7000", "CASSANDRA_ENV_CASSANDRA_VERSION": "5"}}, "seeds=cassandra port=9042"},
		{"linked by the hosts file", box{files: map[string]string{"/etc/hosts": "127.0.0.1 localhost\n172.17.0.9 cassandra 1234 nd1\n"}}, "seeds=cassandra"},
		{"called cassandra itself", box{files: map[string]string{"/etc/hosts": "172.17.0.2 cassandra\n"}}, "seeds=172.17.0.2"},
		{"place ignored by SimpleSnitch", box{env: map[string]string{"CASSANDRA_DC": "west", "CASSANDRA_RACK": "r2"}}, "dc=datacenter1 rack=rack1"},
		{"place by variables", box{env: map[string]string{"CASSANDRA_DC": "west", "CASSANDRA_ENDPOINT_SNITCH": "org.apache.cassandra.locator.GossipingPropertyFileSnitch"}}, "dc=west rack=rack1"},
		{"place by Bitnami's name", box{env: map[string]string{"CASSANDRA_DATACENTER": "east", "CASSANDRA_ENDPOINT_SNITCH": "GossipingPropertyFileSnitch"}}, "dc=east rack=rack1 cluster-name=My_Cluster num-tokens=256"},
		{"place by properties", box{files: map[string]string{"/etc/cassandra/cassandra-rackdc.properties": "# x\ndc=north\n"}, env: map[string]string{"CASSANDRA_ENDPOINT_SNITCH": "GossipingPropertyFileSnitch"}}, "dc=north rack=rack1"},
		{"place by default", box{env: map[string]string{"CASSANDRA_ENDPOINT_SNITCH": "GossipingPropertyFileSnitch"}}, "dc=dc1 rack=rack1"},
		{"testcontainers", box{env: map[string]string{"CASSANDRA_SNITCH": "GossipingPropertyFileSnitch", "CASSANDRA_ENDPOINT_SNITCH": "GossipingPropertyFileSnitch", "CASSANDRA_DC": "datacenter1",
			"JVM_OPTS": "-Dcassandra.skip_wait_for_gossip_to_settle=0 -Dcassandra.initial_token=0", "HEAP_NEWSIZE": "128M", "MAX_HEAP_SIZE": "1024M"}}, "dc=datacenter1 rack=rack1 initial-token=0 num-tokens=1"},
		{"any key as variable", box{env: map[string]string{"CASSANDRA_NATIVE_TRANSPORT_PORT": "9999", "CASSANDRA_COMMITLOG_SYNC": "periodic"}}, "port=9999 commitlog-sync=periodic"},
		{"a service called cassandra-storage", box{env: map[string]string{"CASSANDRA_STORAGE_PORT": "tcp://10.0.0.1:7000", "CASSANDRA_STORAGE_SERVICE_HOST": "10.0.0.1"}}, "storage-port=7000"},
		{"a value in a file", box{files: map[string]string{"/run/secrets/name": "secret cluster\n"}, env: map[string]string{"CASSANDRA_CLUSTER_NAME_FILE": "ROOT/run/secrets/name"}}, "cluster-name=secret_cluster"},
		{"a file that holds alone", box{files: map[string]string{"/my/c.yaml": fullFile}, jvm: []string{"-Dcassandra.config=file://ROOT/my/c.yaml"}, env: map[string]string{"CASSANDRA_CLUSTER_NAME": "x"}}, "cluster-name=from_file listen=192.168.215.2 node-address=192.168.215.2 seeds=192.168.215.2:7000"},
		{"a file by its bare name", box{files: map[string]string{"/etc/cassandra/other.yaml": "cluster_name: other\n"}, env: map[string]string{"JVM_OPTS": "-Xss1m -Dcassandra.config=other.yaml"}}, "cluster-name=other"},
		{"a property goes before a variable", box{jvm: []string{"-Dcassandra.num_tokens=3", "-Dcassandra.replace_address=10.0.0.7"}, env: map[string]string{"CASSANDRA_NUM_TOKENS": "5"}}, "num-tokens=3 replace=10.0.0.7"},
		{"a property for a key", box{jvm: []string{"-Dcassandra.settings.cluster_name=set"}}, "cluster-name=set"},
		{"data mounted alone", box{mounts: []string{"/var/lib/cassandra", "/var/lib/cassandra/data"}}, "data=/var/lib/cassandra/data"},
		{"another data directory", box{files: map[string]string{mounted: "data_file_directories: [/srv/db]\n"}}, "data=/srv/db"},
		{"Cassandra's own data directory", box{files: map[string]string{mounted: "data_file_directories:\n  - /var/lib/cassandra/data\n"}}, "data=/var/lib/cassandra"},
		{"Bitnami", box{mounts: []string{"/bitnami"}, env: map[string]string{"ALLOW_EMPTY_PASSWORD": "yes", "CASSANDRA_CQL_PORT_NUMBER": "9043", "CASSANDRA_HOST": "cass-1", "CASSANDRA_PEERS": "cass-1,cass-2"}},
			"data=/bitnami/cassandra/data port=9043 node-address=cass-1 seeds=cass-1 cluster-name=My_Cluster num-tokens=256 dc=datacenter1 authenticator=PasswordAuthenticator authorizer=CassandraAuthorizer superuser="},
		{"Bitnami's superuser", box{mounts: []string{"/bitnami"}, env: map[string]string{"CASSANDRA_USER": "app"}}, "authenticator=PasswordAuthenticator superuser=app"},
		{"Bitnami's file", box{mounts: []string{"/bitnami"}, files: map[string]string{"/bitnami/cassandra/conf/cassandra.yaml": "authenticator: AllowAllAuthenticator\nauthorizer: AllowAllAuthorizer\n"}}, "authenticator=AllowAllAuthenticator authorizer=AllowAllAuthorizer"},
		{"a superuser's password in a file", box{files: map[string]string{"/run/secrets/p": "s3cret\n", mounted: "authenticator: AllowAllAuthenticator\n"}, env: map[string]string{"CASSANDRA_PASSWORD_FILE": "ROOT/run/secrets/p"}}, "authenticator=PasswordAuthenticator authorizer=CassandraAuthorizer superuser_password=s3cret"},
		{"no scripts", box{env: map[string]string{"CASSANDRA_IGNORE_INITDB_SCRIPTS": "yes"}}, "init-dir="},
		{"an empty key of the file", box{files: map[string]string{mounted: "initial_token:\ncluster_name: x\n"}}, "initial-token= cluster-name=x"},
	} {
		t.Run(c.name, func(t *testing.T) { c.box.want(t, c.want) })
	}
}

// TestContainerRefuses: what can't be followed ends the start, with what to do.
func TestContainerRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		box  box
		says string
	}{
		{"a mounted directory without the file", box{env: map[string]string{"CASSANDRA_CONF": "ROOT/etc/cassandra"}}, "/etc/cassandra/cassandra.yaml is missing"},
		{"an empty file", box{files: map[string]string{mounted: ""}}, "the file is empty"},
		{"a broken file", box{files: map[string]string{mounted: "a: [\n"}}, "cassandra.yaml"},
		{"a bad cassandra.config", box{jvm: []string{"-Dcassandra.config=http://x/y"}}, "allowed: a path, file:///path"},
		{"a user without a password", box{env: map[string]string{"CASSANDRA_USER": "app"}}, "set CASSANDRA_PASSWORD"},
		{"an authenticator", box{env: map[string]string{"CASSANDRA_AUTHENTICATOR": "OwnAuthenticator"}}, "allowed: AllowAllAuthenticator"},
		{"Bitnami's encryption", box{env: map[string]string{"CASSANDRA_CLIENT_ENCRYPTION": "true"}}, "no keystore is named"},
		{"a snitch", box{env: map[string]string{"CASSANDRA_ENDPOINT_SNITCH": "Ec2Snitch"}}, "allowed: SimpleSnitch, GossipingPropertyFileSnitch"},
		{"no network", box{net: interfaces("169.254.0.1")}, "no interface of this machine has an address"},
		{"an address that nobody can call", box{env: map[string]string{"CASSANDRA_BROADCAST_RPC_ADDRESS": "0.0.0.0"}}, "an address that others can call"},
		{"both forms", box{files: map[string]string{"/f": "x"}, env: map[string]string{"CASSANDRA_CLUSTER_NAME": "a", "CASSANDRA_CLUSTER_NAME_FILE": "ROOT/f"}}, "both set"},
		{"nodes without seeds", box{env: map[string]string{"HELENUS_INITIAL_NODES": "3"}}, "set CASSANDRA_SEEDS to the name of the service"},
		{"tokens and their number in one file", box{files: map[string]string{mounted: "num_tokens: 16\ninitial_token: 0\n"}}, "names 1 tokens"},
		{"no part of the ring", box{jvm: []string{"-Dcassandra.join_ring=false"}}, "part of the ring"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := c.box.load(t); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v\ndoes not say %s", err, c.says)
			}
		})
	}
}

// TestUnknownVariables: one line each, with the nearest name.
func TestUnknownVariables(t *testing.T) {
	b := box{env: map[string]string{
		"CASSANDRA_SEEDS ": "x", "CASSANDRA_CLUSTERNAME": "x", "CASSANDRA_CONCURRENT_READS": "32", "CASSANDRA_SERVICE_PORT": "9042", "CASSANDRA_WEB_PORT_80_TCP_ADDR": "10.0.0.1", "CASSANDRA_VERSION": "5.0.5",
	}}
	s := b.want(t, "")
	got := strings.Join(s.Warnings, "\n")
	want := `variable "CASSANDRA_CLUSTERNAME" is unknown and is ignored; the nearest known name is CASSANDRA_CLUSTER_NAME
variable "CASSANDRA_SEEDS " is unknown and is ignored; the nearest known name is CASSANDRA_SEEDS
variables that have no effect here: CASSANDRA_CONCURRENT_READS`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestHeapCapsMemory: the lowest of what is said of Java's heap, and never less than a node needs.
func TestHeapCapsMemory(t *testing.T) {
	for opts, want := range map[string]int64{"": 0, "-Xmx512M": 512 << 20, "-Xms1G -Xmx2G": 1 << 30, "-Xmx10M": heapMin} {
		b := box{env: map[string]string{"JVM_OPTS": opts}}
		if opts != "" {
			b.env["MAX_HEAP_SIZE"] = "1G"
		}
		if s := b.want(t, ""); s.MemoryMax() != want {
			t.Errorf("%q: %d, want %d", opts, s.MemoryMax(), want)
		}
	}
}

func TestExplain(t *testing.T) {
	b := box{env: map[string]string{"CASSANDRA_PASSWORD": "cassandra", "CASSANDRA_NUM_TOKENS": "8"}, files: map[string]string{mounted: "\ncluster_name: x\n"}}
	s := b.want(t, "")
	var got []string
	for _, e := range s.Explain() {
		got = append(got, fmt.Sprintf("%s %s %s", e.Setting, e.Text, strings.ReplaceAll(e.Source, b.root, "")))
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{
		"--cluster-name x /etc/cassandra/cassandra.yaml:2: cluster_name", "--num-tokens 8 CASSANDRA_NUM_TOKENS", "--node-address 172.17.0.2 container, since CASSANDRA_LISTEN_ADDRESS is not set (auto)",
		"HELENUS_SUPERUSER_PASSWORD (hidden) CASSANDRA_PASSWORD", "--port 9042 default",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%s\nis not in\n%s", want, all)
		}
	}
}
