package golden

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"helenus/test/server"
)

// TestRecordedGuardrails asks the scripts of testdata/guardrails, each of a node with the guardrails in the file beside it, and compares with
// what Cassandra with the same ones answered: texts and warnings, too.
//
//	go test ./test/golden -run Guardrails -recordauth -authscript NAME -authserver A  records from a Cassandra with NAME.yaml's lines
func TestRecordedGuardrails(t *testing.T) {
	files, err := filepath.Glob("testdata/guardrails/cql/*.cql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".cql")
		if *authScript != "" && *authScript != name {
			continue
		}
		t.Run(name, func(t *testing.T) {
			limits, err := os.ReadFile("testdata/guardrails/" + name + ".yaml")
			if err != nil {
				t.Fatal(err)
			}
			addr := *authAddress
			if addr == "" {
				addr = server.Start(t, server.Options{Env: append(asVariables(string(limits)), loginSettings...)}).Addr
			}
			asked := 0
			runLogins(t, addr, "testdata/guardrails", name, &asked)
		})
	}
}

// asVariables are the lines of a cassandra.yaml as variables of the environment.
func asVariables(yaml string) (all []string) {
	for _, line := range strings.Split(yaml, "\n") {
		if key, value, ok := strings.Cut(line, ":"); ok {
			all = append(all, "CASSANDRA_"+strings.ToUpper(key)+"="+strings.Trim(strings.TrimSpace(value), "[]"))
		}
	}
	return all
}
