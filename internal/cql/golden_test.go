package cql

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"helenus/internal/cassandra"
)

// TestRecordedSyntax parses every statement of the golden corpus: what Cassandra refused as a syntax error must be refused here,
// and nothing else. Errors that Cassandra's parser raises from semantic actions are made by the planner here.
func TestRecordedSyntax(t *testing.T) {
	files, err := filepath.Glob("../../test/golden/testdata/expected/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	same, syntax := 0, 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var script struct {
			Statements []struct {
				Line    int
				CQL     string
				Outcome struct {
					Error *struct{ Code, Message string }
				}
			}
		}
		if err := json.Unmarshal(raw, &script); err != nil {
			t.Fatal(err)
		}
		for _, s := range script.Statements {
			parsed, err := Parse(s.CQL)
			if _, later := parsed.(*Unsupported); later {
				continue // recognised by its first words only
			}
			var refused *cassandra.Error
			if err != nil && !errors.As(err, &refused) {
				t.Fatalf("%s: %v is no error for a client", s.CQL, err)
			}
			want := s.Outcome.Error != nil && s.Outcome.Error.Code == "0x2000"
			if want {
				syntax++
				if err != nil && err.Error() == s.Outcome.Error.Message {
					same++
				}
			}
			if want == (err != nil) {
				continue
			}
			if want && !raisedByParser(s.Outcome.Error.Message) {
				continue
			}
			t.Errorf("%s:%d: %s\n got %v\nwant %+v", filepath.Base(file), s.Line, s.CQL, err, s.Outcome.Error)
		}
	}
	t.Logf("%d of %d texts identical", same, syntax)
}

func raisedByParser(message string) bool {
	return len(message) > 5 && message[:5] == "line "
}
