package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"helenus/internal/cqltype"
)

// Index is a secondary index's definition. Immutable.
type Index struct {
	Name   string
	DataID DataID
	// Target is the name of the indexed column, Part what of it is indexed.
	Target string
	Part   IndexPart
	// Custom indexes have a class, which their Options name under class_name; the others have neither.
	Custom  bool
	Options map[string]string

	// What follows is derived when the table is sealed.

	// Column is the indexed column.
	Column *Column
	// Class is what kind of index it is.
	Class IndexClass
	// Analysis is how texts are changed before they are compared.
	Analysis Analysis
	// Similarity is set for an index on vectors.
	Similarity Similarity
	// SASI is set for a SASI index.
	SASI *SASI
}

// IndexPart is what of a column an index is made of.
type IndexPart uint8

const (
	// IndexSimple is the column's value.
	IndexSimple IndexPart = iota
	// IndexValues are the elements of a list or set and the values of a map, IndexKeys a map's keys, IndexEntries its keys with their values.
	IndexValues
	IndexKeys
	IndexEntries
	// IndexFull is a frozen collection as a whole.
	IndexFull
)

func (p IndexPart) String() string { return [...]string{"", "values", "keys", "entries", "full"}[p] }

// IndexClass is a kind of index.
type IndexClass uint8

const (
	// ClassicIndex finds rows by an exact value.
	ClassicIndex IndexClass = iota
	// StorageAttachedIndex finds rows by values and ranges of them, and several may serve one query.
	StorageAttachedIndex
	// SASIIndex finds rows by values, ranges of them and parts of texts.
	SASIIndex
)

// Analysis changes texts before they are compared. The zero value leaves them as they are.
type Analysis struct{ IgnoreCase, Normalize, ASCII bool }

// String is what system_views.sai_column_indexes shows of it.
func (a Analysis) String() string {
	if a.IsNone() {
		return "NoOpAnalyzer"
	}
	return fmt.Sprintf("NonTokenizingAnalyzer{caseSensitive=%v, normalized=%v, ascii=%v}", !a.IgnoreCase, a.Normalize, a.ASCII)
}

// IsNone says whether texts stay as they are.
func (a Analysis) IsNone() bool { return a == Analysis{} }

// Similarity is how the vectors of an index are compared.
type Similarity uint8

const (
	NoSimilarity Similarity = iota
	Cosine
	DotProduct
	Euclidean
)

// classNameOption and targetOption are what an index's options hold besides those that the user gave.
const (
	classNameOption = "class_name"
	targetOption    = "target"
)

// on returns the index with what is derived of its table.
func (x *Index) on(t *Table) *Index {
	n := *x
	n.Column = t.byName[x.Target]
	if !x.Custom {
		return &n
	}
	if x.isSASI() {
		n.Class = SASIIndex
		if n.Column != nil {
			n.SASI = newSASI(x.Options, n.Column)
		}
		return &n
	}
	n.Class = StorageAttachedIndex
	n.Analysis = Analysis{IgnoreCase: strings.EqualFold(x.Options[optionCaseSensitive], "false"), Normalize: strings.EqualFold(x.Options[optionNormalize], "true"), ASCII: strings.EqualFold(x.Options[optionASCII], "true")}
	if n.Column != nil && n.Column.Type.Kind == cqltype.KindVector {
		n.Similarity = similarities[strings.ToUpper(x.Options[optionSimilarity])]
	}
	return &n
}

// TermType is the type of what is indexed: of the column, or of an element of it. Entries are a tuple of key and value.
func (x *Index) TermType() *cqltype.Type {
	t := x.Column.Type
	switch x.Part {
	case IndexKeys:
		return t.Elems[0]
	case IndexValues:
		return t.Elems[len(t.Elems)-1]
	case IndexEntries:
		return cqltype.TupleOf(t.Elems...)
	}
	return t
}

// HasRanges says whether the index finds ranges of values: those of numbers and times, in a storage-attached one.
func (x *Index) HasRanges() bool {
	if x.Class == SASIIndex {
		return x.SASI.HasRanges()
	}
	if x.Class != StorageAttachedIndex || x.Part != IndexSimple {
		return false
	}
	switch x.Column.Type.Kind {
	case cqltype.KindInt, cqltype.KindBigint, cqltype.KindSmallint, cqltype.KindTinyint, cqltype.KindVarint, cqltype.KindDecimal, cqltype.KindFloat, cqltype.KindDouble,
		cqltype.KindTimestamp, cqltype.KindDate, cqltype.KindTime, cqltype.KindTimeUUID, cqltype.KindInet:
		return true
	}
	return false
}

// TargetText is the target as DESCRIBE and system_schema.indexes show it.
func (x *Index) TargetText() string {
	if x.Part == IndexSimple {
		return cqltype.QuoteName(x.Target)
	}
	return x.Part.String() + "(" + cqltype.QuoteName(x.Target) + ")"
}

// Kind is the kind as system_schema.indexes shows it.
func (x *Index) Kind() string {
	if x.Custom {
		return "CUSTOM"
	}
	return "COMPOSITES"
}

// FullOptions are the options as system_schema.indexes shows them.
func (x *Index) FullOptions() map[string]string {
	all := maps.Clone(x.Options)
	if all == nil {
		all = map[string]string{}
	}
	all[targetOption] = x.TargetText()
	return all
}

// Describe returns the statement that makes the index.
func (x *Index) Describe(t *Table) string {
	if !x.Custom {
		return "CREATE INDEX " + cqltype.QuoteName(x.Name) + " ON " + qualified(t.Keyspace, t.Name) + " (" + x.TargetText() + ");"
	}
	text := "CREATE CUSTOM INDEX " + cqltype.QuoteName(x.Name) + " ON " + qualified(t.Keyspace, t.Name) + " (" + x.TargetText() + ") USING " + quote(x.Options[classNameOption])
	options := maps.Clone(x.Options)
	delete(options, classNameOption)
	if len(options) > 0 {
		text += " WITH OPTIONS = " + mapText(options)
	}
	return text + ";"
}

// indexesOn are the names of the indexes on a column.
func (t *Table) indexesOn(c *Column) []string {
	var names []string
	for _, x := range t.Indexes {
		if x.Target == c.Name {
			names = append(names, x.Name)
		}
	}
	return names
}

// equalButForName says whether two indexes of one table do the same.
func (x *Index) equalButForName(o *Index) bool {
	return x.Target == o.Target && x.Part == o.Part && x.Custom == o.Custom && maps.Equal(x.Options, o.Options)
}

// FindIndex returns an index of a keyspace and its table, or nil.
func (k *Keyspace) FindIndex(name string) (*Index, *Table) {
	for _, t := range k.Tables {
		if x := t.Index(name); x != nil {
			return x, t
		}
	}
	return nil, nil
}

// with puts an index into its place; without takes one out.
func withIndex(all []*Index, x *Index) []*Index {
	at, _ := slices.BinarySearchFunc(all, x.Name, func(o *Index, name string) int { return strings.Compare(o.Name, name) })
	return slices.Insert(all, at, x)
}
