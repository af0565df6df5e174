package cqltype

import (
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// QuoteName returns an identifier as CQL must write it: bare when it is lower case letters, digits and underscores
// and no reserved word, else in double quotes with inner quotes doubled.
func QuoteName(name string) string {
	if isBareName(name) && !reservedWords[name] {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

func isBareName(name string) bool {
	if name == "" || !(name[0] >= 'a' && name[0] <= 'z') {
		return false
	}
	for i := 1; i < len(name); i++ {
		c := name[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_') {
			return false
		}
	}
	return true
}

// reservedWords are the words CQL does not accept as a bare identifier.
// Source: Cassandra 5.0, reserved_keywords.txt.
var reservedWords = map[string]bool{
	"add": true, "allow": true, "alter": true, "and": true, "apply": true, "asc": true, "authorize": true, "batch": true,
	"begin": true, "by": true, "columnfamily": true, "create": true, "default": true, "delete": true, "desc": true,
	"describe": true, "drop": true, "entries": true, "execute": true, "from": true, "full": true, "grant": true, "if": true,
	"in": true, "index": true, "infinity": true, "insert": true, "into": true, "is": true, "keyspace": true, "limit": true,
	"materialized": true, "mbean": true, "mbeans": true, "modify": true, "nan": true, "norecursive": true, "not": true,
	"null": true, "of": true, "on": true, "or": true, "order": true, "primary": true, "rename": true, "replace": true,
	"revoke": true, "schema": true, "select": true, "set": true, "table": true, "to": true, "token": true, "truncate": true,
	"unlogged": true, "unset": true, "update": true, "use": true, "using": true, "view": true, "where": true, "with": true,
}
