package differential

import (
	"regexp"
	"slices"
	"strings"
)

// excused are the differences that are there on purpose: each has a sentence in docs/differences.md.
var excused = []struct {
	reason  string
	applies func(s *statement, want, got answer) bool
}{
	{"a statement that Cassandra's parser itself fails on (a NullPointerException) gets the syntax error that others get", func(_ *statement, want, got answer) bool {
		return want.Error != nil && got.Error != nil && strings.Contains(want.Error.Message, "reason: NullPointerException")
	}},
	{"overloads are listed in one fixed order; Cassandra's varies from start to start", func(_ *statement, want, got answer) bool {
		return want.Error != nil && got.Error != nil && want.Error.Code == got.Error.Code && inOrder(want.Error.Message) == inOrder(got.Error.Message)
	}},
	{"Cassandra refuses its own paging state in a GROUP BY with small pages", func(_ *statement, want, _ answer) bool {
		return want.Error != nil && want.Error.Message == "Invalid value for the paging state"
	}},
	{"to Cassandra the type of a descending clustering column is not the column's type: CAST, arithmetic, CONTAINS and some functions find nothing that takes it", func(s *statement, want, got answer) bool {
		if !s.descending || want.Error == nil {
			return false
		}
		for _, text := range []string{"Invalid call to function system.cast_as_", "Ambiguous '", "Cannot use CONTAINS", "Function system.", "Type error: "} {
			if strings.HasPrefix(want.Error.Message, text) {
				return true
			}
		}
		return strings.Contains(want.Error.Message, "operation is not supported between") || strings.Contains(want.Error.Message, " cannot be cast to ")
	}},
	{"to_json and tojson share functions in Cassandra: the name of a column is that of whichever was asked for first since the start", func(_ *statement, want, got answer) bool {
		names := strings.NewReplacer("tojson", "to_json", "fromjson", "from_json")
		return names.Replace(want.String()) == names.Replace(got.String())
	}},
	{"a minus sign in front of a number is part of the number in Cassandra, so that it can't stand behind another value", func(s *statement, want, _ answer) bool {
		return want.Error != nil && want.Error.Code == "0x2000" && numberBehindValue.MatchString(s.golden(0).CQL)
	}},
	{"functions take a frozen value for one that is not frozen, and the other way round", func(_ *statement, want, _ answer) bool {
		return want.Error != nil && frozenArgument.MatchString(want.Error.Message)
	}},
	{"which of several conditions is looked at first is luck in Cassandra; what the first finds, an error or a refusal, is the answer", func(s *statement, want, got answer) bool {
		return severalConditions.MatchString(s.template) && (badCondition(want) && refused(got) || badCondition(got) && refused(want))
	}},
	{"a time of day below zero, which only blob_as_time makes, is the least, in Cassandra the greatest", func(_ *statement, want, got answer) bool {
		return timeBelowZero.MatchString(want.String()) || timeBelowZero.MatchString(got.String())
	}},
	{"years before 1 have a sign; Cassandra shows that of the era, so that the text reads as another time", func(_ *statement, want, got answer) bool {
		return want.Rows != nil && beforeYearOne.MatchString(got.String())
	}},
	{"dates of times before 1970 are rounded down, in Cassandra up", func(_ *statement, want, got answer) bool { return onlyDatesDiffer(want, got) }},
	{"Cassandra timed out: the machine is busy", func(_ *statement, want, _ answer) bool {
		return want.Error != nil && (want.Error.Code == "0x1100" || want.Error.Code == "0x1200") || strings.Contains(want.fault, "deadline exceeded")
	}},
	{"Cassandra could not read what it had written", func(_ *statement, want, got answer) bool {
		return want.Error != nil && want.Error.Code == "0x1300"
	}},
	{"Cassandra did not build an index in time, or says of one that it is not there yet", func(_ *statement, want, _ answer) bool {
		return strings.HasPrefix(want.fault, "not built")
	}},
	{"Cassandra refuses to page through several partitions in an order even where a bound that is null leaves nothing to read", func(_ *statement, want, got answer) bool {
		return want.Error != nil && strings.HasPrefix(want.Error.Message, "Cannot page queries with both ORDER BY") && got.Rows != nil && len(got.Rows.Rows) == 0
	}},
	{"tables that still use a type are listed in their order", func(_ *statement, want, got answer) bool {
		const text = "as it is still used by tables"
		return want.Error != nil && got.Error != nil && strings.Contains(want.Error.Message, text) && strings.Contains(got.Error.Message, text)
	}},
	{"what is wrong with bad JSON is said in other words than those of Cassandra's JSON library", func(_ *statement, want, got answer) bool {
		const text = "Could not decode JSON string"
		return want.Error != nil && got.Error != nil && strings.Contains(want.Error.Message, text) && strings.Contains(got.Error.Message, text)
	}},
	{"a null bound of a range in a DELETE is refused; it may make Cassandra's replicas fail", func(s *statement, want, got answer) bool {
		failed := failedMidway(want) || want.Error == nil && strings.Contains(s.template, "DELETE")
		return failed && got.Error != nil && strings.HasPrefix(got.Error.Message, "Invalid null value in condition")
	}},
	{"Cassandra's JSON finds the hidden column of a table WITH COMPACT STORAGE", func(_ *statement, want, _ answer) bool {
		return want.Error != nil && strings.HasPrefix(want.Error.Message, "Undefined column name column1 ")
	}},
	{"a batch that sets or removes list elements by index or value is for one partition, so that it can be atomic", func(_ *statement, _, got answer) bool {
		return got.Error != nil && strings.HasPrefix(got.Error.Message, "A batch that sets or removes list elements")
	}},
	{"bytes of one type that are taken for another's, and are none, are refused in a set and in JSON", func(_ *statement, want, got answer) bool {
		return strings.HasPrefix(want.fault, "column ") && got.Error != nil && got.Error.Code == "0x2200"
	}},
	{"a hexadecimal constant for a tinyint is one byte", func(_ *statement, _, got answer) bool {
		return got.Error != nil && strings.HasPrefix(got.Error.Message, "Expected 1 byte for a tinyint")
	}},
	{"where Cassandra failed by itself (an unexpected exception), any answer will do", func(_ *statement, want, got answer) bool {
		return want.Error != nil && want.Error.Code == "0x0000" && got.fault == ""
	}},
}

