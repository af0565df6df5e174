package system

import (
	"encoding/hex"
	"strings"

	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

// schemaMasks is system_schema.column_masks. The first argument of a mask, the column's value, is not in it.
func (t *Tables) schemaMasks(add func(fields)) {
	t.each(false, func(k *schema.Keyspace) {
		for _, table := range k.Tables {
			for _, c := range table.Columns() {
				if c.Mask != nil {
					add(maskRow(table, c))
				}
			}
		}
	})
}

// boolList is list<boolean>.
var boolList = cqltype.ListOf(cqltype.Boolean, true)

func maskRow(t *schema.Table, c *schema.Column) fields {
	m := c.Mask
	nulls, values := make([][]byte, len(m.Args)), make([]string, len(m.Args))
	for i, a := range m.Args {
		nulls[i] = boolean(a == nil)
		if a != nil {
			values[i] = plainText(m.ArgTypes[i+1], a)
		}
	}
	return fields{
		"keyspace_name": text(t.Keyspace), "table_name": text(t.Name), "column_name": text(c.Name), "function_keyspace": text(m.Keyspace), "function_name": text(m.Function),
		"function_argument_nulls": boolList.Join(nulls), "function_argument_types": texts(schema.TypeNames(m.ArgTypes[1:])...), "function_argument_values": texts(values...),
	}
}

// plainText is a value as Cassandra's types show it in its own tables: without quotes, collections and vectors in hexadecimal, the parts of tuples
// and user types between colons.
// Source: Cassandra 5.0, AbstractType.getString.
func plainText(t *cqltype.Type, raw []byte) string {
	switch t.Kind {
	case cqltype.KindBlob, cqltype.KindCustom, cqltype.KindList, cqltype.KindSet, cqltype.KindMap, cqltype.KindVector:
		return hex.EncodeToString(raw)
	case cqltype.KindTuple, cqltype.KindUDT:
		parts, err := t.Fields(raw)
		if err != nil {
			return hex.EncodeToString(raw)
		}
		texts := make([]string, len(parts))
		for i, p := range parts {
			if texts[i] = "@"; p != nil {
				texts[i] = strings.NewReplacer(":", `\:`, "@", `\@`).Replace(plainText(t.Elems[i], p))
			}
		}
		return strings.Join(texts, ":")
	}
	if len(raw) == 0 {
		return ""
	}
	if t.Validate(raw) != nil {
		return hex.EncodeToString(raw)
	}
	return t.Text(raw)
}
