package function

import "helenus/internal/cqltype"

// uuidFunctions is uuid().
func uuidFunctions() []*Function {
	return []*Function{{
		Name: Name{system, "uuid"}, Return: cqltype.UUID, Impure: true,
		call: func(ctx *Context, _ [][]byte) ([]byte, error) { return ctx.NewUUID(nil), nil },
	}}
}
