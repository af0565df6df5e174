package shell

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"helenus/client"
)

// TRACING ON shows what happened to each statement, as cqlsh does, and SHOW SESSION shows it again.
func TestTracing(t *testing.T) {
	n := startNode(t)
	var out, errs bytes.Buffer
	s, err := Open(t.Context(), Options{Connect: client.Options{Addr: n.Address().String()}, Out: &out, Err: &errs})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if failures, err := s.RunText(t.Context(), "TRACING ON\nSELECT key FROM system.local;"); failures > 0 || err != nil {
		t.Fatal(errs.String(), err)
	}
	id := regexp.MustCompile(`Tracing session: ([0-9a-f-]{36})`).FindStringSubmatch(out.String())
	if id == nil {
		t.Fatal(out.String())
	}
	wants := []string{"activity", "source_elapsed", "Execute CQL3 query", "Parsing SELECT key FROM system.local [Native-Transport-Requests]", "Preparing statement [Native-Transport-Requests]", "Request complete", "127.0.0.1"}
	for _, want := range wants {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing: %s", want, out.String())
		}
	}
	out.Reset()
	if failures, err := s.RunText(t.Context(), "TRACING OFF\nSHOW SESSION "+id[1]+"\n"); failures > 0 || err != nil {
		t.Fatal(errs.String(), err)
	}
	for _, want := range wants {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing once more: %s", want, out.String())
		}
	}
	if failures, _ := s.RunText(t.Context(), "SHOW SESSION 00000000-0000-1000-8000-000000000000\n"); failures != 1 || !strings.Contains(errs.String(), "wasn't found") {
		t.Errorf("a session that is not there: %d failures, %s", failures, errs.String())
	}
}
