package up

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// StackName is the name of a stack that is given none, and StackImage the image that its nodes run: a name that no registry has, since an engine that can
// reach one asks it first, and would get Apache Cassandra's image under the name cassandra.
const (
	StackName  = "helenus"
	StackImage = "helenus"
)

// stackService is the service's name within its stack, and in its network.
const stackService = "cassandra"

// stackLabel is the label by which hosts are chosen, rackLabel the one that nodes are spread by.
const (
	stackLabel = "cassandra"
	rackLabel  = "rack"
)

// slotName is what a task is called: the same for each task that takes the slot.
const slotName = "{{.Service.Name}}-{{.Task.Slot}}"

// volumeName is what the volume is called, on each host. It does not tell slots apart: a host has one task at most, and the Swarm may give a slot another host
// when tasks start again. Whichever slot comes finds the node that is on the host.
const volumeName = "{{.Service.Name}}"

// Times of a stack. The check may wait as long as a task waits for its predecessor's volume. The grace is below the minute after which the Swarm starts a
// successor, whatever becomes of the task.
const (
	stackGrace       = 50 * time.Second
	stackStartPeriod = 90 * time.Second
	stackRemoval     = "1h"
)

// Stack is what a service of a Swarm is like.
type Stack struct {
	Name   string
	Image  string
	Nodes  int
	Port   int   // of each host; 0: none
	Memory int64 // bytes; 0: no limit
}

// DefaultStack is the one that deploy/stack.yml has.
func DefaultStack() Stack {
	return Stack{Name: StackName, Image: StackImage, Nodes: DefaultNodes, Port: 9042}
}

// Check finds what no engine is needed to find.
func (s *Stack) Check() error {
	var errs []error
	if !names.MatchString(s.Name) {
		errs = append(errs, fmt.Errorf("--name is %q; allowed: up to 40 small letters, digits and hyphens between them", s.Name))
	}
	if s.Nodes < 0 || s.Nodes > NodesMax {
		errs = append(errs, fmt.Errorf("-n is %d; allowed: 1 to %d", s.Nodes, NodesMax))
	}
	if least := databases[Helenus].memoryMin; s.Memory > 0 && s.Memory < least {
		errs = append(errs, fmt.Errorf("--memory is %s; a node needs %s at least", humanize(s.Memory), humanize(least)))
	}
	return errors.Join(errs...)
}

// pair is an entry of a mapping whose order is the file's.
type pair struct {
	name, value, comment string
}

// environment is the tasks'. Whoever changes it decides for all nodes.
func (s *Stack) environment() []pair {
	return []pair{
		{"CASSANDRA_SEEDS", "tasks." + stackService, ""},
		{"CASSANDRA_ENDPOINT_SNITCH", "GossipingPropertyFileSnitch", ""},
		{"CASSANDRA_DC", "datacenter1", ""},
		{"CASSANDRA_RACK", "{{.Node.Hostname}}", "replicas of a row never share a host"},
		{"HELENUS_INITIAL_NODES", strconv.Itoa(s.Nodes), "how many form the cluster; stays as it is when the service is scaled"},
		{"HELENUS_ABSENT_NODE_REMOVAL", stackRemoval, ""},
		{"HELENUS_STOP_GRACE_PERIOD", seconds(stackGrace), "as stop_grace_period: a node that is to stop waits for others that lag"},
	}
}

// stackFile is what is used of version 3.8 of the Compose file format.
type stackFile struct {
	Version  string               `yaml:"version"`
	Services map[string]stackTask `yaml:"services"`
	Networks map[string]stackNet  `yaml:"networks"`
	Volumes  map[string]stackVol  `yaml:"volumes"`
}

type stackTask struct {
	Image           string      `yaml:"image"`
	Hostname        string      `yaml:"hostname"`
	Environment     yaml.Node   `yaml:"environment"`
	Networks        []string    `yaml:"networks,flow"`
	Volumes         []string    `yaml:"volumes,flow"`
	Ports           []stackPort `yaml:"ports,omitempty"`
	Healthcheck     stackHealth `yaml:"healthcheck"`
	StopGracePeriod string      `yaml:"stop_grace_period"`
	Deploy          stackDeploy `yaml:"deploy"`
}

type stackPort struct {
	Target    int    `yaml:"target"`
	Published int    `yaml:"published"`
	Mode      string `yaml:"mode"`
}

