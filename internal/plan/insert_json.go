package plan

import (
	"encoding/json"
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

// jsonInsert is the document of INSERT JSON: which columns it names is known when it is bound.
type jsonInsert struct {
	document Term
	// defaultUnset leaves columns that the document does not name as they are; else they become null.
	defaultUnset bool
}

func planInsertJSON(s *Scope, q *cql.Insert, m *Modify) (*Modify, error) {
	t, err := s.Term(q.JSON, Receiver{Name: "[json]", Type: cqltype.Text})
	if err != nil {
		return nil, err
	}
	m.json = &jsonInsert{t, q.DefaultUnset}
	return m, m.finish(s, &q.Using)
}

// resolved is the statement with the columns of its document; m itself when it is no INSERT JSON.
func (m *Modify) resolved(env *Env) (*Modify, error) {
	if m.json == nil {
		return m, nil
	}
	values, err := m.json.values(m.Table, env)
	if err != nil {
		return nil, err
	}
	n := *m
	n.json, n.regular, n.static = nil, nil, nil
	n.where = newModifyWhere("INSERT", m.Table)
	for _, c := range m.Table.Columns() {
		t := &constant{c.Type, values[c.Name]}
		r := &keyRelation{columns: []*schema.Column{c}, op: cql.OpEq, tuples: []tupleTerm{{terms: []Term{t}}}}
		switch c.Kind {
		case schema.PartitionKey:
			n.where.partition[c.Position] = r
		case schema.Clustering:
			n.where.clustering = append(n.where.clustering, r)
		default:
			n.addColumn(c, assignValue(c, t))
		}
	}
	n.partition, n.clustering = equalities(m.Table.PartitionKey, n.where.partition), equalities(m.Table.Clustering, n.where.clustering)
	return &n, nil
}

// values reads the document: a value for each column, null or unset where it has none.
// Source: Cassandra 5.0, Json.parseJson.
func (j *jsonInsert) values(table *schema.Table, env *Env) (map[string][]byte, error) {
	text, err := j.document.Eval(env)
	if err != nil {
		return nil, err
	}
	if IsUnset(text) {
		return nil, cassandra.Invalidf("Invalid unset value for INSERT JSON")
	}
	if text == nil {
		return nil, cassandra.Invalidf("Got null for INSERT JSON values")
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, cassandra.Invalidf("Could not decode JSON string as a map: %s. (String was: %s)", err, text)
	}
	if raw == nil {
		return nil, cassandra.Invalidf("Got null for INSERT JSON values")
	}
	given := map[string]json.RawMessage{}
	for k, v := range raw {
		given[cqltype.ParseJSONName(k)] = v
	}
	values := map[string][]byte{}
	for _, c := range table.Columns() {
		v, ok := given[c.Name]
		delete(given, c.Name)
		switch {
		case ok:
			if values[c.Name], err = c.Type.ParseJSON(v); err != nil {
				return nil, cassandra.Invalidf("Error decoding JSON value for %s: %s", c.Name, err)
			}
		case j.defaultUnset:
			values[c.Name] = unset
		}
	}
	if len(given) > 0 {
		names := make([]string, 0, len(given))
		for k := range given {
			names = append(names, k)
		}
		return nil, cassandra.Invalidf("JSON values map contains unrecognized column: %s", slices.Min(names))
	}
	return values, nil
}
