package up

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	engine "github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
	"github.com/moby/moby/client"

	"helenus/container/image"
)

// Labels by which docker stack knows what belongs to a stack.
const (
	stackNamespace = "com.docker.stack.namespace"
	stackImage     = "com.docker.stack.image"
)

// serviceName is how the Swarm calls a stack's service, networkName its network.
func serviceName(stack string) string { return stack + "_" + stackService }
func networkName(stack string) string { return stack + "_default" }

// spec is the service that docker stack deploy makes of the file that PrintStack writes.
func (s *Stack) spec() swarm.ServiceSpec {
	own := map[string]string{stackNamespace: s.Name}
	var environment []string
	for _, p := range s.environment() {
		environment = append(environment, p.name+"="+p.value)
	}
	slices.Sort(environment)
	grace, delay, replicas := stackGrace, restartDelay, uint64(s.Nodes)
	spec := swarm.ServiceSpec{
		Annotations: swarm.Annotations{Name: serviceName(s.Name), Labels: map[string]string{stackNamespace: s.Name, stackImage: s.Image}},
		TaskTemplate: swarm.TaskSpec{
			ContainerSpec: &swarm.ContainerSpec{
				Image: s.Image, Labels: own, Hostname: slotName, Env: environment, Privileges: &swarm.Privileges{}, StopGracePeriod: &grace,
				Mounts: []mount.Mount{{
					Type: mount.TypeVolume, Source: volumeName, Target: databases[Helenus].dataPath, VolumeOptions: &mount.VolumeOptions{Labels: own},
				}},
				Healthcheck: &engine.HealthConfig{Test: checkTest, Interval: checkEvery, Timeout: checkTimeout, StartPeriod: stackStartPeriod, Retries: checkRetries},
			},
			Resources:     &swarm.ResourceRequirements{},
			RestartPolicy: &swarm.RestartPolicy{Condition: swarm.RestartPolicyConditionOnFailure, Delay: &delay},
			Placement: &swarm.Placement{
				Constraints: []string{"node.labels." + stackLabel + " == true"}, MaxReplicas: 1,
				Preferences: []swarm.PlacementPreference{{Spread: &swarm.SpreadOver{SpreadDescriptor: "node.labels." + rackLabel}}},
			},
			Networks: []swarm.NetworkAttachmentConfig{{Target: networkName(s.Name), Aliases: []string{stackService}}},
		},
		Mode: swarm.ServiceMode{Replicated: &swarm.ReplicatedService{Replicas: &replicas}},
		UpdateConfig: &swarm.UpdateConfig{
			Parallelism: 1, Delay: updateDelay, Monitor: updateMonitor, FailureAction: swarm.UpdateFailureActionPause, Order: swarm.UpdateOrderStopFirst,
		},
		EndpointSpec: &swarm.EndpointSpec{Mode: swarm.ResolutionModeDNSRR},
	}
	if s.Memory > 0 {
		spec.TaskTemplate.Resources.Limits = &swarm.Limit{MemoryBytes: s.Memory}
	}
	if s.Port > 0 {
		spec.EndpointSpec.Ports = []swarm.PortConfig{{Protocol: network.TCP, TargetPort: 9042, PublishedPort: uint32(s.Port), PublishMode: swarm.PortConfigPublishModeHost}}
	}
	return spec
}

