package helenus

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// forbidden are imports that the order would allow and the design does not.
var forbidden = map[string][]string{
	"helenus/internal/exec":        {"helenus/internal/storage"},
	"helenus/internal/coordinator": {"helenus/internal/storage"},
	"helenus/client":               {"helenus/internal/schema", "helenus/internal/row", "helenus/internal/storage", "helenus/internal/exec"},
	"helenus/client/shell":         {"helenus/internal/schema", "helenus/internal/row", "helenus/internal/storage", "helenus/internal/exec"},
}

// TestLayers keeps layers.txt true: a package imports only packages that stand before it.
func TestLayers(t *testing.T) {
	raw, err := os.ReadFile("layers.txt")
	if err != nil {
		t.Fatal(err)
	}
	place := map[string]int{}
	for i, p := range strings.Fields(string(raw)) {
		place[p] = i + 1
	}
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./internal/...", "./client/...", "./container/...", "./cmd/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		words := strings.Fields(line)
		pkg := words[0]
		if place[pkg] == 0 {
			t.Errorf("%s has no place in layers.txt", pkg)
			continue
		}
		for _, imported := range words[1:] {
			if !strings.HasPrefix(imported, "helenus/") {
				continue
			}
			if place[imported] == 0 || place[imported] >= place[pkg] {
				t.Errorf("%s imports %s, which does not stand before it in layers.txt", pkg, imported)
			}
			for _, never := range forbidden[pkg] {
				if imported == never {
					t.Errorf("%s imports %s; it must ask package replica or a plan", pkg, imported)
				}
			}
			if imported == "helenus/internal/config" && pkg != "helenus/internal/node" && pkg != "helenus/cmd/helenus" {
				t.Errorf("%s imports package config; it takes its own Options", pkg)
			}
		}
	}
}
