package auth

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"helenus/internal/cql"
	"helenus/internal/schema"
)

// need is a permission that a statement takes, on a resource by the name that Cassandra's tables have.
type need struct{ permission, on string }

// statementNeeds is what Cassandra asks for each statement, written down apart from the code: it was asked of the real server
// (test/golden/testdata/auth). Statements on roles are asked as the role me, of a schema with golden.t and roles me, other and group.
var statementNeeds = []struct {
	statement string
	needs     []need
}{
	{"SELECT * FROM golden.t", []need{{"SELECT", "data/golden/t"}}},
	{"SELECT * FROM t", []need{{"SELECT", "data/golden/t"}}},
	{"SELECT count(*) FROM system_auth.roles", []need{{"SELECT", "data/system_auth/roles"}}},
	{"SELECT * FROM system_views.settings", []need{{"SELECT", "data/system_views/settings"}}},
	{"SELECT * FROM system.local", nil},
	{"SELECT * FROM system.peers", nil},
	{"SELECT * FROM system_schema.tables", nil},
	{"SELECT * FROM system_virtual_schema.tables", nil},
	{"SELECT * FROM system_traces.events", nil},
	{"SELECT * FROM system.batches", []need{{"SELECT", "data/system/batches"}}},
	{"INSERT INTO golden.t (k) VALUES (1)", []need{{"MODIFY", "data/golden/t"}}},
	{"INSERT INTO golden.t JSON '{}'", []need{{"MODIFY", "data/golden/t"}}},
	{"INSERT INTO golden.t (k) VALUES (1) IF NOT EXISTS", []need{{"MODIFY", "data/golden/t"}, {"SELECT", "data/golden/t"}}},
	{"UPDATE golden.t SET v = 1 WHERE k = 1", []need{{"MODIFY", "data/golden/t"}}},
	{"UPDATE golden.t SET v = 1 WHERE k = 1 IF EXISTS", []need{{"MODIFY", "data/golden/t"}, {"SELECT", "data/golden/t"}}},
	{"UPDATE golden.t SET v = 1 WHERE k = 1 IF v = 2", []need{{"MODIFY", "data/golden/t"}, {"SELECT", "data/golden/t"}}},
	{"DELETE FROM golden.t WHERE k = 1", []need{{"MODIFY", "data/golden/t"}}},
	{"DELETE FROM golden.t WHERE k = 1 IF v = 2", []need{{"MODIFY", "data/golden/t"}, {"SELECT", "data/golden/t"}}},
	{"BEGIN BATCH INSERT INTO golden.t (k) VALUES (1); DELETE FROM golden.u WHERE k = 1; APPLY BATCH", []need{{"MODIFY", "data/golden/t"}, {"MODIFY", "data/golden/u"}}},
	{"TRUNCATE golden.t", []need{{"MODIFY", "data/golden/t"}}},
	{"CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy'}", []need{{"CREATE", "data"}}},
	{"ALTER KEYSPACE golden WITH durable_writes = true", []need{{"ALTER", "data/golden"}}},
	{"ALTER KEYSPACE system_auth WITH durable_writes = true", []need{{"ALTER", "data/system_auth"}}},
	{"DROP KEYSPACE golden", []need{{"DROP", "data/golden"}}},
	{"CREATE TABLE golden.n (k int PRIMARY KEY)", []need{{"CREATE", "data/golden/*"}}},
	{"ALTER TABLE golden.t ADD x int", []need{{"ALTER", "data/golden/t"}}},
	{"CREATE INDEX ON golden.t (v)", []need{{"ALTER", "data/golden/t"}}},
	{"DROP TABLE golden.t", []need{{"DROP", "data/golden/t"}}},
	{"CREATE TYPE golden.n (a int)", []need{{"CREATE", "data/golden/*"}}},
	{"ALTER TYPE golden.y ADD b int", []need{{"ALTER", "data/golden/*"}}},
	{"DROP TYPE golden.y", []need{{"DROP", "data/golden/*"}}},
	{"USE golden", nil},
	{"DESCRIBE KEYSPACE golden", nil},
	{"CREATE ROLE n", []need{{"CREATE", "roles"}}},
	{"CREATE USER n WITH PASSWORD 'x'", []need{{"CREATE", "roles"}}},
	{"ALTER ROLE other WITH PASSWORD = 'x'", []need{{"ALTER", "roles/other"}}},
	{"ALTER ROLE other WITH LOGIN = true", []need{{"ALTER", "roles/other"}}},
	{"ALTER ROLE me WITH PASSWORD = 'x'", nil},
	{"DROP ROLE other", []need{{"DROP", "roles/other"}}},
	{"GRANT group TO other", []need{{"AUTHORIZE", "roles/group"}}},
	{"REVOKE group FROM member", []need{{"AUTHORIZE", "roles/group"}}},
	{"GRANT SELECT ON golden.t TO other", []need{{"AUTHORIZE", "data/golden/t"}, {"SELECT", "data/golden/t"}}},
	{"GRANT SELECT, MODIFY ON KEYSPACE golden TO other", []need{{"AUTHORIZE", "data/golden"}, {"SELECT", "data/golden"}, {"MODIFY", "data/golden"}}},
	{"GRANT CREATE ON ALL KEYSPACES TO other", []need{{"AUTHORIZE", "data"}, {"CREATE", "data"}}},
	{"GRANT SELECT ON ALL TABLES IN KEYSPACE golden TO other", []need{{"AUTHORIZE", "data/golden/*"}, {"SELECT", "data/golden/*"}}},
	{"GRANT SELECT ON system_auth.roles TO other", []need{{"AUTHORIZE", "data/system_auth/roles"}, {"SELECT", "data/system_auth/roles"}}},
	{"GRANT DESCRIBE ON ALL ROLES TO other", []need{{"AUTHORIZE", "roles"}, {"DESCRIBE", "roles"}}},
	{"GRANT ALTER ON ROLE group TO other", []need{{"AUTHORIZE", "roles/group"}, {"ALTER", "roles/group"}}},
	{"GRANT EXECUTE ON ALL FUNCTIONS TO other", []need{{"AUTHORIZE", "functions"}, {"EXECUTE", "functions"}}},
	{"GRANT EXECUTE ON ALL FUNCTIONS IN KEYSPACE golden TO other", []need{{"AUTHORIZE", "functions/golden"}, {"EXECUTE", "functions/golden"}}},
	{"GRANT DESCRIBE ON ALL MBEANS TO other", []need{{"AUTHORIZE", "mbean"}, {"DESCRIBE", "mbean"}}},
	{"GRANT SELECT ON MBEAN 'java.lang:type=Memory' TO other", []need{{"AUTHORIZE", "mbean/java.lang:type=Memory"}, {"SELECT", "mbean/java.lang:type=Memory"}}},
	{"REVOKE SELECT ON golden.t FROM other", []need{{"AUTHORIZE", "data/golden/t"}, {"SELECT", "data/golden/t"}}},
	{"LIST ROLES", nil},
	{"LIST ROLES OF me", nil},
	{"LIST ROLES OF other", []need{{"DESCRIBE", "roles"}}},
	{"LIST ALL PERMISSIONS OF me", nil},
	{"LIST ALL PERMISSIONS OF other", []need{{"DESCRIBE", "roles/other"}}},
	{"LIST ALL PERMISSIONS", []need{{"DESCRIBE", "roles"}}},
	{"ADD IDENTITY 'i' TO ROLE other", []need{{"superuser", ""}}},
	{"DROP IDENTITY 'known'", []need{{"superuser", ""}}},
	{"CREATE ROLE n WITH SUPERUSER = true", []need{{"superuser", ""}}},
	{"ALTER ROLE other WITH SUPERUSER = true", []need{{"superuser", ""}}},
	{"ALTER ROLE super WITH PASSWORD = 'x'", []need{{"superuser", ""}}},
	{"ALTER ROLE undersuper WITH LOGIN = false", []need{{"superuser", ""}}},
	{"ALTER ROLE me WITH LOGIN = true", []need{{"superuser", ""}}},
	{"ALTER ROLE other WITH ACCESS TO ALL DATACENTERS", []need{{"superuser", ""}}},
	{"ALTER ROLE other WITH ACCESS FROM ALL CIDRS", []need{{"superuser", ""}}},
	{"DROP ROLE super", []need{{"superuser", ""}}},
	{"DROP ROLE undersuper", []need{{"superuser", ""}}},
	{"GRANT super TO other", []need{{"superuser", ""}}},
	{"GRANT super TO me", []need{{"superuser", ""}}},
	{"GRANT undersuper TO other", []need{{"superuser", ""}}},
	{"GRANT group TO super", []need{{"superuser", ""}}},
	{"REVOKE super FROM undersuper", []need{{"superuser", ""}}},
	{"GRANT SELECT ON golden.t TO super", []need{{"superuser", ""}}},
}

