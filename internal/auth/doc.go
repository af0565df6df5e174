// Package auth is who may do what: roles, what they are members of, and the permissions they have on resources.
//
//	permission.go resource.go   what may be done, and on what
//	role.go roles.go            roles; all of them at one moment, immutable
//	subject.go                  a role with everything that it has by membership; what it may do
//	change.go codec.go          a change of the roles; the stored form
//	execute.go execute_*.go     what a statement on roles comes to, as a pure function of the roles and who asks
//	list.go                     what LIST shows
//	check.go                    what a statement on data or on the schema asks of whoever executes it
//	password.go login.go        bcrypt; who logs in with a password
//
// Roles are part of the cluster's metadata: every node has all of them, so a decision reads memory and is as new as the schema.
//
// Promises. A1: nobody who is no superuser gets a role superuser status, takes it away, or changes, drops or is made a member of a role
// that has it. A2: nobody grants a permission, or a role with a permission, that they do not have themselves. A3: a dropped role leaves
// nothing behind that a later one of its name would inherit; neither does a dropped keyspace or table. A4: a password is nowhere but in
// the request that brings it; its hash is shown to superusers alone.
//
// Source of words and order of checks: Cassandra 5.0, held against the real server; where A1 and A2 are stricter, docs/differences.md says so.
package auth
