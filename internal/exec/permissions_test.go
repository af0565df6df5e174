package exec_test

import (
	"testing"

	"helenus/client"
	"helenus/internal/auth"
	"helenus/internal/cassandra"
	"helenus/internal/exec"
	"helenus/internal/platform"
	"helenus/internal/udf"
)

// TestPermissionsOfWhatSchemasHold walks statements whose permissions depend on the schema: indexes by their name alone, functions and
// aggregates when they are made, replaced, called and dropped.
func TestPermissionsOfWhatSchemasHold(t *testing.T) {
	functions := udf.New(udf.Options{Enabled: true, Clock: platform.SystemClock{}})
	t.Cleanup(func() {
		if err := functions.Close(); err != nil {
			t.Error(err)
		}
	})
	address := startStack(t, exec.Options{Functions: functions, Views: true, Login: exec.Login{Policy: auth.Policy{Authenticates: true, Authorizes: true}}})
	super := dialAs(t, address, "cassandra", "cassandra")
	for _, cql := range []string{
		"CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", "CREATE TABLE ks.t (k int PRIMARY KEY, v int)",
		"CREATE ROLE app WITH PASSWORD = 'app' AND LOGIN = true", "CREATE ROLE viewer WITH PASSWORD = 'viewer' AND LOGIN = true", "CREATE ROLE maker WITH PASSWORD = 'maker' AND LOGIN = true",
		"GRANT SELECT ON ks.t TO app", "GRANT CREATE ON ALL FUNCTIONS IN KEYSPACE ks TO maker",
	} {
		run(t, super, cql)
	}
	viewer := dialAs(t, address, "viewer", "viewer")
	const plus = "FUNCTION ks.plus (s int, v int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS 'return s + v;'"
	const view = " AS SELECT * FROM ks.t WHERE k IS NOT NULL AND v IS NOT NULL PRIMARY KEY (v, k)"
	const other = "FUNCTION ks.plus (s int, v int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS 'return v + s;'"
	app, maker := dialAs(t, address, "app", "app"), dialAs(t, address, "maker", "maker")
	for _, step := range []struct {
		who  *client.Conn
		cql  string
		want cassandra.Code // -1: it is let through
	}{
		{app, "CREATE INDEX byv ON ks.t (v)", cassandra.CodeUnauthorized},
		{super, "GRANT ALTER ON ks.t TO app", -1},
		{app, "CREATE INDEX byv ON ks.t (v)", -1},
		{super, "REVOKE ALTER ON ks.t FROM app", -1},
		{app, "DROP INDEX ks.byv", cassandra.CodeUnauthorized},
		{app, "DROP INDEX ks.nosuch", cassandra.CodeInvalid},
		{super, "DROP INDEX ks.byv", -1},

		// a view is read by whoever may read its base, and made, altered and dropped by whoever may alter that
		{viewer, "CREATE MATERIALIZED VIEW ks.a" + view, cassandra.CodeUnauthorized},
		{super, "CREATE MATERIALIZED VIEW ks.a" + view, -1},
		{viewer, "SELECT * FROM ks.a", cassandra.CodeUnauthorized},
		{viewer, "ALTER MATERIALIZED VIEW ks.a WITH comment = 'x'", cassandra.CodeUnauthorized},
		{viewer, "DROP MATERIALIZED VIEW ks.a", cassandra.CodeUnauthorized},
		{viewer, "DROP MATERIALIZED VIEW ks.nosuch", cassandra.CodeInvalid},
		{viewer, "INSERT INTO ks.a (k, v) VALUES (1, 1)", cassandra.CodeUnauthorized},
		{super, "INSERT INTO ks.a (k, v) VALUES (1, 1)", cassandra.CodeInvalid},
		{super, "BEGIN BATCH INSERT INTO ks.a (k, v) VALUES (1, 1) APPLY BATCH", cassandra.CodeInvalid},
		{super, "INSERT INTO ks.a (k, v) VALUES (1, 1) IF NOT EXISTS", cassandra.CodeInvalid},
		{super, "GRANT SELECT ON ks.a TO viewer", -1},
		{viewer, "SELECT * FROM ks.a", cassandra.CodeUnauthorized},
		{super, "GRANT SELECT ON ks.t TO viewer", -1},
		{viewer, "SELECT * FROM ks.a", -1},
		{viewer, "CREATE MATERIALIZED VIEW ks.b" + view, cassandra.CodeUnauthorized},
		{super, "GRANT ALTER ON ks.t TO viewer", -1},
		{viewer, "CREATE MATERIALIZED VIEW ks.b" + view, -1},
		{viewer, "ALTER MATERIALIZED VIEW ks.b WITH comment = 'x'", -1},
		{viewer, "DROP MATERIALIZED VIEW ks.b", -1},
		{super, "DROP MATERIALIZED VIEW ks.a", -1},

		{app, "CREATE " + plus, cassandra.CodeUnauthorized},
		{maker, "CREATE " + plus, -1},
		{maker, "CREATE OR REPLACE " + plus, -1}, // whoever made it may do everything with it
		{app, "CREATE OR REPLACE " + other, cassandra.CodeUnauthorized},
		{super, "GRANT ALTER ON FUNCTION ks.plus(int, int) TO app", -1},
		{app, "CREATE OR REPLACE " + other, -1},
		{app, "CREATE OR REPLACE FUNCTION ks.plus (s text, v text) CALLED ON NULL INPUT RETURNS text LANGUAGE java AS 'return s + v;'", cassandra.CodeUnauthorized}, // which would be another one
		{super, "REVOKE ALTER ON FUNCTION ks.plus(int, int) FROM app", -1},
		{app, "SELECT ks.plus(k, v) FROM ks.t", cassandra.CodeUnauthorized},
		{app, "SELECT v FROM ks.t WHERE k = ks.plus(1, 1)", cassandra.CodeUnauthorized},
		{super, "GRANT EXECUTE ON FUNCTION ks.plus(int, int) TO app", -1},
		{app, "SELECT ks.plus(k, v) FROM ks.t", -1},
		{app, "SELECT v FROM ks.t WHERE k = ks.plus(1, 1)", -1},
		{maker, "CREATE AGGREGATE ks.total (int) SFUNC plus STYPE int INITCOND 0", -1},
		{app, "SELECT ks.total(v) FROM ks.t", cassandra.CodeUnauthorized},
		{super, "GRANT EXECUTE ON FUNCTION ks.total(int) TO app", -1},
		{app, "SELECT ks.total(v) FROM ks.t", -1},
		{super, "REVOKE EXECUTE ON FUNCTION ks.plus(int, int) FROM app", -1},
		{app, "SELECT ks.total(v) FROM ks.t", cassandra.CodeUnauthorized}, // an aggregate is no way around its functions
		{app, "DROP AGGREGATE ks.total", cassandra.CodeUnauthorized},
		{maker, "DROP AGGREGATE ks.total", -1},
		{maker, "DROP FUNCTION ks.plus", -1},
		{super, "CREATE " + plus, -1},
		{maker, "DROP FUNCTION ks.plus", cassandra.CodeUnauthorized}, // what it had was the other one's
	} {
		_, err := step.who.Query(t.Context(), step.cql, nil)
		if got := codeOf(err); got != step.want {
			t.Errorf("%s: %v, want code %x", step.cql, err, step.want)
		}
	}
}
