package schema

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
)

// sasiName is what a SASI index is called, in this spelling only.
const sasiName = "org.apache.cassandra.index.sasi.SASIIndex"

// The options of SASI indexes. Others are taken and mean nothing, as in Cassandra.
const (
	optionMode               = "mode"
	optionAnalyzed           = "analyzed"
	optionAnalyzerClass      = "analyzer_class"
	optionLiteral            = "is_literal"
	optionFlushMemory        = "max_compaction_flush_memory_in_mb"
	optionDelimiter          = "delimiter"
	optionNormalizeLowercase = "normalize_lowercase"
	optionNormalizeUppercase = "normalize_uppercase"
	optionStemming           = "tokenization_enable_stemming"
	optionStopWords          = "tokenization_skip_stop_words"
	optionLocale             = "tokenization_locale"
	optionTokensLowercase    = "tokenization_normalize_lowercase"
	optionTokensUppercase    = "tokenization_normalize_uppercase"
)

const (
	sasiUsageWarning = "SASI indexes are experimental and are not recommended for production use."
	sasiDisabled     = "SASI indexes are disabled. Enable in cassandra.yaml to use."
)

// SASIMode is what a SASI index is asked for: beginnings of texts and ranges, any parts of texts, or ranges of values that few rows share.
type SASIMode uint8

const (
	PrefixMode SASIMode = iota
	ContainsMode
	SparseMode
)

// Analyzer is what makes the terms of a SASI index of a text.
type Analyzer uint8

const (
	// NoAnalyzer takes a value as it is, NonTokenizing a whole text in another form.
	NoAnalyzer Analyzer = iota
	NonTokenizing
	// Delimited takes what stands between delimiters, Standard the words.
	Delimited
	Standard
)

// analyzers are their names in Cassandra.
var analyzers = map[string]Analyzer{
	analyzerPackage + "NoOpAnalyzer":          NoAnalyzer,
	analyzerPackage + "NonTokenizingAnalyzer": NonTokenizing,
	analyzerPackage + "DelimiterAnalyzer":     Delimited,
	analyzerPackage + "StandardAnalyzer":      Standard,
}

const analyzerPackage = "org.apache.cassandra.index.sasi.analyzer."

// SASI is what a SASI index makes of values.
type SASI struct {
	Mode SASIMode
	// Literal values are compared as texts, by LIKE; the others as their type compares, by ranges.
	Literal  bool
	Analyzer Analyzer
	// Delimiter is that of Delimited.
	Delimiter rune
	// Lower and Upper change the letters of terms.
	Lower, Upper bool
	// SkipStopWords and Stem are for words in Language, the two letters of a locale; empty: in none.
	SkipStopWords, Stem bool
	Language            string
}

// IsTokenizing says whether a text has several terms.
func (s *SASI) IsTokenizing() bool { return s.Analyzer == Delimited || s.Analyzer == Standard }

// HasEqual says whether the index answers =.
// Source: Cassandra 5.0, ColumnIndex.supports, as the other two.
func (s *SASI) HasEqual() bool { return !s.IsTokenizing() }

// HasRanges says whether it answers ranges.
func (s *SASI) HasRanges() bool { return !s.Literal && s.Mode != ContainsMode }

// HasLike says whether it answers a LIKE whose text begins or ends with the wildcard.
func (s *SASI) HasLike(begins, ends bool) bool {
	switch {
	case !s.Literal || s.Mode == SparseMode:
		return false
	case begins:
		return s.Mode == ContainsMode
	case ends:
		return !(s.Mode == ContainsMode && s.IsTokenizing())
	}
	return true
}

// newSASI reads the options of an index on a column. They are what checkSASI let pass.
// Source: Cassandra 5.0, IndexMode.getMode.
func newSASI(options map[string]string, c *Column) *SASI {
	text := isAnalyzable(c)
	s := &SASI{Literal: text, Delimiter: ','}
	switch strings.ToUpper(options[optionMode]) {
	case "CONTAINS":
		s.Mode = ContainsMode
	case "SPARSE":
		s.Mode = SparseMode
	}
	if literal, ok := options[optionLiteral]; ok {
		s.Literal = isTrue(literal)
	}
	analyzed, given := options[optionAnalyzed]
	class, named := options[optionAnalyzerClass]
	switch {
	case named && (!given || isTrue(analyzed)):
		s.Analyzer = analyzers[class]
	case !named && isTrue(analyzed) && text:
		s.Analyzer = Standard
	}
	switch s.Analyzer {
	case NonTokenizing:
		sensitive := true
		if value, ok := options[optionCaseSensitive]; ok {
			sensitive = isTrue(value)
		}
		s.Lower = isTrue(options[optionNormalizeLowercase]) || !sensitive
		s.Upper = isTrue(options[optionNormalizeUppercase])
	case Delimited:
		for _, r := range options[optionDelimiter] {
			s.Delimiter = r
		}
	case Standard:
		s.Lower, s.Upper = isTrue(options[optionTokensLowercase]), isTrue(options[optionTokensUppercase])
		s.SkipStopWords, s.Stem = isTrue(options[optionStopWords]), isTrue(options[optionStemming])
		s.Language = LanguageOf(options[optionLocale])
	}
	return s
}

