package up

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// TestStackFile guards that deploy/stack.yml is what helenus up --swarm --print prints.
func TestStackFile(t *testing.T) {
	var printed strings.Builder
	if err := PrintStack(&printed, DefaultStack()); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile("../../deploy/stack.yml")
	if err != nil {
		t.Fatal(err)
	}
	if printed.String() != string(file) {
		t.Errorf("deploy/stack.yml is not what helenus up --swarm --print prints, which is\n%s", printed.String())
	}
}

// TestLeavers guards that the nodes which leave are those whose tasks the Swarm would end.
func TestLeavers(t *testing.T) {
	task := func(slot int, host string, state swarm.TaskState) swarm.Task {
		return swarm.Task{ID: fmt.Sprint(slot, state), Slot: slot, NodeID: host, Status: swarm.TaskStatus{State: state}}
	}
	const running, complete, pending = swarm.TaskStateRunning, swarm.TaskStateComplete, swarm.TaskStatePending
	for name, c := range map[string]struct {
		tasks          []swarm.Task
		fewer          int
		going, staying []int
	}{
		"one a host: the highest slots":      {[]swarm.Task{task(3, "c", running), task(1, "a", running), task(5, "e", running), task(2, "b", running), task(4, "d", running)}, 2, []int{5, 4}, []int{1, 2, 3}},
		"what does not run goes first":       {[]swarm.Task{task(1, "a", running), task(2, "b", pending), task(3, "c", running)}, 1, []int{2}, []int{1, 3}},
		"what has left goes first":           {[]swarm.Task{task(1, "a", running), task(2, "b", complete), task(3, "c", running), task(4, "d", running)}, 2, []int{2, 4}, []int{1, 3}},
		"the host with two of them is first": {[]swarm.Task{task(1, "a", running), task(2, "a", running), task(3, "b", running)}, 1, []int{2}, []int{1, 3}},
		"then the slots":                     {[]swarm.Task{task(1, "a", running), task(2, "a", running), task(3, "b", running)}, 2, []int{2, 3}, []int{1}},
		"the newest task of a slot counts":   {[]swarm.Task{task(1, "a", running), task(2, "b", swarm.TaskStateFailed), {ID: "new", Slot: 2, NodeID: "b", Meta: swarm.Meta{CreatedAt: time.Unix(1, 0)}, Status: swarm.TaskStatus{State: running}}}, 1, []int{2}, []int{1}},
	} {
		slots := func(all []swarm.Task) (of []int) {
			for _, t := range all {
				of = append(of, t.Slot)
			}
			return of
		}
		going, staying := leavers(c.tasks, c.fewer)
		if !slices.Equal(slots(going), c.going) || !slices.Equal(slots(staying), c.staying) {
			t.Errorf("%s: %v go and %v stay, want %v and %v", name, slots(going), slots(staying), c.going, c.staying)
		}
	}
}