var (
	numberBehindValue = regexp.MustCompile(`[\w\])}"'?] *-[0-9]`)
	frozenArgument    = regexp.MustCompile(`cannot be passed as argument (1 of function system\.mask_replace|[0-9] of function .* of type frozen<)`)
	severalConditions = regexp.MustCompile(` IF .* (AND|IF) `)
	timeBelowZero     = regexp.MustCompile(`-[0-9]+:[0-9]{2}:[0-9]{2}\.|[0-9]{2}:[0-9]{2}:[0-9]{2}\.-`)
	beforeYearOne     = regexp.MustCompile(`(-[0-9]{4,}|0000)-[0-9]{2}-[0-9]{2}[ T]`)
	toDate            = regexp.MustCompile(`(?i)to_?date\(| AS date\)`)
)

// onlyDatesDiffer says whether rows are the same but for columns that are dates of times.
func onlyDatesDiffer(want, got answer) bool {
	if want.Rows == nil || got.Rows == nil || len(want.Rows.Rows) != len(got.Rows.Rows) {
		return false
	}
	for i, row := range want.Rows.Rows {
		for j, value := range row {
			if value != got.Rows.Rows[i][j] && !toDate.MatchString(want.Rows.Columns[j].Name) {
				return false
			}
		}
	}
	return true
}

// badCondition says whether an answer complains about the value of a condition.
func badCondition(a answer) bool {
	return a.Error != nil && (strings.HasPrefix(a.Error.Message, "Invalid comparison with ") || a.Error.Message == "Invalid 'unset' value in condition")
}

// refused says whether an answer is that the conditions do not hold.
func refused(a answer) bool {
	return a.Rows != nil && len(a.Rows.Rows) > 0 && len(a.Rows.Rows[0]) > 0 && a.Rows.Rows[0][0] == "false"
}

// avoided is what the generator does not write, since Helenus differs on purpose and all that follows would differ, too.
var avoided = []string{
	"DELETE from counter tables, after which Cassandra's counters stay deleted, or go on from what its cache remembers, and Helenus's count from zero",
	"decimals that are equal with different scales in keys, which are one row to Cassandra and two to Helenus",
	"bound sets and maps of several elements where a clustering column has such: Helenus puts them in order, Cassandra leaves them as the client has them and does not find them by a literal",
	"user functions, roles, SASI and vector searches: tested elsewhere; indexes and views: with -derived",
	"now(), uuid(), current_…: not the same twice",
}

// excuse returns why a difference is none to mend, or nothing.
func excuse(s *statement, want, got answer) string {
	for _, e := range excused {
		if e.applies(s, want, got) {
			return e.reason
		}
	}
	return ""
}

// inOrder is an error's text with the signatures of a function in alphabetical order.
func inOrder(message string) string {
	head, list, found := strings.Cut(message, "(known type signatures: ")
	if !found {
		head, list, found = strings.Cut(message, "(candidates: ")
	}
	if !found {
		head, list, found = strings.Cut(message, "(can be matched by following signatures: ")
		list = strings.TrimSuffix(list, ": use type casts to disambiguate")
	}
	if !found {
		return message
	}
	signatures := strings.Split(strings.TrimSuffix(list, ")"), ", system.")
	for i := range signatures {
		signatures[i] = strings.TrimPrefix(signatures[i], "system.")
	}
	slices.Sort(signatures)
	return head + strings.Join(signatures, "; ")
}