// LanguageOf is what is looked at of a locale, its first two letters; empty for what has less.
func LanguageOf(locale string) string {
	if len(locale) < 2 {
		return ""
	}
	return strings.ToLower(locale[:2])
}

func isTrue(option string) bool { return strings.EqualFold(option, "true") }

// isAnalyzable says whether a column's type is one that analyzers take. One that is sorted descending has another type in Cassandra.
func isAnalyzable(c *Column) bool {
	return !c.Descending && (c.Type.Kind == cqltype.KindText || c.Type.Kind == cqltype.KindASCII)
}

// checkSASI is what a SASI index asks for.
// Source: Cassandra 5.0, SASIIndex.validateOptions, IndexMode and the analyzers; what these refuse only when an index is opened is refused here.
func (x *Index) checkSASI(targets []*Column) error {
	switch {
	case len(targets) != 1:
		names := make([]string, len(targets))
		for i, c := range targets {
			names[i] = c.Name
		}
		return cassandra.Configf("failed to retrieve target column for: %s", strings.Join(names, ", "))
	case targets[0].Type.IsMultiCell():
		return cassandra.Configf("complex columns are not yet supported by SASI")
	case targets[0].Kind == PartitionKey:
		return cassandra.Configf("partition key columns are not yet supported by SASI")
	}
	if err := x.checkAnalyzer(targets[0]); err != nil {
		return err
	}
	if mode, ok := x.Options[optionMode]; ok {
		switch strings.ToUpper(mode) {
		case "PREFIX", "CONTAINS", "SPARSE":
		default:
			return cassandra.Configf("Incorrect index mode: %s", mode)
		}
	}
	if memory, ok := x.Options[optionFlushMemory]; ok {
		if _, err := strconv.ParseInt(memory, 10, 64); err != nil {
			return x.invalidOptions()
		}
	}
	s := newSASI(x.Options, targets[0])
	if s.Mode == SparseMode && s.Literal {
		return cassandra.Configf("SPARSE mode is only supported on non-literal columns.")
	}
	if s.Mode == SparseMode && x.isAnalyzed() {
		return cassandra.Configf("SPARSE mode doesn't support analyzers.")
	}
	return x.checkAnalyzerOptions(s)
}

// isAnalyzed says whether the options ask for analysis, whatever comes of it.
func (x *Index) isAnalyzed() bool {
	analyzed, given := x.Options[optionAnalyzed]
	if _, named := x.Options[optionAnalyzerClass]; named && !given {
		return true
	}
	return isTrue(analyzed)
}

func (x *Index) checkAnalyzer(c *Column) error {
	class, ok := x.Options[optionAnalyzerClass]
	if !ok {
		return nil
	}
	a, ok := analyzers[class]
	switch {
	case class == analyzerPackage+"AbstractAnalyzer":
		return cassandra.Configf("Unable to initialize analyzer class option specified [AbstractAnalyzer]")
	case !ok:
		return cassandra.Configf("Invalid analyzer class option specified [%s]", class)
	case a != NoAnalyzer && !isAnalyzable(c):
		return cassandra.Configf("%s does not support type %s", strings.TrimPrefix(class, analyzerPackage), c.Type)
	}
	if a == NonTokenizing {
		_, sensitive := x.Options[optionCaseSensitive]
		_, lower := x.Options[optionNormalizeLowercase]
		_, upper := x.Options[optionNormalizeUppercase]
		if sensitive && (lower || upper) {
			return cassandra.Configf("case_sensitive option cannot be specified together with either normalize_lowercase or normalize_uppercase")
		}
	}
	return nil
}

// checkAnalyzerOptions refuses what an analyzer can't work with.
func (x *Index) checkAnalyzerOptions(s *SASI) error {
	if s.Lower && s.Upper {
		return cassandra.Configf("Options to normalize terms cannot be both uppercase and lowercase at the same time")
	}
	if value, ok := x.Options[optionDelimiter]; ok && s.Analyzer == Delimited && len(utf16.Encode([]rune(value))) != 1 {
		return cassandra.Configf("Only single character delimiters supported, was %s", value)
	}
	if value, ok := x.Options[optionLocale]; ok && (s.SkipStopWords || s.Stem) && len(value) < 2 {
		return cassandra.Configf("Invalid locale specified [%s]", value)
	}
	return nil
}

// invalidOptions is the error where Cassandra's own check of the options comes to grief.
func (x *Index) invalidOptions() error {
	return cassandra.Configf("Failed to validate custom indexer options: %s", braced(x.FullOptions()))
}

// braced is a map as Java shows it, in the order of its keys.
func braced(m map[string]string) string {
	parts := make([]string, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, name+"="+m[name])
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
