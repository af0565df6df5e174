package exec_test

import (
	"strings"
	"testing"

	"helenus/client"
	"helenus/internal/auth"
	"helenus/internal/cassandra"
	"helenus/internal/exec"
	"helenus/internal/platform"
	"helenus/internal/udf"
)

// The values that the rows below have behind masks: none may reach a role that may not see it, whatever it asks.
const hiddenNumber, hiddenText = 424242, "behindmask"

// startMasking starts a stack that masks columns and has masks.t, all of whose columns but plain are masked, with one row, and roles: reader
// may SELECT and MODIFY, seeker has SELECT_MASKED beside, seer UNMASK.
func startMasking(t *testing.T, masking bool) (super *client.Conn, as map[string]*client.Conn) {
	functions := udf.New(udf.Options{Enabled: true, Clock: platform.SystemClock{}})
	t.Cleanup(func() {
		if err := functions.Close(); err != nil {
			t.Error(err)
		}
	})
	address := startStack(t, exec.Options{Functions: functions, Views: true, Masking: masking, Login: exec.Login{Policy: auth.Policy{Authenticates: true, Authorizes: true}}})
	super = dialAs(t, address, "cassandra", "cassandra")
	run(t, super, "CREATE KEYSPACE masks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	if !masking {
		return super, nil
	}
	for _, cql := range []string{
		"CREATE FUNCTION masks.hide (v int, w int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS 'return w;'",
		"CREATE TABLE masks.t (k int MASKED WITH DEFAULT, c text MASKED WITH mask_replace('****'), s text static MASKED WITH mask_inner(0, 0), v text MASKED WITH DEFAULT, " +
			"n int MASKED WITH hide(7), l list<text> MASKED WITH DEFAULT, m map<text, int> MASKED WITH DEFAULT, plain int, PRIMARY KEY (k, c))",
		"CREATE ROLE reader WITH PASSWORD = 'reader' AND LOGIN = true", "CREATE ROLE seeker WITH PASSWORD = 'seeker' AND LOGIN = true",
		"CREATE ROLE seer WITH PASSWORD = 'seer' AND LOGIN = true", "GRANT SELECT ON masks.t TO reader", "GRANT MODIFY ON masks.t TO reader",
		"GRANT reader TO seeker", "GRANT reader TO seer", "GRANT SELECT_MASKED ON KEYSPACE masks TO seeker", "GRANT UNMASK ON masks.t TO seer",
		"INSERT INTO masks.t (k, c, s, v, n, l, m, plain) VALUES (424242, 'behindmask', 'behindmask', 'behindmask', 424242, ['behindmask'], {'behindmask': 424242}, 1)",
	} {
		run(t, super, cql)
	}
	as = map[string]*client.Conn{}
	for _, name := range []string{"reader", "seeker", "seer"} {
		as[name] = dialAs(t, address, name, name)
	}
	return super, as
}

// shows says whether an answer has a value in it that is hidden, plainly or as a number.
func shows(r *client.Result) bool {
	for _, row := range r.Rows {
		for _, v := range row {
			if strings.Contains(string(v), hiddenText) || strings.Contains(string(v), "424242") || strings.Contains(string(v), "\x00\x06\x79\x32") {
				return true
			}
		}
	}
	return false
}