// UpStack brings a service of the Swarm to what is asked for, as docker stack deploy does. The number of nodes that form the cluster stays what it
// was at first. With wait it returns when all tasks run.
func (c *Cluster) UpStack(ctx context.Context, s Stack, wait bool) error {
	began := time.Now()
	hosts, err := c.hosts(ctx)
	if err != nil {
		return err
	}
	had, err := c.service(ctx)
	if err != nil {
		return err
	}
	count := s.Nodes
	if had != nil {
		was := replicas(had)
		switch {
		case count == 0:
			count = was
		case count < was:
			return fmt.Errorf("service %s has %d nodes; helenus scale %d --name %s takes nodes out and moves their data first", serviceName(c.Name), was, count, c.Name)
		}
	} else if count == 0 {
		count = DefaultNodes
	}
	if err := c.label(ctx, hosts, count); err != nil {
		return err
	}
	if err := c.provideStack(ctx, &s, len(hosts)); err != nil {
		return err
	}
	if err := c.overlay(ctx); err != nil {
		return err
	}
	s.Nodes = count
	spec := s.spec()
	if had == nil {
		if _, err := c.API.ServiceCreate(ctx, client.ServiceCreateOptions{Spec: spec}); err != nil {
			return fmt.Errorf("make the service %s: %w", serviceName(c.Name), err)
		}
		c.Progress.Say("service", serviceName(c.Name)+" made")
	} else {
		keepInitial(&spec, had)
		if _, err := c.API.ServiceUpdate(ctx, had.ID, client.ServiceUpdateOptions{Version: had.Version, Spec: spec}); err != nil {
			return fmt.Errorf("change the service %s: %w", serviceName(c.Name), err)
		}
		c.Progress.Say("service", serviceName(c.Name)+" brought to what is asked for")
	}
	state := "asked for"
	if wait {
		if err := c.awaitTasks(ctx, count); err != nil {
			return err
		}
		state = "up"
	}
	where := ""
	if s.Port > 0 {
		where = fmt.Sprintf("; CQL on port %d of their hosts", s.Port)
	}
	c.Progress.Done(fmt.Sprintf("%s of %s %s in %.1f s%s", many(count, "node"), c.Name, state, time.Since(began).Seconds(), where))
	return nil
}

// keepInitial leaves the number of nodes that form the cluster as it was: it means something to empty nodes only, and changing it restarts all.
func keepInitial(spec *swarm.ServiceSpec, had *swarm.Service) {
	const name = "HELENUS_INITIAL_NODES="
	env := spec.TaskTemplate.ContainerSpec.Env
	for _, was := range had.Spec.TaskTemplate.ContainerSpec.Env {
		if strings.HasPrefix(was, name) {
			env[slices.IndexFunc(env, func(e string) bool { return strings.HasPrefix(e, name) })] = was
		}
	}
}

func replicas(s *swarm.Service) int {
	if r := s.Spec.Mode.Replicated; r != nil && r.Replicas != nil {
		return int(*r.Replicas)
	}
	return 0
}

// hosts are those of the Swarm, which this engine has to manage.
func (c *Cluster) hosts(ctx context.Context) ([]swarm.Node, error) {
	all, err := c.API.NodeList(ctx, client.NodeListOptions{})
	if err != nil {
		return nil, fmt.Errorf("this engine manages no Swarm: %w; docker swarm init makes one, on another manager's engine run this there", err)
	}
	return all.Items, nil
}

// label has that many hosts take part: those that have the label, and as many more as are needed of those that have none, by name. More than are needed
// would have an update move tasks away from their volumes.
func (c *Cluster) label(ctx context.Context, hosts []swarm.Node, count int) error {
	labelled := 0
	var free []*swarm.Node
	for i := range hosts {
		switch value, ok := hosts[i].Spec.Labels[stackLabel]; {
		case value == "true":
			labelled++
		case !ok && hosts[i].Spec.Availability == swarm.NodeAvailabilityActive:
			free = append(free, &hosts[i])
		}
	}
	slices.SortFunc(free, func(a, b *swarm.Node) int { return strings.Compare(a.Description.Hostname, b.Description.Hostname) })
	if labelled+len(free) < count {
		return fmt.Errorf("%s are asked for, one on each host, and the Swarm has %d that may take part (label %s=true, or none): docker swarm join-token worker tells how to add hosts", many(count, "node"), labelled+len(free), stackLabel)
	}
	for _, h := range free[:max(0, count-labelled)] {
		if err := c.setLabel(ctx, h.ID, true); err != nil {
			return err
		}
		c.Progress.Say("host", h.Description.Hostname+" takes part: it has the label "+stackLabel+"=true now")
	}
	return nil
}