// covers says whether a permission on one resource is one on another: the dumb way, by their names.
func covers(held, wanted string) bool {
	if held == wanted {
		return true
	}
	root, _, _ := strings.Cut(wanted, "/")
	parts := strings.Split(wanted, "/")
	system := root == "data" && len(parts) > 1 && strings.HasPrefix(parts[1], "system")
	switch {
	case root == "mbean":
		return held == root
	case held == root:
		return !system
	case len(parts) < 3 || root == "roles":
		return false
	}
	return held == root+"/"+parts[1] || held == root+"/"+parts[1]+"/*" && root == "data"
}

// matrixSchema has golden.t, golden.u and golden.y beside the system's keyspaces.
func matrixSchema(t testing.TB) *schema.Schema {
	t.Helper()
	s := schema.Empty
	for _, name := range []string{"golden", "system", "system_auth"} {
		k := &schema.Keyspace{Name: name, Replication: map[string]string{"class": "SimpleStrategy"}, Tables: map[string]*schema.Table{}}
		for _, table := range []string{"t", "u", "roles"} {
			k.Tables[table] = &schema.Table{Keyspace: name, Name: table}
		}
		s = s.WithKeyspace(k)
	}
	return s
}

// matrixRoles are me, who has some permissions by one of several ways, and others.
func matrixRoles(grants []Grant, way string) *Roles {
	holder := &Role{Name: "me", Login: true, Hash: "h"}
	c := Change{Put: []*Role{
		{Name: "super", Superuser: true}, {Name: "undersuper", Login: true, MemberOf: []string{"super"}},
		{Name: "other", Login: true}, {Name: "group"}, {Name: "member", MemberOf: []string{"group"}},
	}, Identities: map[string]string{"known": "other"}}
	switch way {
	case "own":
	case "member":
		c.Put = append(c.Put, &Role{Name: "me", Login: true, Hash: "h", MemberOf: []string{"holder"}})
		holder = &Role{Name: "holder"}
	case "member of a member":
		c.Put = append(c.Put, &Role{Name: "me", Login: true, Hash: "h", MemberOf: []string{"between"}}, &Role{Name: "between", MemberOf: []string{"holder"}})
		holder = &Role{Name: "holder"}
	case "superuser":
		holder.Superuser = true
	case "member of a superuser":
		holder.MemberOf = []string{"super"}
	}
	for _, g := range grants {
		holder = holder.with(g.On, holder.granted(g.On)|g.Permissions)
	}
	c.Put = append(c.Put, holder)
	return None.Apply(&c)
}

