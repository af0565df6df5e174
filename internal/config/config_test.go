package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func load(t *testing.T, yaml string, env, flags map[string]string) (*Settings, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cassandra.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(Sources{Flags: flags, YamlFile: file, Environ: environ(env)})
}

func environ(env map[string]string) func() []string {
	return func() (all []string) {
		for name, text := range env {
			all = append(all, name+"="+text)
		}
		return all
	}
}

func TestPrecedence(t *testing.T) {
	yaml := "cluster_name: yaml\nnum_tokens: 4\nrpc_address: 127.0.0.4\ncommitlog_sync: periodic\ncommitlog_sync_period_in_ms: 500\n" +
		"seed_provider:\n  - class_name: x\n    parameters: [{seeds: \"a, b\"}]\n"
	s, err := load(t, yaml, map[string]string{"CASSANDRA_NUM_TOKENS": "8", "CASSANDRA_CLUSTER_NAME": "env"}, map[string]string{"cluster-name": "flag"})
	if err != nil {
		t.Fatal(err)
	}
	if s.ClusterName() != "flag" || s.NumTokens() != 8 || s.Listen() != "127.0.0.4" || !s.Periodic() || s.SyncPeriod().Milliseconds() != 500 {
		t.Errorf("%+v", s.values)
	}
	if got := strings.Join(s.Seeds(), " "); got != "a b" {
		t.Errorf("seeds %q", got)
	}
}

