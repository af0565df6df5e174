package schema

import (
	"maps"
	"slices"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
)

// The options of storage-attached indexes.
const (
	optionCaseSensitive = "case_sensitive"
	optionNormalize     = "normalize"
	optionASCII         = "ascii"
	optionSimilarity    = "similarity_function"
	optionConnections   = "maximum_node_connections"
	optionBeamWidth     = "construction_beam_width"
	optionOptimizeFor   = "optimize_for"
)

var (
	analysisOptions = []string{optionASCII, optionCaseSensitive, optionNormalize}
	vectorOptions   = []string{optionConnections, optionBeamWidth, optionSimilarity, optionOptimizeFor}
	similarities    = map[string]Similarity{"": Cosine, "COSINE": Cosine, "DOT_PRODUCT": DotProduct, "EUCLIDEAN": Euclidean}
)

// saiNames are what a storage-attached index may be called, in any case.
var saiNames = []string{"sai", "storageattachedindex", "org.apache.cassandra.index.sai.storageattachedindex"}

// checkClass checks a custom index's class and what the class makes of its options.
func (x *Index) checkClass(t *Table, targets []*Column) error {
	if !x.Custom {
		return nil
	}
	class := x.Options[classNameOption]
	if class == sasiName {
		return x.checkSASI(targets)
	}
	if !slices.Contains(saiNames, strings.ToLower(class)) {
		return cassandra.Configf("Unable to find custom indexer class '%s'", class)
	}
	return x.checkSAI(t, targets)
}

// checkSAI is what a storage-attached index asks for.
// Source: Cassandra 5.0, StorageAttachedIndex.validateOptions.
func (x *Index) checkSAI(t *Table, targets []*Column) error {
	var unknown []string
	for _, name := range slices.Sorted(maps.Keys(x.Options)) {
		if name != classNameOption && !slices.Contains(analysisOptions, name) && !slices.Contains(vectorOptions, name) {
			unknown = append(unknown, name)
		}
	}
	switch {
	case len(unknown) > 0:
		return cassandra.Configf("Properties specified [%s] are not understood by StorageAttachedIndex", strings.Join(unknown, ", "))
	case len(targets) == 0:
		return cassandra.Invalidf("Failed to retrieve target column for: ")
	case len(targets) > 1:
		return cassandra.Invalidf("A storage-attached index cannot be created over multiple columns: %s", strings.Join(names(targets), ", "))
	}
	n := *x
	n.Column = targets[0]
	term := n.TermType()
	for _, old := range t.Indexes {
		if old.Class == StorageAttachedIndex && old.Target == x.Target && old.Part == x.Part {
			return cassandra.Invalidf("Cannot create more than one storage-attached index on the same column: %s", x.Target)
		}
	}
	if err := x.checkAnalysis(&n, term); err != nil {
		return err
	}
	if err := x.checkVector(&n, term); err != nil {
		return err
	}
	return checkIndexable(&n, term)
}

func (x *Index) checkAnalysis(n *Index, term *cqltype.Type) error {
	given := map[string]string{}
	for _, name := range analysisOptions {
		if value, ok := x.Options[name]; ok {
			given[name] = value
		}
	}
	if len(given) == 0 {
		return nil
	}
	if n.Column.Position >= 0 {
		return cassandra.Invalidf("Analysis options are not supported on primary key columns, but found %s", mapText(given))
	}
	if term.Kind != cqltype.KindText && term.Kind != cqltype.KindASCII {
		text := term.String()
		if n.Part == IndexEntries {
			text = "'" + compositeClass(term) + "'"
		}
		return cassandra.Invalidf("CQL type %s cannot be analyzed.", text)
	}
	for _, name := range analysisOptions {
		if value, ok := given[name]; ok {
			if !strings.EqualFold(value, "true") && !strings.EqualFold(value, "false") {
				return cassandra.Invalidf("Illegal value for boolean option '%s': %s", name, value)
			}
		}
	}
	return nil
}

// compositeClass is how Cassandra shows a map's entries.
func compositeClass(term *cqltype.Type) string {
	classes := make([]string, len(term.Elems))
	for i, e := range term.Elems {
		classes[i] = e.ClassName()
	}
	return "org.apache.cassandra.db.marshal.CompositeType(" + strings.Join(classes, ",") + ")"
}

func (x *Index) checkVector(n *Index, term *cqltype.Type) error {
	given := false
	for _, name := range vectorOptions {
		_, ok := x.Options[name]
		given = given || ok
	}
	if term.Kind != cqltype.KindVector {
		if given {
			return cassandra.Invalidf("CQL type %s cannot have vector options", term)
		}
		return nil
	}
	if term.Elems[0].Kind != cqltype.KindFloat {
		return cassandra.Invalidf("SAI ANN indexes are only allowed on vector columns with float elements")
	}
	for _, name := range [...]string{optionConnections, optionBeamWidth} {
		if _, ok := x.Options[name]; ok { // of a graph, which Cassandra's index is; there, too, they need a start with a flag of its own
			return cassandra.Invalidf("%s cannot be set without enabling SAI_VECTOR_ALLOW_CUSTOM_PARAMETERS", strings.ToUpper(name[:1])+strings.ReplaceAll(name[1:], "_", " "))
		}
	}
	similarity := strings.ToUpper(x.Options[optionSimilarity])
	if _, ok := similarities[similarity]; !ok || x.Options[optionSimilarity] == "" && similarity != "" {
		return cassandra.Invalidf("Similarity function %s was not recognized for index null. Valid values are: EUCLIDEAN, DOT_PRODUCT, COSINE", similarity)
	}
	if similarities[similarity] == Cosine && term.Dimension == 1 {
		return cassandra.Invalidf("Cosine similarity is not supported for single-dimension vectors")
	}
	return nil
}

// checkIndexable refuses types that storage-attached indexes do not take.
func checkIndexable(n *Index, term *cqltype.Type) error {
	if n.Part == IndexEntries {
		for _, e := range term.Elems {
			if err := checkIndexable(&Index{}, e); err != nil {
				return err
			}
		}
		return nil
	}
	switch term.Kind {
	case cqltype.KindBlob, cqltype.KindDuration, cqltype.KindCounter, cqltype.KindCustom, cqltype.KindEmpty:
		return cassandra.Invalidf("Unsupported type: %s", term)
	}
	return nil
}

const vectorWarning = "SAI ANN indexes on vector columns are experimental and are not recommended for production use.\n" +
	"They don't yet support SELECT queries with:\n * Consistency level higher than ONE/LOCAL_ONE.\n * Paging.\n * No LIMIT clauses.\n" +
	" * PER PARTITION LIMIT clauses.\n * GROUP BY clauses.\n * Aggregation functions.\n * Filters on columns without a SAI index."

// warnings are one for each index on vectors that the table has, and one when the index is a SASI one.
func (x *Index) warnings(t *Table) []string { return append(vectorWarnings(t), x.usageWarnings()...) }

// usageWarnings are those that Cassandra gives whether the index is there already or not.
func (x *Index) usageWarnings() []string {
	if x.isSASI() {
		return []string{sasiUsageWarning}
	}
	return nil
}

// isSASI tells a SASI index, also before the table is sealed.
func (x *Index) isSASI() bool { return x.Custom && x.Options[classNameOption] == sasiName }

func vectorWarnings(t *Table) []string {
	var all []string
	for _, x := range t.Indexes {
		if x.Similarity != NoSimilarity {
			all = append(all, vectorWarning)
		}
	}
	return all
}