// TestMasksHide asks for masked columns in every way that there is, by text and prepared: nobody sees what is behind a mask but who has
// UNMASK, and nobody seeks by it but who has that or SELECT_MASKED.
func TestMasksHide(t *testing.T) {
	_, as := startMasking(t, true)
	const seeks, free = true, false
	for _, c := range []struct {
		cql   string
		seeks bool
	}{
		{"SELECT * FROM masks.t", free},
		{"SELECT k, c, s, v, n, l, m FROM masks.t", free},
		{"SELECT JSON * FROM masks.t", free},
		{"SELECT v AS x, n AS y FROM masks.t", free},
		{"SELECT DISTINCT k, s FROM masks.t", free},
		{"SELECT max(n), min(v), max(c) FROM masks.t", free},
		{"SELECT sum(n), max(k) FROM masks.t GROUP BY k", free},
		{"SELECT c, v FROM masks.t GROUP BY k, c", free},
		{"SELECT cast(n AS text), to_json(v), int_as_blob(n), n + 0, n - 0 FROM masks.t", free},
		{"SELECT [v], {v}, (v, n) FROM masks.t", free},
		{"SELECT map_keys(m), map_values(m), m['behindmask'], m['a'..'z'] FROM masks.t", free},
		{"SELECT mask_inner(v, 100, 100), mask_outer(c, 0, 0) FROM masks.t", free},
		{"SELECT * FROM masks.t LIMIT 1", free},
		{"SELECT * FROM masks.t PER PARTITION LIMIT 1", free},
		{"SELECT v FROM masks.t WHERE plain = 1 ALLOW FILTERING", free},
		{"SELECT * FROM masks.t WHERE k = 424242", seeks},
		{"SELECT * FROM masks.t WHERE k IN (1, 424242)", seeks},
		{"SELECT * FROM masks.t WHERE token(k) >= -9223372036854775808", seeks},
		{"SELECT * FROM masks.t WHERE k = 424242 AND c = 'behindmask'", seeks},
		{"SELECT * FROM masks.t WHERE k = 424242 ORDER BY c DESC", seeks},
		{"SELECT * FROM masks.t WHERE c > 'a' ALLOW FILTERING", seeks},
		{"SELECT * FROM masks.t WHERE (c) > ('a') ALLOW FILTERING", seeks},
		{"SELECT * FROM masks.t WHERE s = 'behindmask' ALLOW FILTERING", seeks},
		{"SELECT * FROM masks.t WHERE v = 'behindmask' ALLOW FILTERING", seeks},
		{"SELECT * FROM masks.t WHERE m CONTAINS KEY 'behindmask' ALLOW FILTERING", seeks},
		{"SELECT * FROM masks.t WHERE m['behindmask'] = 424242 ALLOW FILTERING", seeks},
		{"SELECT count(*), max(v) FROM masks.t WHERE v = 'behindmask' ALLOW FILTERING", seeks},
		{"INSERT INTO masks.t (k, c) VALUES (424242, 'behindmask') IF NOT EXISTS", free},
		{"UPDATE masks.t SET plain = 1 WHERE k = 424242 AND c = 'behindmask' IF v = 'x' AND n = 1 AND l = ['x'] AND s = 'y'", free},
		{"DELETE FROM masks.t WHERE k = 424242 AND c = 'behindmask' IF n > 424242", free},
		{"BEGIN BATCH UPDATE masks.t SET plain = 2 WHERE k = 424242 AND c = 'behindmask' IF plain = 99 APPLY BATCH", free},
	} {
		for name, conn := range as {
			st := (*client.Statement)(nil)
			for _, form := range []string{"text", "prepared", "prepared again"} {
				var r *client.Result
				var err error
				if form == "text" {
					r, err = conn.Query(t.Context(), c.cql, nil)
				} else {
					if st == nil {
						st = prepare(t, conn, c.cql, "")
					}
					r, err = conn.Execute(t.Context(), st, nil)
				}
				if refused := c.seeks && name == "reader"; refused || err != nil {
					if codeOf(err) != cassandra.CodeUnauthorized || !refused || !strings.Contains(err.Error(), "cannot query masked columns") {
						t.Errorf("%s as %s, %s: %v", c.cql, name, form, err)
					}
					continue
				}
				if want := name == "seer"; len(r.Rows) != 1 || shows(r) != want {
					t.Errorf("%s as %s, %s: it shows %v what is behind a mask: %q", c.cql, name, form, !want, r.Rows)
				}
			}
		}
	}
}