func TestFaultsNameKeyValueAndWhatIsAllowed(t *testing.T) {
	_, err := load(t, "\ncommitlog_sync: fast\n", map[string]string{"HELENUS_PORT": "x"}, map[string]string{"memory": "lots"})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{`cassandra.yaml:2: commitlog_sync is "fast"; allowed: batch, group, periodic`, `HELENUS_PORT is "x"; allowed: a number`, `--memory is "lots"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not say %s", err, want)
		}
	}
}

func TestUnknownKeysWarnOnce(t *testing.T) {
	s, err := load(t, "concurrent_reads: 32\nno_such_key: 1\n", nil, nil)
	if err != nil || len(s.Warnings) != 2 || !strings.Contains(s.Warnings[0], "no_such_key") || !strings.Contains(s.Warnings[1], "concurrent_reads") {
		t.Errorf("%v, %v", s, err)
	}
}

// TestSecurityIsNotIgnored guards that a file which asks for protection never starts a node without it.
func TestSecurityIsNotIgnored(t *testing.T) {
	for _, yaml := range []string{
		"authenticator:\n  class_name: com.example.OwnAuthenticator\n", "cidr_authorizer:\n  class_name: CassandraCIDRAuthorizer\n  parameters: {cidr_authorizer_mode: SOMETIMES}\n",
		"server_encryption_options: {internode_encryption: all}\n", "cdc_enabled: true\n", "audit_logging_options: {enabled: true}\n",
		"authorizer: com.example.OwnAuthorizer\n", "role_manager: com.example.OwnRoleManager\n", "client_encryption_options:\n  enabled: true\n  keystore: k\n  accepted_protocols: [TLSv1.1]\n", "partitioner: org.apache.cassandra.dht.RandomPartitioner\n",
	} {
		if _, err := load(t, yaml, nil, nil); err == nil || !strings.Contains(err.Error(), "allowed:") {
			t.Errorf("%s: %v", yaml, err)
		}
	}
	if _, err := load(t, "authenticator: AllowAllAuthenticator\nclient_encryption_options:\n  enabled: false\npartitioner: org.apache.cassandra.dht.Murmur3Partitioner\n", nil, nil); err != nil {
		t.Error(err)
	}
}

// TestLogins: who has to log in, by every way to say so.
func TestLogins(t *testing.T) {
	for _, c := range []struct {
		yaml  string
		env   map[string]string
		flags map[string]string
		want  string // login, permissions, the first superuser and password; or the error
	}{
		{"", nil, nil, "false false  "},
		{"authenticator: PasswordAuthenticator\nauthorizer: CassandraAuthorizer\n", nil, nil, "true true  "},
		{"authenticator:\n  class_name: org.apache.cassandra.auth.PasswordAuthenticator\n", nil, nil, "true false  "},
		{"", map[string]string{"CASSANDRA_AUTHENTICATOR": "PasswordAuthenticator"}, nil, "true false  "},
		{"", nil, map[string]string{"authenticator": "PasswordAuthenticator", "authorizer": "CassandraAuthorizer"}, "true true  "},
		{"authenticator: AllowAllAuthenticator\nauthorizer: AllowAllAuthorizer\n", map[string]string{"CASSANDRA_PASSWORD": "s3cret"}, nil, "true true  s3cret"},
		{"", map[string]string{"CASSANDRA_USER": "app", "CASSANDRA_PASSWORD": "s3cret"}, nil, "true true app s3cret"},
		{"", map[string]string{"CASSANDRA_USER": "app", "CASSANDRA_PASSWORD": "s3cret", "CASSANDRA_AUTHORIZER": "AllowAllAuthorizer"}, nil, "true false app s3cret"},
		{"", map[string]string{"CASSANDRA_USER": "cassandra"}, nil, "true true cassandra "},
		{"", map[string]string{"CASSANDRA_USER": "app"}, nil, "there is no password: set CASSANDRA_PASSWORD"},
		{"", map[string]string{"CASSANDRA_PASSWORD": strings.Repeat("x", 73)}, nil, "CASSANDRA_PASSWORD is (hidden); allowed: a password of 72 bytes at most"},
		{"authenticator: MutualTlsAuthenticator\n", nil, nil, "client_encryption_options.require_client_auth to be true"},
		{"authenticator: {class_name: MutualTlsAuthenticator, parameters: {validator_class_name: org.apache.cassandra.auth.SpiffeCertificateValidator}}\nclient_encryption_options: {enabled: true, keystore: k, require_client_auth: true}\n", nil, nil, "true false  "},
		{"client_encryption_options: {enabled: true}\n", nil, nil, "no keystore is named"},
		{"native_transport_port_ssl: 9142\n", nil, nil, "set client_encryption_options.enabled, too"},
		{"client_encryption_options: {enabled: true, keystore: k, cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]}\n", nil, nil, "none of the cipher suites is safe"},
		{"authorizer: CassandraAuthorizer\n", nil, nil, "set the authenticator to PasswordAuthenticator, too"},
	} {
		s, err := load(t, "cluster_name: Test Cluster\n"+c.yaml, c.env, c.flags)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			name, password := s.Superuser()
			got = fmt.Sprint(s.Authenticates(), s.Authorizes(), " ", name, " ", password)
		}
		if got != c.want && (err == nil || !strings.Contains(got, c.want)) {
			t.Errorf("%q %v %v: %s, want %s", c.yaml, c.env, c.flags, got, c.want)
		}
	}
}

// TestInterfaces: a key that names an interface stands for its address, where the address itself is not given.
func TestInterfaces(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cassandra.yaml")
	if err := os.WriteFile(file, []byte("listen_interface: eth0\nrpc_interface: eth0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Load(Sources{YamlFile: file, Environ: environ(nil), Names: interfaces("10.0.0.5"), Flags: map[string]string{"listen": "0.0.0.0"}})
	if err != nil || s.Listen() != "0.0.0.0" || s.NodeAddress() != "10.0.0.5" {
		t.Errorf("%q, %q, %v", s.Listen(), s.NodeAddress(), err)
	}
	if _, err := Load(Sources{YamlFile: file, Environ: environ(nil), Names: machine{}}); err == nil || !strings.Contains(err.Error(), "no such interface") {
		t.Errorf("an interface that is not there: %v", err)
	}
}
