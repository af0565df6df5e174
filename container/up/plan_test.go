package up

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestPlans runs the scenes of testdata/plan: what is to be done, given what is there.
//
//	up [n=3] [engine=cassandra] [data=/dir] [initial=3]
//	scale n=2
//
// The lines below are what was found: "network", "volume N", or "N STATE [EXITCODE] [changed]" for a container.
func TestPlans(t *testing.T) {
	datadriven.RunTest(t, "testdata/plan", func(t *testing.T, d *datadriven.TestData) string {
		n := 0
		d.MaybeScanArgs(t, "n", &n)
		s := Settings{Engine: Helenus, Image: "image", Data: Volumes, Initial: max(n, 1), Ports: []string{"127.0.0.1:9042"}}
		d.MaybeScanArgs(t, "engine", &s.Engine)
		d.MaybeScanArgs(t, "data", &s.Data)
		d.MaybeScanArgs(t, "initial", &s.Initial)
		f := sceneFound(t, d.Input, &s)
		if n == 0 {
			n = f.count()
		}
		var steps []step
		var err error
		if d.Cmd == "up" {
			steps, err = planUp("c", n, &s, f)
		} else {
			steps, err = planDown("c", n, f)
		}
		if err != nil {
			return "error: " + err.Error()
		}
		var text strings.Builder
		for _, s := range steps {
			fmt.Fprintln(&text, s)
		}
		return text.String()
	})
}

func sceneFound(t *testing.T, input string, s *Settings) *found {
	t.Helper()
	f := &found{containers: map[int]*foundContainer{}}
	for line := range strings.Lines(input) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		f.settings = s
		switch words[0] {
		case "network":
			f.network = true
		case "volume":
			f.volumes = append(f.volumes, number(t, words[1]))
		default:
			n := number(t, words[0])
			c := &foundContainer{state: words[1], revision: nodeContainer("c", n, s).revision()}
			for _, word := range words[2:] {
				if word == "changed" {
					c.revision = "another"
				} else {
					c.exitCode = number(t, word)
				}
			}
			f.containers[n] = c
		}
	}
	return f
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPlanGoesOn cuts each plan short after each of its steps and plans again: what is left to do is what was not done.
func TestPlanGoesOn(t *testing.T) {
	for _, engine := range []string{Helenus, Cassandra} {
		s := Settings{Engine: engine, Image: "image", Data: Volumes, Initial: 1}
		if databases[engine].together {
			s.Initial = 3
		}
		whole, err := planUp("c", 5, &s, &found{})
		if err != nil {
			t.Fatal(err)
		}
		for cut := range len(whole) {
			f := &found{settings: &s, containers: map[int]*foundContainer{}}
			for _, step := range whole[:cut] {
				pretend(f, step, &s)
			}
			rest, err := planUp("c", 5, &s, f)
			if err != nil {
				t.Fatalf("%s after %d steps: %v", engine, cut, err)
			}
			for _, step := range rest {
				if !pretend(f, step, &s) {
					t.Errorf("%s, cut after %d steps: %s is done twice", engine, cut, step)
				}
			}
			if again, err := planUp("c", 5, &s, f); err != nil || len(again) > 0 {
				t.Errorf("%s, cut after %d steps: something is left: %v, %v", engine, cut, again, err)
			}
		}
	}
}

// pretend does a step to what was found and says whether it changed anything.
func pretend(f *found, step step, s *Settings) bool {
	switch step.do {
	case createNetwork:
		was := f.network
		f.network = true
		return !was
	case createVolume:
		was := f.has(step.nodes[0])
		f.volumes = append(f.volumes, step.nodes[0])
		return !was
	case createContainer:
		was := f.containers[step.nodes[0]] != nil
		f.containers[step.nodes[0]] = &foundContainer{state: "created", revision: nodeContainer("c", step.nodes[0], s).revision()}
		return !was
	case startContainer:
		was := f.containers[step.nodes[0]].running()
		f.containers[step.nodes[0]].state = "running"
		return !was
	}
	return true
}
