package config

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the tables into docs/configuration.md")

// TestReference keeps docs/configuration.md true: go test ./internal/config -run TestReference -rewrite
func TestReference(t *testing.T) {
	const file = "../../docs/configuration.md"
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	acted, limits, refusedOnes := tables()
	for mark, table := range map[string]string{"settings": acted, "guardrails": limits, "refused": refusedOnes} {
		begin, end := "<!-- "+mark+" -->\n", "<!-- end of "+mark+" -->"
		_, rest, ok := strings.Cut(text, begin)
		old, _, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("%s lacks %q or %q", file, begin, end)
		}
		if old != table && !*rewrite {
			t.Errorf("the table %q of %s is not what the code says: run go test ./internal/config -run TestReference -rewrite", mark, file)
		}
		text = strings.Replace(text, begin+old+end, begin+table+end, 1)
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// tables are those of docs/configuration.md: the settings, the guardrails, and those that are refused.
func tables() (acted, limits, refusedOnes string) {
	var a, g, r strings.Builder
	g.WriteString("| cassandra.yaml | default | |\n| --- | --- | --- |\n")
	for i := range guardrails {
		k := &guardrails[i]
		fmt.Fprintf(&g, "| %s | %s | %s |\n", code(k.yaml), code(k.fallback), k.about)
	}
	a.WriteString("| flag | cassandra.yaml | variables | -Dcassandra. | default | |\n| --- | --- | --- | --- | --- | --- |\n")
	for i := range keys {
		k := &keys[i]
		flag := ""
		if !k.noFlag {
			flag = code("--" + k.name)
		}
		fmt.Fprintf(&a, "| %s | %s | %s | %s | %s | %s |\n", flag, code(k.yaml), codes(k.variables()), codes(k.properties), code(k.fallback), k.about)
	}
	r.WriteString("| cassandra.yaml | variable or property | allowed | why |\n| --- | --- | --- | --- |\n")
	for i := range refused {
		k := &refused[i]
		names := k.variables()
		for _, p := range k.properties {
			names = append(names, "-Dcassandra."+p)
		}
		fmt.Fprintf(&r, "| %s | %s | %s | %s |\n", code(k.yaml), codes(names), code(k.fallback), k.why)
	}
	return a.String(), g.String(), r.String()
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

func codes(all []string) string {
	var out []string
	for _, text := range all {
		out = append(out, code(text))
	}
	return strings.Join(out, " ")
}