type stackHealth struct {
	Test        []string `yaml:"test,flow"`
	Interval    string   `yaml:"interval"`
	Timeout     string   `yaml:"timeout"`
	StartPeriod string   `yaml:"start_period"`
	Retries     int      `yaml:"retries"`
}

type stackDeploy struct {
	Replicas      int             `yaml:"replicas"`
	EndpointMode  string          `yaml:"endpoint_mode"`
	Resources     *stackResources `yaml:"resources,omitempty"`
	Placement     stackPlacement  `yaml:"placement"`
	UpdateConfig  stackUpdate     `yaml:"update_config"`
	RestartPolicy stackRestart    `yaml:"restart_policy"`
}

type stackResources struct {
	Limits struct {
		Memory string `yaml:"memory"`
	} `yaml:"limits"`
}

type stackPlacement struct {
	MaxReplicasPerNode int                 `yaml:"max_replicas_per_node"`
	Constraints        []string            `yaml:"constraints,flow"`
	Preferences        []map[string]string `yaml:"preferences,flow"`
}

type stackUpdate struct {
	Parallelism   int    `yaml:"parallelism"`
	Order         string `yaml:"order"`
	Delay         string `yaml:"delay"`
	Monitor       string `yaml:"monitor"`
	FailureAction string `yaml:"failure_action"`
}

type stackRestart struct {
	Condition string `yaml:"condition"`
	Delay     string `yaml:"delay"`
}

type stackNet struct {
	Driver     string `yaml:"driver"`
	Attachable bool   `yaml:"attachable"`
}

type stackVol struct {
	Name string `yaml:"name"`
}

// Times of updates and restarts.
const (
	updateDelay   = 10 * time.Second
	updateMonitor = 30 * time.Second
	restartDelay  = 2 * time.Second
)

// checkEvery and the others are the tasks' health check: none in the first second of a task, which would race with its name's being known.
const (
	checkEvery   = 5 * time.Second
	checkTimeout = 5 * time.Second
	checkRetries = 3
)

var checkTest = []string{"CMD", "helenus", "health"}

// PrintStack writes the file with which docker stack deploy makes the service that UpStack makes. No engine is asked.
func PrintStack(w io.Writer, s Stack) error {
	environment := yaml.Node{Kind: yaml.MappingNode}
	for _, p := range s.environment() {
		value := &yaml.Node{Kind: yaml.ScalarNode, Value: p.value, LineComment: p.comment}
		value.SetString(p.value)
		environment.Content = append(environment.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: p.name}, value)
	}
	task := stackTask{
		Image: s.Image, Hostname: slotName, Environment: environment, Networks: []string{"default"}, Volumes: []string{"data:" + databases[Helenus].dataPath},
		Healthcheck:     stackHealth{checkTest, seconds(checkEvery), seconds(checkTimeout), seconds(stackStartPeriod), checkRetries},
		StopGracePeriod: seconds(stackGrace),
		Deploy: stackDeploy{
			Replicas: s.Nodes, EndpointMode: "dnsrr",
			Placement:     stackPlacement{1, []string{"node.labels." + stackLabel + " == true"}, []map[string]string{{"spread": "node.labels." + rackLabel}}},
			UpdateConfig:  stackUpdate{1, "stop-first", seconds(updateDelay), seconds(updateMonitor), "pause"},
			RestartPolicy: stackRestart{"on-failure", seconds(restartDelay)},
		},
	}
	if s.Port > 0 {
		task.Ports = []stackPort{{9042, s.Port, "host"}}
	}
	if s.Memory > 0 {
		task.Deploy.Resources = &stackResources{}
		task.Deploy.Resources.Limits.Memory = strconv.FormatInt(s.Memory, 10)
	}
	file := stackFile{"3.8", map[string]stackTask{stackService: task}, map[string]stackNet{"default": {"overlay", true}}, map[string]stackVol{"data": {volumeName}}}
	head := fmt.Sprintf("# %s on the hosts of a Docker Swarm, one each: docker stack deploy -c stack.yml --resolve-image never %s\n"+
		"# Hosts take part that have the label: docker node update --label-add %s=true HOST. What the rest is for: docs/swarm.md.\n", many(s.Nodes, "Helenus node"), s.Name, stackLabel)
	if _, err := io.WriteString(w, head); err != nil {
		return err
	}
	out := yaml.NewEncoder(w)
	out.SetIndent(2)
	if err := out.Encode(file); err != nil {
		return err
	}
	return out.Close()
}
