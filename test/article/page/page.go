// Package page reads the commands of docs/article, and hides in what they print what differs from run to run.
package page

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Block is a fenced block of the page with commands.
type Block struct {
	Kind  string // with what stands behind it, as "sh fails"
	Line  int
	Lines []string
	// Prints is what a reader sees of the last command; nil when the page doesn't show it.
	Prints []string
}

func (b Block) String() string {
	return fmt.Sprintf("%s\n%s\n%s", b.Kind, strings.Join(b.Lines, "\n"), strings.Join(b.Prints, "\n"))
}

// AzureFile is the kind of blocks that need a Docker host with a storage account.
const AzureFile = "sh azurefile"

var kinds = []string{"sh", "sh fails", "sh swarm-1", "sh swarm-2", "sh swarm-3", "powershell", "azurecli", AzureFile}

// Read returns a page's blocks in their order.
func Read(file string) ([]Block, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all []Block
	var open *Block
	prose := true // since the last block
	for i, line := range strings.Split(string(raw), "\n") {
		kind, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open == nil:
			open = &Block{Kind: kind, Line: i + 1}
		case fence:
			switch {
			case open.Kind == "text":
				if prose || len(all) == 0 || all[len(all)-1].Prints != nil {
					return nil, fmt.Errorf("%s:%d: this text stands under no command", file, open.Line)
				}
				all[len(all)-1].Prints = open.Lines
			case slices.Contains(kinds, open.Kind):
				all = append(all, *open)
			default:
				return nil, fmt.Errorf("%s:%d: a block of kind %q; allowed: text, %s", file, open.Line, open.Kind, strings.Join(kinds, ", "))
			}
			open, prose = nil, false
		case open != nil:
			open.Lines = append(open.Lines, line)
		case line != "":
			prose = true
		}
	}
	if open != nil {
		return nil, fmt.Errorf("%s:%d: a block that does not end", file, open.Line)
	}
	return all, nil
}

// Looks are commands that change nothing; a reader repeats them while a node joins.
var Looks = regexp.MustCompile(`^docker ps$|nodetool (-h \S+ )?status$`)

// masks hide what differs from run to run and from machine to machine.
var masks = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+0000`), "TIME"},
	{regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "ID"},
	{regexp.MustCompile(`(?m)^[0-9a-f]{12} `), "CONTAINER "},
	{regexp.MustCompile(`\d+\.\d+\.\d+\.\d+`), "ADDRESS"},
	{regexp.MustCompile(`[\d.]+ ?(bytes|KiB|MiB|MB)`), "SIZE"},
	{regexp.MustCompile(`\d+(\.\d+)?%`), "PERCENT"},
	{regexp.MustCompile(`(\d+|About an?|Less than a) (second|minute)s?( ago)?`), "AGO"},
	{regexp.MustCompile(`\(health: starting\)|\(healthy\)`), "(HEALTH)"},
	{regexp.MustCompile(`linux/(amd64|arm64)`), "PLATFORM"},
	{regexp.MustCompile(`Cassandra \d+\.\d+\.\d+`), "Cassandra VERSION"},
	{regexp.MustCompile(`-{2,}\+?|={2,}`), "-"},
	{regexp.MustCompile(`[ \t]+`), " "},
	{regexp.MustCompile(`(?m) $`), ""},
}

// Mask returns what can be compared.
func Mask(text string) string {
	for _, m := range masks {
		text = m.pattern.ReplaceAllString(text, m.with)
	}
	return strings.TrimRight(text, "\n")
}
