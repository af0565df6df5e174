package protocol

// Result kinds.
const (
	ResultVoid         = 1
	ResultRows         = 2
	ResultSetKeyspace  = 3
	ResultPrepared     = 4
	ResultSchemaChange = 5
)

// AppendVoid appends the body of a RESULT of kind Void.
func AppendVoid(dst []byte) []byte { return append(dst, 0, 0, 0, ResultVoid) }

// AppendSetKeyspace appends the body of a RESULT of kind Set_keyspace.
func AppendSetKeyspace(dst []byte, keyspace string) []byte {
	return AppendString(append(dst, 0, 0, 0, ResultSetKeyspace), keyspace)
}

// AppendWarnings appends the list that precedes a body whose header has FlagWarning.
func AppendWarnings(dst []byte, all []string) []byte {
	return AppendStrings(dst, all)
}
