package up

import (
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"helenus/container/image"
)

// composeFile is what is used of the Compose specification.
type composeFile struct {
	Services yaml.Node               `yaml:"services"` // in the order of the nodes
	Networks map[string]composeThing `yaml:"networks"`
	Volumes  map[string]composeThing `yaml:"volumes,omitempty"`
}

type composeThing struct {
	Name   string            `yaml:"name"`
	Labels map[string]string `yaml:"labels"`
}

type composeService struct {
	Image           string                      `yaml:"image"`
	ContainerName   string                      `yaml:"container_name"`
	Hostname        string                      `yaml:"hostname"`
	Command         []string                    `yaml:"command,omitempty"`
	Environment     []string                    `yaml:"environment,omitempty"`
	MemLimit        string                      `yaml:"mem_limit,omitempty"`
	MemswapLimit    string                      `yaml:"memswap_limit,omitempty"`
	Ports           []string                    `yaml:"ports,omitempty"`
	Volumes         []string                    `yaml:"volumes"`
	Networks        map[string]composeNetwork   `yaml:"networks"`
	DependsOn       map[string]composeCondition `yaml:"depends_on,omitempty"`
	Healthcheck     composeHealth               `yaml:"healthcheck"`
	Restart         string                      `yaml:"restart"`
	StopGracePeriod string                      `yaml:"stop_grace_period"`
	Labels          map[string]string           `yaml:"labels"`
}

type composeNetwork struct {
	Aliases []string `yaml:"aliases"`
}

type composeCondition struct {
	Condition string `yaml:"condition"`
}

type composeHealth struct {
	Test        []string `yaml:"test,flow"`
	Interval    string   `yaml:"interval"`
	Timeout     string   `yaml:"timeout"`
	StartPeriod string   `yaml:"start_period"`
	Retries     int      `yaml:"retries"`
}

// Compose writes the file with which docker compose up makes the cluster that Up would make where there is nothing. The other commands know
// that cluster by the same labels. No engine is asked.
func Compose(w io.Writer, o Options, program func() (*image.Program, error)) error {
	c := Cluster{Name: o.Name, Program: program}
	s, err := c.decide(&o, &found{})
	if err != nil {
		return err
	}
	file := composeFile{Networks: map[string]composeThing{o.Name: {o.Name, labels(o.Name, 0, &s)}}, Volumes: map[string]composeThing{}}
	file.Services.Kind = yaml.MappingNode
	for n := 1; n <= o.Nodes; n++ {
		name := nodeName(o.Name, n)
		var value yaml.Node
		if err := value.Encode(serviceOf(o.Name, n, &s)); err != nil {
			return err
		}
		file.Services.Content = append(file.Services.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, &value)
		if s.Data == Volumes {
			file.Volumes[name] = composeThing{name, labels(o.Name, n, &s)}
		}
	}
	if _, err := fmt.Fprintf(w, "# %s of %s, as helenus up makes them; docker compose up -d starts them.\n", many(o.Nodes, "node"), s.Engine); err != nil {
		return err
	}
	if s.Engine == Helenus && !registry(s.Image) {
		if _, err := fmt.Fprintf(w, "# The image comes first, from the program: helenus image build -t %s\n", s.Image); err != nil {
			return err
		}
	}
	out := yaml.NewEncoder(w)
	out.SetIndent(2)
	if err := out.Encode(file); err != nil {
		return err
	}
	return out.Close()
}

func serviceOf(cluster string, node int, s *Settings) composeService {
	spec, d := nodeContainer(cluster, node, s), databases[s.Engine]
	l := labels(cluster, node, s)
	maps.Copy(l, map[string]string{labelRevision: spec.revision()})
	service := composeService{
		Image: spec.Image, ContainerName: spec.Name, Hostname: spec.Name, Command: spec.Command, Environment: spec.Environment,
		Volumes:  []string{spec.Data + ":" + spec.DataPath},
		Networks: map[string]composeNetwork{spec.Network: {spec.Aliases}},
		Healthcheck: composeHealth{
			Test: append([]string{"CMD"}, spec.Health...), Interval: seconds(d.check.every), Timeout: seconds(d.check.timeout),
			StartPeriod: seconds(d.check.startPeriod), Retries: d.check.retries,
		},
		Restart: "on-failure", StopGracePeriod: seconds(stopWithin), Labels: l,
	}
	if spec.Memory > 0 {
		service.MemLimit = strconv.FormatInt(spec.Memory, 10) + "b"
		service.MemswapLimit = service.MemLimit
	}
	if spec.Published != "" {
		service.Ports = []string{spec.Published + ":" + strings.TrimSuffix(cqlPort.String(), "/tcp")}
	}
	if node > 1 && !d.together {
		service.DependsOn = map[string]composeCondition{nodeName(cluster, node-1): {"service_healthy"}}
	}
	return service
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) + "s" }
