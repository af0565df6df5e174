package function

import (
	"helenus/internal/cqltype"
	"helenus/internal/key"
)

// token is the function from a table's partition key to its place on the ring; null when a component is null.
func token(partitionKey []*cqltype.Type) *Function {
	return &Function{
		Name: Name{system, "token"}, ArgTypes: partitionKey, Return: cqltype.Bigint,
		call: func(_ *Context, args [][]byte) ([]byte, error) {
			for _, a := range args {
				if a == nil {
					return nil, nil
				}
			}
			raw := key.AppendPartition(nil, args...)
			return cqltype.AppendBigint(nil, int64(key.TokenOf(raw))), nil
		},
	}
}
