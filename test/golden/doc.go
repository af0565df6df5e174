// Package golden runs CQL scripts against a server and compares every answer with the one recorded from Apache Cassandra.
//
// testdata/cql holds the scripts: plain CQL whose comments direct the statement after them.
//
//	-- @paging N            page size (default 5000; -1: none); all pages are fetched
//	-- @consistency C       consistency level (default ONE); @serial C the serial one
//	-- @timestamp N         the request's default timestamp
//	-- @prepare             only PREPARE: bind markers, partition key indexes, result columns
//	-- @bind JSON           PREPARE, then EXECUTE with these values (a list, or an object for named markers)
//	-- @values JSON         QUERY with values, each {"type": value}; an object for named values
//	-- @mask a, b           values of these result columns become <type>; * is all
//	-- @maskre RE           what RE matches in a value becomes <masked>
//	-- @sleep S             seconds to wait before the statement
//	-- @eventually S        the answer may lag by so many seconds on other servers; here it may not
//	-- @ordered no          rows in any order
//	-- @raw                 the next line is sent as it is, semicolons included
//	-- @text any            the error may have another text, even where the file's have to be the same
//
// testdata/auth holds scripts whose statements several roles run, on a server where clients log in: -- @as role [password] before a statement
// has that role log in and stay (the password is the role's name unless it is given). Scripts begin as the superuser cassandra, in no keyspace.
//
// testdata/expected holds the answers, testdata/compat both for what Cassandra 4.1 accepts and 5.0 removed.
// testdata/known_failures.txt names the statements that Helenus does not answer yet; a statement that begins to pass must
// leave it, so that the list can only shrink.
//
//	go test ./test/golden                                    against a Helenus node of its own
//	go test ./test/golden -server 127.0.0.1:9042             against any server, the real Cassandra included
//	go test ./test/golden -v -texts                          list the errors with another text
//	go test ./test/golden -update                            write known_failures.txt anew
//	go test ./test/golden -run Record -record NAME -server … record a script's answers from Cassandra 5.0 (go run ./test/reference/cmd)
//
//	go test ./test/golden -run Logins -recordauth -authserver A  write testdata/auth/expected anew from a Cassandra with the settings in auth_test.go; -authscript NAME: of one script
//
//	script.go    a script's statements and directives
//	literal.go   a value's bytes as canonical text; bound.go the way back
//	answer.go    what a server answered, in the form of the expected files, and when two answers are the same
package golden
