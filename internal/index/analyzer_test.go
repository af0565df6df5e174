package index

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"helenus/internal/schema"
)

// TestRecordedTokens: analyzers make of texts what Cassandra's make of them. The file was written by Cassandra 5.0.5: a line has a name (empty:
// words as they are; up, low: a whole text in capital or small letters; else a locale, with stemming, stop words and small letters), a text
// and its tokens. The texts of words are random sequences of characters of many kinds.
func TestRecordedTokens(t *testing.T) {
	name := "testdata/analyzers.jsonl"
	if other := os.Getenv("ANALYZERS"); other != "" {
		name = other
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	wrong, lines := 0, bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line []string
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		s := schema.SASI{Literal: true, Analyzer: schema.Standard}
		switch line[0] {
		case "":
		case "up", "low":
			s = schema.SASI{Literal: true, Analyzer: schema.NonTokenizing, Upper: line[0] == "up", Lower: line[0] == "low"}
		default:
			s.Lower, s.SkipStopWords, s.Stem, s.Language = true, true, true, schema.LanguageOf(line[0])
		}
		var got, want []string
		for _, token := range tokens(&s, []byte(line[1])) {
			got = append(got, string(token))
		}
		for _, token := range line[2:] {
			if !slices.Contains(want, token) {
				want = append(want, token)
			}
		}
		if !slices.Equal(got, want) {
			if wrong++; wrong <= 40 {
				t.Errorf("%q %+q: %+q, not %+q", line[0], line[1], got, want)
			}
		}
	}
	if err := lines.Err(); err != nil || wrong > 0 {
		t.Errorf("%d lines differ, %v", wrong, err)
	}
}
