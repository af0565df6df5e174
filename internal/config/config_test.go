package config

import (
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
	return Load(Sources{Flags: flags, YamlFile: file, Getenv: func(name string) (string, bool) { v, ok := env[name]; return v, ok }})
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
		"authenticator: PasswordAuthenticator\n", "authenticator:\n  class_name: org.apache.cassandra.auth.PasswordAuthenticator\n",
		"authorizer: CassandraAuthorizer\n", "client_encryption_options:\n  enabled: true\n", "partitioner: org.apache.cassandra.dht.RandomPartitioner\n",
	} {
		if _, err := load(t, yaml, nil, nil); err == nil || !strings.Contains(err.Error(), "allowed:") {
			t.Errorf("%s: %v", yaml, err)
		}
	}
	if _, err := load(t, "authenticator: AllowAllAuthenticator\nclient_encryption_options:\n  enabled: false\npartitioner: org.apache.cassandra.dht.Murmur3Partitioner\n", nil, nil); err != nil {
		t.Error(err)
	}
}