var matrixPolicy = Policy{Authenticates: true, Authorizes: true, Datacenters: true, Addresses: true}

// try says whether me may execute a statement.
func try(t testing.TB, r *Roles, s *schema.Schema, text string) error {
	t.Helper()
	parsed, err := cql.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	facts := Facts{Policy: matrixPolicy, Actor: "me", Keyspace: "golden", Schema: s, Datacenters: []string{"datacenter1"}, Hash: "hash"}
	switch q := parsed.(type) {
	case *cql.ListRoles:
		_, err = ListRoles(r, q, facts)
		return err
	case *cql.ListPermissions:
		_, err = ListPermissions(r, q, facts)
		return err
	}
	if IsStatement(parsed) {
		_, err = Decide(r, parsed, facts)
		return err
	}
	checks, err := Asks(parsed, facts.Keyspace)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	for _, c := range checks {
		if err := c.Ensure(r.Subject("me")); err != nil {
			return err
		}
	}
	return nil
}

// TestMatrix executes every statement with every permission on every resource, held in every way: it must be let through when what is held
// covers all that it needs, and refused else.
func TestMatrix(t *testing.T) {
	s := matrixSchema(t)
	resources := []string{
		"data", "data/golden", "data/golden/*", "data/golden/t", "data/golden/u", "data/elsewhere", "data/elsewhere/t", "data/system_auth", "data/system_auth/roles",
		"data/system_views", "data/system/batches", "roles", "roles/me", "roles/other", "roles/group", "roles/super", "functions", "functions/golden", "functions/elsewhere",
		"mbean", "mbean/java.lang:type=Memory", "mbean/java.lang:type=Other",
	}
	cells := 0
	check := func(statement string, needs []need, grants []Grant, way string) {
		t.Helper()
		cells++
		super := strings.HasSuffix(way, "superuser")
		want := true
		for _, n := range needs {
			held := super
			for _, g := range grants {
				held = held || n.permission != "superuser" && slices.Contains(g.Permissions.Names(), n.permission) && covers(g.On.Name(), n.on)
			}
			want = want && held
		}
		if super && strings.HasPrefix(statement, "ALTER ROLE me WITH LOGIN") {
			want = true
		}
		if super && way == "member of a superuser" && strings.Contains(statement, "GRANT super TO me") {
			return // a member already
		}
		err := try(t, matrixRoles(grants, way), s, statement)
		if (err == nil) != want {
			t.Errorf("%s with %v, %s: %v, want %v", statement, grants, way, err, want)
		}
	}
	for _, c := range statementNeeds {
		for _, way := range []string{"superuser", "member of a superuser"} {
			check(c.statement, c.needs, nil, way)
		}
		for _, way := range []string{"own", "member", "member of a member"} {
			check(c.statement, c.needs, nil, way)
			for _, name := range resources {
				on, err := ParseResource(name)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range on.Applicable().List() {
					check(c.statement, c.needs, []Grant{{on, SetOf(p)}}, way)
				}
				check(c.statement, c.needs, []Grant{{on, on.Applicable()}}, way)
			}
			// All that it needs, and all but one of it.
			var all []Grant
			for _, n := range c.needs {
				p, err := ParsePermission(n.permission)
				if err != nil {
					continue
				}
				on, err := ParseResource(n.on)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, Grant{on, SetOf(p)})
			}
			check(c.statement, c.needs, all, way)
			for i := range all {
				check(c.statement, c.needs, slices.Delete(slices.Clone(all), i, i+1), way)
			}
		}
	}
	t.Logf("%d cells", cells)
}

