package exec_test

import (
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"helenus/client"
	"helenus/internal/auth"
	"helenus/internal/cassandra"
	"helenus/internal/exec"
	"helenus/internal/guardrail"
)

// TestFullDisks: a role's writes of each kind to a replica whose disk is stuffed warn, and to one whose disk is full are refused; a superuser's go through,
// and so do reads.
func TestFullDisks(t *testing.T) {
	var state atomic.Uint32
	limits := guardrail.Defaults()
	for _, s := range guardrail.Settings() {
		if s.Key == "data_disk_usage_percentage_fail_threshold" {
			s.Number(limits, 90)
		}
	}
	address := startStack(t, exec.Options{
		Login: exec.Login{Policy: auth.Policy{Authenticates: true, Authorizes: true, Datacenters: true}}, Guardrails: limits,
		DiskOf: func(uuid.UUID) guardrail.DiskState { return guardrail.DiskState(state.Load()) },
	})
	super := dialAs(t, address, "cassandra", "cassandra")
	for _, cql := range []string{
		"CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", "CREATE TABLE ks.t (k int PRIMARY KEY, v text, l list<int>)", "CREATE TABLE ks.n (k int PRIMARY KEY, n counter)",
		"CREATE ROLE app WITH PASSWORD = 'app' AND LOGIN = true", "GRANT ALL ON KEYSPACE ks TO app", "INSERT INTO ks.t (k, l) VALUES (2, [1])",
	} {
		run(t, super, cql)
	}
	app := dialAs(t, address, "app", "app")
	writes := []string{
		"INSERT INTO ks.t (k, v) VALUES (1, 'a')", "UPDATE ks.t SET v = 'b' WHERE k = 1", "DELETE FROM ks.t WHERE k = 1", "INSERT INTO ks.t (k, v) VALUES (1, 'a') IF NOT EXISTS", "UPDATE ks.n SET n = n + 1 WHERE k = 1",
		"UPDATE ks.t SET l[0] = 2 WHERE k = 2", "BEGIN BATCH INSERT INTO ks.t (k, v) VALUES (1, 'a'); APPLY BATCH",
	}
	const warning = "Guardrail replica_disk_usage violated: Replica disk usage exceeds warning threshold"
	const failure = "Guardrail replica_disk_usage violated: Write request failed because disk usage exceeds failure threshold"
	for _, now := range []guardrail.DiskState{guardrail.DiskSpacious, guardrail.DiskStuffed, guardrail.DiskFull} {
		state.Store(uint32(now))
		for _, cql := range writes {
			r, err := app.Query(t.Context(), cql, &client.Params{Consistency: cassandra.One, Serial: cassandra.Serial})
			switch {
			case now == guardrail.DiskFull:
				wantError(t, err, cassandra.CodeInvalid, failure)
			case err != nil:
				t.Errorf("%s: %v", cql, err)
			case slices.Contains(r.Warnings, warning) != (now == guardrail.DiskStuffed):
				t.Errorf("%s: %q", cql, r.Warnings)
			}
			if r, err := super.Query(t.Context(), cql, &client.Params{Consistency: cassandra.One, Serial: cassandra.Serial}); err != nil || len(r.Warnings) > 0 {
				t.Errorf("a superuser's %s: %v", cql, err)
			}
		}
		run(t, app, "SELECT * FROM ks.t")
	}
}
