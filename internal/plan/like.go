package plan

import (
	"bytes"
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/index"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// wildcard begins or ends the value of a LIKE; anywhere else it is a character as any other.
const wildcard = '%'

// addLike plans column LIKE value, which an index of the column has to answer.
// Source: Cassandra 5.0, StatementRestrictions, its constructor.
func (r *restrictions) addLike(s *Scope, q *cql.Relation, n *restriction) (err error) {
	c := n.columns[0]
	if n.like, err = s.Term(q.Value, ColumnReceiver(c)); err != nil {
		return err
	}
	if !n.isIndexed(r.table) {
		return cassandra.Invalidf("LIKE restriction is only supported on properly indexed columns. %s LIKE %s is not valid.", c.Name, ExprText(q.Value))
	}
	return nil
}

// likeText is what the value of a LIKE comes to: where it has a wildcard, and what is left of it.
type likeText struct {
	begins, ends bool
	text         []byte
}

// Source: Cassandra 5.0, LikeRestriction.makeSpecific.
func (r *restriction) likeText(env *Env) (l likeText, err error) {
	v, err := r.like.Eval(env)
	if err != nil {
		return l, err
	}
	if v == nil && !IsUnset(v) {
		return l, cassandra.Invalidf("Unsupported null value for column %s", r.columns[0].Name)
	}
	l.text = v
	l.ends = bytes.HasSuffix(v, []byte{wildcard})
	l.begins = bytes.HasPrefix(v, []byte{wildcard})
	if l.ends {
		l.text = l.text[:len(l.text)-1]
	}
	if l.begins && len(l.text) > 0 {
		l.text = l.text[1:]
	}
	if IsUnset(v) || len(l.text) == 0 {
		return l, cassandra.Invalidf("LIKE value can't be empty.")
	}
	return l, nil
}

// form is how Cassandra writes the operator.
func (l *likeText) form() string {
	form := "<term>"
	if l.begins {
		form = "%" + form
	}
	if l.ends {
		form += "%"
	}
	return "LIKE '" + form + "'"
}

// pattern binds what a LIKE asks of rows; the index is one that answers its form.
func (r *restriction) pattern(t *schema.Table, env *Env) (*schema.Index, *index.Pattern, error) {
	l, err := r.likeText(env)
	if err != nil {
		return nil, nil, err
	}
	c := r.columns[0]
	at := slices.IndexFunc(t.Indexes, func(x *schema.Index) bool {
		return x.Class == schema.SASIIndex && x.Column == c && x.SASI.HasLike(l.begins, l.ends)
	})
	if at < 0 {
		return nil, nil, cassandra.Invalidf("%s %s %s is only supported on properly indexed columns", c.Name, l.form(), c.Type.Text(l.text))
	}
	x := t.Indexes[at]
	return x, index.NewPattern(x, l.begins, l.ends, l.text), nil
}

// patterned binds a use of a SASI index on texts.
func (u *indexUse) patterned(t *schema.Table, env *Env) (*schema.Index, *index.Pattern, error) {
	if u.restriction.like != nil {
		return u.restriction.pattern(t, env)
	}
	v, err := filterValue(u.value, env, "value", u.index.Column.Name)
	if err != nil {
		return nil, nil, err
	}
	if u.position >= 0 {
		parts, err := u.restriction.split(v, len(u.restriction.columns))
		if err != nil {
			return nil, nil, err
		}
		v = parts[u.position]
	}
	return u.index, index.NewPattern(u.index, false, false, v), nil
}

// isPatterned says whether it is one.
func (u *indexUse) isPatterned() bool {
	return u.index.Class == schema.SASIIndex && u.index.SASI.Literal
}

// patternRanges are what an index is asked for by a pattern: something for each of its tokens.
func (u *indexUse) patternRanges(t *schema.Table, env *Env) (all []row.IndexRange, err error) {
	x, p, err := u.patterned(t, env)
	if err != nil {
		return nil, err
	}
	for i, ranges := 0, p.Ranges(); i < len(ranges); i++ {
		all = append(all, row.IndexRange{Index: x, Ranges: ranges[i : i+1]})
	}
	return all, nil
}