// TestMasksFollowPermissions: a prepared statement shows what its role may see when it is executed, not when it was prepared; masks that are
// set and dropped take effect at once.
func TestMasksFollowPermissions(t *testing.T) {
	super, as := startMasking(t, true)
	reader := as["reader"]
	st := prepare(t, reader, "SELECT v, n FROM masks.t WHERE plain = 1 ALLOW FILTERING", "")
	look := func(when string, want bool) {
		t.Helper()
		r, err := reader.Execute(t.Context(), st, nil)
		if err != nil || len(r.Rows) != 1 || shows(r) != want {
			t.Errorf("%s: %v %+v, want shown: %v", when, err, r, want)
		}
	}
	look("without UNMASK", false)
	run(t, super, "GRANT UNMASK ON KEYSPACE masks TO reader")
	look("with UNMASK", true)
	run(t, super, "REVOKE UNMASK ON KEYSPACE masks FROM reader")
	look("UNMASK revoked", false)
	run(t, super, "ALTER TABLE masks.t ALTER v DROP MASKED")
	look("v not masked", true)
	run(t, super, "ALTER TABLE masks.t ALTER v MASKED WITH mask_null()")
	look("v masked", false)
	run(t, super, "CREATE OR REPLACE FUNCTION masks.hide (v int, w int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS 'return v;'")
	look("n's mask shows all", true)
}

// TestNoMasking: a node without dynamic_data_masking_enabled makes no masks.
func TestNoMasking(t *testing.T) {
	super, _ := startMasking(t, false)
	_, err := super.Query(t.Context(), "CREATE TABLE masks.t (k int PRIMARY KEY, v int MASKED WITH DEFAULT)", nil)
	wantError(t, err, cassandra.CodeInvalid, "Cannot mask columns because dynamic data masking is not enabled. You can enable it with the dynamic_data_masking_enabled property on cassandra.yaml")
}

// TestMaskedViews: a view hides what its base hides, from whoever has no UNMASK on the view itself, as in Cassandra 5.0.5.
func TestMaskedViews(t *testing.T) {
	super, as := startMasking(t, true)
	run(t, super, "CREATE TABLE masks.b (p int PRIMARY KEY, v text MASKED WITH DEFAULT, w text)")
	run(t, super, "CREATE MATERIALIZED VIEW masks.byv AS SELECT * FROM masks.b WHERE v IS NOT NULL AND p IS NOT NULL PRIMARY KEY (v, p)")
	run(t, super, "INSERT INTO masks.b (p, v, w) VALUES (1, 'behindmask', 'w')")
	run(t, super, "GRANT SELECT ON masks.b TO reader")
	reader := as["reader"]
	look := func(when string, want ...string) {
		t.Helper()
		r, err := reader.Query(t.Context(), "SELECT v, w FROM masks.byv", nil)
		if err != nil || len(r.Rows) != 1 || string(r.Rows[0][0]) != want[0] || string(r.Rows[0][1]) != want[1] {
			t.Errorf("%s: %v %+v, want %q", when, err, r, want)
		}
	}
	look("without UNMASK", "****", "w")
	_, err := reader.Query(t.Context(), "SELECT * FROM masks.byv WHERE v = 'behindmask'", nil)
	wantError(t, err, cassandra.CodeUnauthorized, "User reader has no UNMASK nor SELECT_MASKED permission on table masks.byv, cannot query masked columns [v]")
	run(t, super, "GRANT UNMASK ON masks.b TO reader")
	look("with UNMASK on the base", "****", "w")
	run(t, super, "GRANT UNMASK ON masks.byv TO reader")
	look("with UNMASK on the view", "behindmask", "w")
	run(t, super, "REVOKE UNMASK ON masks.byv FROM reader")
	run(t, super, "ALTER TABLE masks.b ALTER w MASKED WITH DEFAULT")
	look("w masked", "****", "****")
	run(t, super, "ALTER TABLE masks.b ALTER v DROP MASKED")
	look("v not masked", "behindmask", "****")
}