// setLabel has a host take part, or not any more.
func (c *Cluster) setLabel(ctx context.Context, host string, takesPart bool) error {
	found, err := c.API.NodeInspect(ctx, host, client.NodeInspectOptions{})
	if err != nil {
		return fmt.Errorf("look at the host %s: %w", host, err)
	}
	spec := found.Node.Spec
	if spec.Labels == nil {
		spec.Labels = map[string]string{}
	}
	if takesPart {
		spec.Labels[stackLabel] = "true"
	} else {
		delete(spec.Labels, stackLabel)
	}
	_, err = c.API.NodeUpdate(ctx, host, client.NodeUpdateOptions{Version: found.Node.Version, Spec: spec})
	return explain(err, "label the host %s", found.Node.Description.Hostname)
}

// provideStack makes the image on this engine when it lacks it; the other hosts get theirs from a registry, or as a file.
func (c *Cluster) provideStack(ctx context.Context, s *Stack, hosts int) error {
	if registry(s.Image) {
		return nil
	}
	_, err := c.API.ImageInspect(ctx, s.Image)
	if err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("look for the image %s: %w", s.Image, err)
	}
	if err != nil {
		p, err := c.Program()
		if err != nil {
			return fmt.Errorf("make the image %s: %w", s.Image, err)
		}
		c.Progress.Say("image", "making "+s.Image)
		if err := image.Load(ctx, c.API, p, []string{s.Image}); err != nil {
			return err
		}
	}
	if hosts > 1 {
		c.Progress.Say("image", fmt.Sprintf("every host needs %s: docker save %[1]s | ssh HOST docker load, or --image of a registry that all can reach", s.Image))
	}
	return nil
}

// overlay makes the stack's network.
func (c *Cluster) overlay(ctx context.Context) error {
	_, err := c.API.NetworkInspect(ctx, networkName(c.Name), client.NetworkInspectOptions{})
	if !errdefs.IsNotFound(err) {
		return explain(err, "look for the network %s", networkName(c.Name))
	}
	_, err = c.API.NetworkCreate(ctx, networkName(c.Name), client.NetworkCreateOptions{Driver: "overlay", Attachable: true, Labels: map[string]string{stackNamespace: c.Name}})
	return explain(err, "create the network %s", networkName(c.Name))
}

// service is the stack's, or nil.
func (c *Cluster) service(ctx context.Context) (*swarm.Service, error) {
	found, err := c.API.ServiceInspect(ctx, serviceName(c.Name), client.ServiceInspectOptions{})
	switch {
	case errdefs.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look for the service %s: %w", serviceName(c.Name), err)
	}
	return &found.Service, nil
}

// tasks are those of the stack's service that are meant to run, or have ended in order.
func (c *Cluster) tasks(ctx context.Context) ([]swarm.Task, error) {
	all, err := c.API.TaskList(ctx, client.TaskListOptions{Filters: client.Filters{}.Add("service", serviceName(c.Name))})
	if err != nil {
		return nil, fmt.Errorf("list the tasks of %s: %w", serviceName(c.Name), err)
	}
	return all.Items, nil
}

// awaitTasks returns when that many tasks run, which is when other nodes can reach them.
func (c *Cluster) awaitTasks(ctx context.Context, count int) error {
	ctx, cancel := context.WithTimeout(ctx, c.Within)
	defer cancel()
	running, last := 0, ""
	err := repeat(ctx, func() (bool, error) {
		all, err := c.tasks(ctx)
		if err != nil {
			return false, err
		}
		now := 0
		for i := range all {
			if all[i].Status.State == swarm.TaskStateRunning && all[i].DesiredState == swarm.TaskStateRunning {
				now++
			} else if why := all[i].Status.Err; why != "" {
				last = why
			}
		}
		if now != running {
			running = now
			c.Progress.Say("tasks", fmt.Sprintf("%d of %d run", running, count))
		}
		return running >= count, nil
	})
	if errors.Is(err, context.DeadlineExceeded) {
		if last != "" {
			last = "; the last of them said: " + last
		}
		return fmt.Errorf("%d of %d tasks of %s run after %s%s; docker service ps %[3]s tells more", running, count, serviceName(c.Name), c.Within, last)
	}
	return err
}

// noCheck has a container be taken for well.
var noCheck = &engine.HealthConfig{Test: []string{"NONE"}}