// TestEveryStatementIsKnown guards that a kind of statement which is new to the grammar finds its place in Asks, and in the matrix.
func TestEveryStatementIsKnown(t *testing.T) {
	files, err := filepath.Glob("../cql/ast*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	inMatrix := map[string]bool{"Unsupported": true, "DropIndex": true, "CreateFunction": true, "CreateAggregate": true, "DropFunction": true,
		"CreateView": true, "AlterView": true, "DropView": true} // what these ask for depends on the schema: package exec finds it
	for _, c := range statementNeeds {
		parsed, err := cql.Parse(c.statement)
		if err != nil {
			t.Fatal(err)
		}
		inMatrix[reflect.TypeOf(parsed).Elem().Name()] = true
		if checks, err := Asks(parsed, "golden"); err != nil || len(checks) == 1 && checks[0].Permission == superuserOnly {
			t.Errorf("%s is not known to Asks: %v", c.statement, err)
		}
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok && len(s.Fields.List) > 0 && len(s.Fields.List[0].Names) == 0 {
				if embedded, ok := s.Fields.List[0].Type.(*ast.Ident); ok && embedded.Name == "base" && !inMatrix[spec.Name.Name] {
					t.Errorf("cql.%s has no line in statementNeeds: ask Cassandra what it takes, and teach Asks", spec.Name.Name)
				}
			}
			return true
		})
	}
}

var (
	closureSeed  = flag.Uint64("closure.seed", 1, "seed of the random roles and statements")
	closureSteps = flag.Int("closure.steps", 30_000, "statements to execute")
)

