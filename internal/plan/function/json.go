package function

import (
	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
)

// jsonFunctions are to_json, which takes anything, and from_json, which gives whatever the place it stands in needs.
// Source: Cassandra 5.0, ToJsonFct and FromJsonFct.
func jsonFunctions() []*generic {
	var all []*generic
	for _, name := range []string{"to_json", "tojson"} {
		all = append(all, &generic{name, []parameter{knownParameter}, toJSON})
	}
	for _, name := range []string{"from_json", "fromjson"} {
		all = append(all, &generic{name, []parameter{fixedParameter("text", cqltype.Text)}, func(_ []*cqltype.Type, receiver *cqltype.Type) (*Function, error) {
			return fromJSON(name, receiver)
		}})
	}
	return all
}

func toJSON(in []*cqltype.Type, _ *cqltype.Type) (*Function, error) {
	return &Function{Return: cqltype.Text, call: func(_ *Context, args [][]byte) ([]byte, error) {
		if len(args[0]) == 0 && in[0].EmptyIsNull() {
			return []byte("null"), nil
		}
		return in[0].AppendJSON(nil, args[0]), nil
	}}, nil
}

func fromJSON(name string, receiver *cqltype.Type) (*Function, error) {
	if receiver == nil {
		return nil, cassandra.Invalidf("%s() cannot be used in the selection clause of a SELECT statement", name)
	}
	fail := func(format string, values ...any) error {
		return failure(Name{system, name}, types(cqltype.Text), format, values...)
	}
	return scalar(name, receiver, nil, func(args [][]byte) ([]byte, error) {
		v, err := cqltype.DecodeJSON(args[0])
		if err != nil {
			return nil, fail("execution of '%s.%s[text]' failed: Could not decode JSON string '%s': %s", system, name, args[0], err)
		}
		raw, err := receiver.FromJSON(v)
		if err != nil {
			return nil, fail("org.apache.cassandra.serializers.MarshalException: %s", err)
		}
		return raw, nil
	}), nil
}
