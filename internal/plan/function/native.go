package function

import (
	"slices"

	"helenus/internal/cqltype"
)

// natives are the functions whose overloads can be listed, by name. Those whose types depend on the arguments are in generics; token is
// neither, its types depend on the table.
var natives = byName(
	timeFunctions(), floorFunctions(), uuidFunctions(), blobFunctions(), mathFunctions(), castFunctions(), countFunctions(), sumFunctions(), avgFunctions(),
)

// generics are the functions that are made to measure for each call, by name.
var generics = func() map[string]*generic {
	all := map[string]*generic{}
	for _, g := range slices.Concat(collectionFunctions(), minMaxFunctions(), vectorFunctions(), maskFunctions(), jsonFunctions()) {
		all[g.name] = g
	}
	return all
}()

func byName(groups ...[]*Function) map[string][]*Function {
	all := map[string][]*Function{}
	for _, f := range slices.Concat(groups...) {
		all[f.Name.Name] = append(all[f.Name.Name], f)
	}
	return all
}

// scalar makes a native function that is null when an argument is null, or empty where that means nothing in its type. params may be left out.
func scalar(name string, ret *cqltype.Type, params []*cqltype.Type, call func(args [][]byte) ([]byte, error)) *Function {
	return &Function{
		Name: Name{system, name}, ArgTypes: params, Return: ret,
		call: func(_ *Context, args [][]byte) ([]byte, error) {
			for i, a := range args {
				if a == nil || len(a) == 0 && (i >= len(params) || params[i].EmptyIsNull()) {
					return nil, nil
				}
			}
			return call(args)
		},
	}
}

// named gives a function further names, as Cassandra does where it moved from camelCase to snake_case.
func named(f *Function, names ...string) []*Function {
	all := []*Function{f}
	for _, name := range names {
		other := *f
		other.Name.Name = name
		all = append(all, &other)
	}
	return all
}

func types(all ...*cqltype.Type) []*cqltype.Type { return all }

// numericTypes are the types that one can count with.
var numericTypes = types(cqltype.Tinyint, cqltype.Smallint, cqltype.Int, cqltype.Float, cqltype.Bigint, cqltype.Double, cqltype.Varint, cqltype.Decimal, cqltype.Counter)

func isNumeric(t *cqltype.Type) bool {
	return slices.ContainsFunc(numericTypes, func(n *cqltype.Type) bool { return n.Kind == t.Kind })
}
