package function

import (
	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
)

// failure is the error of a function that was called rightly and could not compute its result.
func failure(name Name, args []*cqltype.Type, format string, values ...any) *cassandra.Error {
	err := cassandra.Invalidf(format, values...)
	err.Code, err.Keyspace, err.Function = cassandra.CodeFunctionFailure, name.Keyspace, name.Name
	for _, t := range args {
		err.ArgTypes = append(err.ArgTypes, t.String())
	}
	return err
}

// invalidValue turns the error of a value that can't be read into the client's; nil stays nil.
func invalidValue(err error) error {
	if err == nil {
		return nil
	}
	return cassandra.Invalidf("%s", err)
}