// TestNobodyGains executes random statements on random roles and looks at what came of each: whatever a role that is no superuser does, no
// superuser comes or goes, and nobody has anything afterwards that they, or whoever gave it to them, did not have before.
func TestNobodyGains(t *testing.T) {
	t.Logf("go test ./internal/auth -run TestNobodyGains -closure.seed=%d", *closureSeed)
	rng := rand.New(rand.NewPCG(*closureSeed, 0))
	s := matrixSchema(t)
	taken, refused := 0, 0
	g := generator{rng: rng}
	roles := g.roles()
	for step := range *closureSteps {
		if step%40 == 0 {
			roles = g.roles()
		}
		actor := g.name()
		text := g.statement()
		parsed, err := cql.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		out, err := Decide(roles, parsed, Facts{Policy: matrixPolicy, Actor: actor, Keyspace: "golden", Schema: s, Datacenters: []string{"datacenter1"}, Hash: fmt.Sprint("hash", step)})
		if err != nil || roles.Role(actor) == nil {
			refused++
			continue
		}
		taken++
		after := roles.Apply(&out.Change)
		if !roles.IsSuperuser(actor) {
			if broken := gained(roles, after, actor, parsed); broken != "" {
				t.Fatalf("step %d: %s as %s: %s\nbefore:\n%s\nafter:\n%s", step, text, actor, broken, describe(roles), describe(after))
			}
		}
		for _, r := range after.All() { // A3 and no loose ends
			for _, m := range r.MemberOf {
				if after.Role(m) == nil {
					t.Fatalf("step %d: %s leaves %s a member of %s, which is gone", step, text, r.Name, m)
				}
			}
			for _, grant := range r.Grants {
				if grant.On.kind == role && after.Role(grant.On.name) == nil {
					t.Fatalf("step %d: %s leaves %s with permissions on %s, which is gone", step, text, r.Name, grant.On)
				}
			}
		}
		if step%16 == 0 {
			raw, err := Encode(after)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := Decode(raw); err != nil || describe(again) != describe(after) {
				t.Fatalf("stored and read: %v\n%s\n%s", err, describe(after), describe(again))
			}
		}
		roles = after
	}
	t.Logf("%d statements taken, %d refused", taken, refused)
	if taken < *closureSteps/20 || refused < *closureSteps/20 {
		t.Errorf("too few were taken, or refused, to mean anything")
	}
}

// gained says what a statement of a role that is no superuser gave away that it must not, or nothing.
func gained(before, after *Roles, actor string, statement cql.Statement) string {
	made := ""
	if q, ok := statement.(*cql.CreateRole); ok {
		made = q.Role
	}
	me := before.Subject(actor)
	if !slices.Equal(before.Identities(), after.Identities()) {
		if _, dropped := statement.(*cql.DropRole); !dropped {
			return "identities changed"
		}
	}
	for _, r := range after.All() {
		old := before.Role(r.Name)
		switch {
		case after.IsSuperuser(r.Name) && (old == nil || !before.IsSuperuser(r.Name)):
			return r.Name + " has become a superuser"
		case old == nil:
		case !after.IsSuperuser(r.Name) && before.IsSuperuser(r.Name):
			return r.Name + " is no superuser any more"
		case before.IsSuperuser(r.Name) && describeRole(withoutGone(old, after)) != describeRole(r):
			return "the superuser " + r.Name + " was changed"
		case (r.Hash != old.Hash || r.Login != old.Login) && r.Name != actor && !me.Has(Alter, OfRole(r.Name)):
			return "another's password or login was changed"
		}
		had, has := before.Subject(r.Name), after.Subject(r.Name)
		for on, set := range has.holds() {
			for _, p := range set.List() {
				own := made != "" && on == OfRole(made) // of what the actor has made
				if !had.Has(p, on) && !me.Has(p, on) && !own {
					return fmt.Sprintf("%s has %s on %s now, which neither it nor %s had", r.Name, p, on, actor)
				}
			}
		}
	}
	for _, r := range before.All() {
		if after.Role(r.Name) == nil && before.IsSuperuser(r.Name) {
			return "the superuser " + r.Name + " is gone"
		}
	}
	return ""
}

