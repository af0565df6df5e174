package article

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"helenus/test/article/page"
)

// The page in its languages, and the page that goes on with a Swarm, whose commands test/swarm types.
const (
	english       = "../../docs/article/README.md"
	japanese      = "../../docs/article/README.ja.md"
	swarmEnglish  = "../../docs/article/swarm.md"
	swarmJapanese = "../../docs/article/swarm.ja.md"
)

// blocks reads a page's commands.
func blocks(t *testing.T, file string) []page.Block {
	t.Helper()
	all, err := page.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestLanguages wants the same commands in the same order, with the same answers, in both languages.
func TestLanguages(t *testing.T) {
	sameBlocks(t, english, japanese)
	sameBlocks(t, swarmEnglish, swarmJapanese)
}

func sameBlocks(t *testing.T, english, japanese string) {
	t.Helper()
	a, b := blocks(t, english), blocks(t, japanese)
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) {
			t.Fatalf("%d blocks in English, %d in Japanese", len(a), len(b))
		}
		if x, y := a[i], b[i]; x.Kind != y.Kind || !slices.Equal(x.Lines, y.Lines) || !slices.Equal(x.Prints, y.Prints) {
			t.Fatalf("%s:%d and %s:%d differ:\n%s\n%s", english, x.Line, japanese, y.Line, x, y)
		}
	}
}

// TestShape wants of each block what a reader on another system relies on: no line that only one shell understands goes on in the next.
func TestShape(t *testing.T) {
	for _, b := range blocks(t, english) {
		if len(b.Lines) == 0 {
			t.Errorf("line %d: an empty block", b.Line)
		}
		if b.Kind == "sh fails" && (len(b.Lines) != 1 || b.Prints == nil) {
			t.Errorf("line %d: what fails is one command, and its message is shown", b.Line)
		}
		for _, line := range b.Lines {
			if line == "" || strings.HasPrefix(line, " ") || strings.HasSuffix(line, `\`) || strings.HasSuffix(line, "`") {
				t.Errorf("line %d: %q is no command of one line", b.Line, line)
			}
			if strings.HasPrefix(b.Kind, "sh") && strings.HasPrefix(line, "docker ") && onlyUnix.MatchString(line) {
				t.Errorf("line %d: %q means something else in PowerShell", b.Line, line)
			}
		}
	}
}

// onlyUnix is what PowerShell reads in another way.
var onlyUnix = regexp.MustCompile("[`<>&]|\\$\\(|\\$[A-OQ-Z]|\\\\")

// azure are the commands that the page uses, with those of their options (Azure CLI 2, reference at learn.microsoft.com/cli/azure).
var azure = map[string][]string{
	"az login":                     nil,
	"az network vnet create":       {"--resource-group", "--name", "--address-prefixes", "--subnet-name", "--subnet-prefixes"},
	"az vm list":                   {"--resource-group", "--show-details", "--query", "--output"},
	"az group create":              {"--name", "--location"},
	"az group delete":              {"--name", "--yes", "--no-wait"},
	"az vm create":                 {"--resource-group", "--name", "--image", "--size", "--admin-username", "--generate-ssh-keys", "--public-ip-sku", "--custom-data", "--vnet-name", "--subnet"},
	"az vm run-command invoke":     {"--resource-group", "--name", "--command-id", "--scripts"},
	"az storage account create":    {"--resource-group", "--name", "--location", "--sku"},
	"az storage account keys list": {"--resource-group", "--account-name", "--query", "--output"},
	"az storage share create":      {"--account-name", "--account-key", "--name", "--quota"},
	"az storage share list":        {"--account-name", "--account-key", "--query", "--output"},
	"az storage share delete":      {"--account-name", "--account-key", "--name"},
	"az vm show":                   {"--resource-group", "--name", "--show-details", "--query", "--output"},
}

// TestAzure looks at commands that can't be run here: names, options, quotes, and names of things that must be the same throughout.
func TestAzure(t *testing.T) {
	azureCommands(t, english)
	azureCommands(t, swarmEnglish)
}

func azureCommands(t *testing.T, file string) {
	t.Helper()
	names := map[string]string{}
	for _, b := range blocks(t, file) {
		if b.Kind != "azurecli" {
			continue
		}
		for _, line := range b.Lines {
			if strings.Count(line, `"`)%2 != 0 || strings.Contains(line, "'") {
				t.Errorf("line %d: %q: quotes that not every shell understands", b.Line, line)
			}
			words := strings.Fields(quoted.ReplaceAllString(line, "TEXT"))
			if words[0] == "ssh" || words[0] == "scp" || words[0] == "./helenus" {
				continue
			}
			n := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") })
			if n < 0 {
				n = len(words)
			}
			command := strings.Join(words[:n], " ")
			options, known := azure[command]
			if !known {
				t.Errorf("line %d: %q is no command that is known", b.Line, command)
			}
			for i, w := range words[n:] {
				if !strings.HasPrefix(w, "-") {
					continue
				}
				if !slices.Contains(options, w) {
					t.Errorf("line %d: %s has no option %s that is known", b.Line, command, w)
				}
				about := w
				if strings.HasPrefix(command, "az group") && w == "--name" {
					about = "--resource-group"
				}
				if about != "--resource-group" && (w != "--name" || !strings.HasPrefix(command, "az vm")) {
					continue
				}
				value := strings.TrimRight(words[n+i+1], "123") // of several machines
				if before := names[about]; before != "" && before != value {
					t.Errorf("line %d: %s is %s here and %s before", b.Line, w, value, before)
				}
				names[about] = value
			}
		}
	}
	if len(names) == 0 {
		t.Error("no Azure command was found")
	}
}

var quoted = regexp.MustCompile(`"[^"]*"`)
