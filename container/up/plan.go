package up

import (
	"fmt"
	"slices"
	"strings"
)

// action is what a step does.
type action string

const (
	createNetwork   action = "create network"
	createVolume    action = "create volume of"
	createContainer action = "create"
	startContainer  action = "start"
	stopContainer   action = "stop"
	removeContainer action = "remove"
	removeVolume    action = "remove volume of"
	awaitNodes      action = "await"
	decommission    action = "decommission"
)

// step is one thing to do, about one node or, for awaitNodes, several.
type step struct {
	do    action
	nodes []int
}

func (s step) String() string {
	text := string(s.do)
	for _, n := range s.nodes {
		text += fmt.Sprintf(" %d", n)
	}
	return text
}

// planUp says how to come from what was found to that many nodes, all running and made of the settings: first, at once, what is there already or
// belongs to the nodes that form the cluster; then what has other settings, one container at a time; then newcomers, one after another. It never
// takes a node out.
func planUp(cluster string, count int, s *Settings, f *found) ([]step, error) {
	nodes := f.present()
	if left := slices.DeleteFunc(f.nodes(), func(n int) bool { return !f.left(n) }); len(left) > 0 {
		return nil, fmt.Errorf("%s has left the cluster, and its container is still there; helenus scale %d --name %s removes it", nodeName(cluster, left[0]), len(nodes), cluster)
	}
	if count < len(nodes) {
		return nil, fmt.Errorf("cluster %s has %d nodes; helenus scale %d --name %[1]s takes nodes out and moves their data first", cluster, len(nodes), count)
	}
	for n := 1; len(nodes) < count; n++ {
		if !f.has(n) {
			nodes = append(nodes, n)
		}
	}
	slices.Sort(nodes)
	var p plan
	if !f.network {
		p.add(createNetwork)
	}
	var there, changed, newcomers []int
	for _, n := range nodes {
		if s.Data == Volumes && !slices.Contains(f.volumes, n) {
			p.add(createVolume, n)
		}
		switch c := f.containers[n]; {
		case !f.has(n) && n > s.Initial:
			newcomers = append(newcomers, n)
		case c.running() && c.revision != nodeContainer(cluster, n, s).revision():
			changed = append(changed, n)
			there = append(there, n)
		default:
			there = append(there, n)
		}
	}
	started := p.start(cluster, there, s, f)
	if started || len(changed)+len(newcomers) > 0 {
		p.add(awaitNodes, there...)
	}
	for _, n := range changed {
		p.add(stopContainer, n)
		p.add(removeContainer, n)
		p.add(createContainer, n)
		p.add(startContainer, n)
		p.add(awaitNodes, there...)
	}
	for _, n := range newcomers {
		there = append(there, n)
		p.add(createContainer, n)
		p.add(startContainer, n)
		p.add(awaitNodes, there...)
	}
	return p.steps, nil
}

// plan is a list of steps that grows.
type plan struct{ steps []step }

func (p *plan) add(do action, nodes ...int) {
	p.steps = append(p.steps, step{do, slices.Clone(nodes)})
}

// start starts the nodes that do not run, all containers made before the first starts, and says whether there were any. A container can't be
// started when its network was removed meanwhile, even if there is another of its name.
func (p *plan) start(cluster string, nodes []int, s *Settings, f *found) bool {
	var still []int
	for _, n := range nodes {
		c := f.containers[n]
		if c.running() {
			continue
		}
		still = append(still, n)
		if c != nil && f.network && c.revision == nodeContainer(cluster, n, s).revision() {
			continue
		}
		if c != nil {
			p.add(removeContainer, n)
		}
		p.add(createContainer, n)
	}
	for _, n := range still {
		p.add(startContainer, n)
	}
	return len(still) > 0
}

// planDown says how to come to fewer nodes: what has left already goes, then the node with the highest number leaves the ring, its container and
// volume go, then the next.
func planDown(cluster string, count int, f *found) ([]step, error) {
	var p plan
	remove := func(n int) {
		p.add(stopContainer, n)
		p.add(removeContainer, n)
		if slices.Contains(f.volumes, n) {
			p.add(removeVolume, n)
		}
	}
	var still []string
	for _, n := range f.nodes() {
		if f.left(n) {
			remove(n)
		} else if !f.containers[n].running() {
			still = append(still, nodeName(cluster, n))
		}
	}
	nodes := f.present()
	if len(still) > 0 && len(nodes) > count {
		return nil, fmt.Errorf("%s can't give or take data while it does not run; helenus up --name %s starts what is missing", strings.Join(still, ", "), cluster)
	}
	for _, n := range slices.Backward(nodes) {
		if len(nodes) == count {
			break
		}
		nodes = nodes[:len(nodes)-1]
		p.add(decommission, n)
		remove(n)
	}
	return p.steps, nil
}
