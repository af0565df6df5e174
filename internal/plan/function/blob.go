package function

import (
	"encoding/hex"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
)

// blobFunctions turn values of native types to their bytes and back: intAsBlob, int_as_blob, blobAsInt, blob_as_int, …
// Source: Cassandra 5.0, BytesConversionFcts.
func blobFunctions() []*Function {
	var all []*Function
	for _, name := range []string{
		"ascii", "bigint", "boolean", "counter", "date", "decimal", "double", "duration", "float", "inet", "int", "smallint", "text", "time", "timestamp",
		"timeuuid", "tinyint", "uuid", "varchar", "varint",
	} {
		t := cqltype.Native(name)
		all = append(all, named(toBlob(name+"_as_blob", t), name+"asblob")...)
		all = append(all, fromBlob("blob_as_"+name, t), fromBlob("blobas"+name, t))
	}
	return all
}

func toBlob(name string, t *cqltype.Type) *Function {
	return &Function{
		Name: Name{system, name}, ArgTypes: types(t), Return: cqltype.Blob,
		call: func(_ *Context, args [][]byte) ([]byte, error) { return args[0], nil },
	}
}

func fromBlob(name string, t *cqltype.Type) *Function {
	return &Function{
		Name: Name{system, name}, ArgTypes: types(cqltype.Blob), Return: t,
		call: func(_ *Context, args [][]byte) ([]byte, error) {
			if t.Validate(args[0]) != nil {
				return nil, cassandra.Invalidf("In call to function %s.%s, value 0x%s is not a valid binary representation for type %s",
					system, name, hex.EncodeToString(args[0]), t)
			}
			return args[0], nil
		},
	}
}