// withoutGone is a role less what it had of roles that are no more: to drop those is the right of whoever may.
func withoutGone(r *Role, after *Roles) *Role {
	for _, of := range r.MemberOf {
		if after.Role(of) == nil {
			r = r.asMember(of, false)
		}
	}
	return r.without(func(on Resource) bool { return on.kind == role && after.Role(on.name) == nil })
}

func describe(r *Roles) string {
	text := ""
	for _, role := range r.All() {
		text += describeRole(role) + "\n"
	}
	return text + fmt.Sprint(r.identities)
}

func describeRole(r *Role) string {
	return fmt.Sprintf("%s super=%v login=%v hash=%s of=%v dcs=%v groups=%v %v", r.Name, r.Superuser, r.Login, r.Hash, r.MemberOf, r.Datacenters, r.CIDRGroups, r.Grants)
}

// generator makes random roles and statements.
type generator struct{ rng *rand.Rand }

func pick[T any](rng *rand.Rand, all ...T) T { return all[rng.IntN(len(all))] }

func (g generator) name() string { return pick(g.rng, "a", "b", "c", "d", "e", "f") }

func (g generator) resource() Resource {
	return pick(g.rng, AllKeyspaces, Keyspace("golden"), AllTables("golden"), Table("golden", "t"), Table("golden", "u"), Keyspace("system_auth"), AllRoles, OfRole(g.name()), OfRole(g.name()),
		AllFunctions, KeyspaceFunctions("golden"), AllMBeans)
}

func (g generator) roles() *Roles {
	var c Change
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		r := &Role{Name: name, Login: g.rng.IntN(2) == 0, Superuser: g.rng.IntN(6) == 0, Hash: name}
		for range g.rng.IntN(5) {
			on := g.resource()
			r = r.with(on, r.granted(on)|Set(g.rng.UintN(uint(All)+1))&on.Applicable())
		}
		c.Put = append(c.Put, r)
	}
	for i, r := range c.Put { // only of later ones, so that nobody is a member of itself
		for _, of := range c.Put[i+1:] {
			if g.rng.IntN(5) == 0 {
				r = r.asMember(of.Name, true)
			}
		}
		c.Put[i] = r
	}
	if g.rng.IntN(2) == 0 {
		c.Identities = map[string]string{"known": g.name()}
	}
	return None.Apply(&c)
}

func (g generator) statement() string {
	a, b := g.name(), g.name()
	options := func() string {
		return pick(g.rng, "", " WITH LOGIN = true", " WITH SUPERUSER = true", " WITH SUPERUSER = false", " WITH PASSWORD = 'x'", " WITH PASSWORD = 'x' AND LOGIN = false",
			" WITH ACCESS TO DATACENTERS {'datacenter1'}", " WITH HASHED PASSWORD = '$2a$10$NF3i6seZXsYiYOe0T8ex9OhRvuTmKq3lT4RpjXqFnDCJvyTVakatO'")
	}
	permissions := pick(g.rng, "ALL", permissionNames[g.rng.IntN(len(permissionNames))], "SELECT, AUTHORIZE", "AUTHORIZE", "DESCRIBE, ALTER")
	on := pick(g.rng, "ALL KEYSPACES", "KEYSPACE golden", "ALL TABLES IN KEYSPACE golden", "golden.t", "KEYSPACE system_auth", "ALL ROLES", "ROLE "+b, "ALL FUNCTIONS", "ALL FUNCTIONS IN KEYSPACE golden", "ALL MBEANS")
	switch g.rng.IntN(10) {
	case 0:
		return pick(g.rng, "CREATE ROLE ", "CREATE ROLE IF NOT EXISTS ") + a + options()
	case 1, 2:
		return "ALTER ROLE " + a + options()
	case 3:
		if g.rng.IntN(4) > 0 {
			return "ALTER USER " + a + " WITH PASSWORD 'x'"
		}
		return "DROP ROLE " + a
	case 4, 5:
		return "GRANT " + a + " TO " + b
	case 6:
		return "REVOKE " + a + " FROM " + b
	case 7, 8:
		return "GRANT " + permissions + " ON " + on + " TO " + a
	}
	return pick(g.rng, "REVOKE "+permissions+" ON "+on+" FROM "+a, "ADD IDENTITY 'new' TO ROLE "+a, "DROP IDENTITY 'known'")
}
