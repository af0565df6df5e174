package main

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestContainersPage wants every flag of helenus up on the page about it, and the verbs beside it.
func TestContainersPage(t *testing.T) {
	raw, err := os.ReadFile("../../docs/containers.md")
	if err != nil {
		t.Fatal(err)
	}
	newUpCommand().Flags().VisitAll(func(f *pflag.Flag) {
		name := "`--" + f.Name
		if f.Shorthand != "" {
			name = "`-" + f.Shorthand
		}
		if !strings.Contains(string(raw), "| "+name) && !strings.Contains(string(raw), ", "+name+"`") {
			t.Errorf("docs/containers.md does not list %s", name)
		}
	})
	for _, verb := range []string{"ps", "logs", "scale", "down"} {
		if !strings.Contains(string(raw), "\nhelenus "+verb) {
			t.Errorf("docs/containers.md does not show helenus %s", verb)
		}
	}
}

// TestUpFlags guards what is said about flags that do not go together or have wrong values, before any engine is asked.
func TestUpFlags(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///no/such/docker.sock")
	for _, test := range []struct{ args, want string }{
		{"-n 0 --memory big", `-n is 0; allowed: 1 to 50`},
		{"-n 0 --memory big", `--memory: "big" is no size`},
		{"--name Shop", "--name is"},
		{"--binary helenus-linux --engine scylla", "--binary goes with --engine helenus"},
		{"--binary /no/such/program", "--binary: open /no/such/program"},
		{"--print yaml", "allowed: compose"},
	} {
		c := newUpCommand()
		c.SetArgs(strings.Fields(test.args))
		c.SilenceErrors, c.SilenceUsage = true, true
		if err := c.Execute(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v; want %q", test.args, err, test.want)
		}
	}
}
