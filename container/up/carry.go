package up

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	engine "github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"helenus/container/image"
)

// stopWithin is how long a node may take to stop in order.
const stopWithin = 30 * time.Second

// carry does the steps one after another, the image first. Without wait the last one, when it waits, is left out.
func (c *Cluster) carry(ctx context.Context, steps []step, s *Settings, f *found, wait bool) error {
	if slices.ContainsFunc(steps, func(s step) bool { return s.do == createContainer }) {
		if err := c.provide(ctx, s); err != nil {
			return err
		}
	}
	if last := len(steps) - 1; !wait && last >= 0 && steps[last].do == awaitNodes {
		steps = steps[:last]
	}
	for _, step := range steps {
		err := ctx.Err()
		if err != nil {
			return err
		}
		if step.do == awaitNodes {
			err = c.await(ctx, step.nodes, s)
		} else {
			err = c.do(ctx, step, s, f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// do is one step that is no waiting. What is gone already, by a call that was cut short or by somebody else meanwhile, is no error.
func (c *Cluster) do(ctx context.Context, step step, s *Settings, f *found) error {
	if step.do != stopContainer && step.do != decommission {
		// The engine goes on with a call that is cut short, and the next look would come too early to see what came of it.
		ctx = context.WithoutCancel(ctx)
	}
	if step.do == createNetwork {
		if _, err := c.API.NetworkCreate(ctx, c.Name, client.NetworkCreateOptions{Driver: "bridge", Labels: labels(c.Name, 0, s)}); err != nil {
			return fmt.Errorf("create the network %s: %w", c.Name, err)
		}
		c.Progress.Say("network", "created")
		return nil
	}
	n := step.nodes[0]
	name := nodeName(c.Name, n)
	switch step.do {
	case createVolume:
		_, err := c.API.VolumeCreate(ctx, client.VolumeCreateOptions{Name: name, Labels: labels(c.Name, n, s)})
		return explain(err, "create the volume %s", name)
	case createContainer:
		if err := c.create(ctx, n, s); err != nil {
			return err
		}
		c.Progress.Say(name, "created")
		return nil
	case startContainer:
		c.Progress.Say(name, "starting")
		return c.start(ctx, name, f.containers[n])
	case stopContainer:
		c.Progress.Say(name, "stopping")
		return ignoreMissing(explain(c.stop(ctx, name), "stop %s", name))
	case removeContainer:
		_, err := c.API.ContainerRemove(ctx, name, client.ContainerRemoveOptions{RemoveVolumes: true, Force: true}) // only volumes without a name
		if err = ignoreMissing(explain(err, "remove %s", name)); err == nil {
			c.Progress.Say(name, "removed")
		}
		return err
	case removeVolume:
		_, err := c.API.VolumeRemove(ctx, name, client.VolumeRemoveOptions{})
		return ignoreMissing(explain(err, "remove the volume %s", name))
	case decommission:
		c.Progress.Say(name, "leaving")
		return c.leave(ctx, n, s)
	}
	return fmt.Errorf("%s is no step", step)
}

func (c *Cluster) create(ctx context.Context, node int, s *Settings) error {
	spec := nodeContainer(c.Name, node, s)
	d := databases[s.Engine]
	l := labels(c.Name, node, s)
	maps.Copy(l, map[string]string{labelRevision: spec.revision()})
	host := &engine.HostConfig{
		Binds: []string{spec.Data + ":" + spec.DataPath},
		// A node that has left ends with 0 and is not to be started again.
		RestartPolicy: engine.RestartPolicy{Name: engine.RestartPolicyOnFailure},
		Resources:     engine.Resources{Memory: spec.Memory, MemorySwap: spec.Memory},
	}
	if spec.Published != "" {
		at, err := netip.ParseAddrPort(spec.Published)
		if err != nil {
			return err
		}
		host.PortBindings = network.PortMap{cqlPort: {{HostIP: at.Addr(), HostPort: fmt.Sprint(at.Port())}}}
	}
	seconds := int(stopWithin.Seconds())
	_, err := c.API.ContainerCreate(ctx, client.ContainerCreateOptions{
		Name: spec.Name,
		Config: &engine.Config{
			Hostname: spec.Name, Image: spec.Image, Cmd: spec.Command, Env: spec.Environment, Labels: l, StopTimeout: &seconds,
			ExposedPorts: network.PortSet{cqlPort: {}},
			Healthcheck:  &engine.HealthConfig{Test: append([]string{"CMD"}, spec.Health...), Interval: d.check.every, Timeout: d.check.timeout, StartPeriod: d.check.startPeriod, StartInterval: d.check.startEvery, Retries: d.check.retries},
		},
		HostConfig:       host,
		NetworkingConfig: &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{spec.Network: {Aliases: spec.Aliases}}},
	})
	if errdefs.IsConflict(err) {
		return fmt.Errorf("create %s: %w; it is not one of this cluster: take another --name, or remove it", spec.Name, err)
	}
	return explain(err, "create %s", spec.Name)
}

// cqlPort is where a node takes clients in its container.
var cqlPort = network.MustParsePort("9042/tcp")

func (c *Cluster) start(ctx context.Context, name string, was *foundContainer) error {
	if was != nil && was.state == "paused" {
		_, err := c.API.ContainerUnpause(ctx, name, client.ContainerUnpauseOptions{})
		return explain(err, "let %s go on", name)
	}
	_, err := c.API.ContainerStart(ctx, name, client.ContainerStartOptions{})
	if err != nil && (strings.Contains(err.Error(), "port is already allocated") || strings.Contains(err.Error(), "address already in use")) {
		return fmt.Errorf("start %s: %w; --port names another port of this machine, --port 0 none", name, err)
	}
	return explain(err, "start %s", name)
}

func (c *Cluster) stop(ctx context.Context, name string) error {
	seconds := int(stopWithin.Seconds())
	_, err := c.API.ContainerStop(ctx, name, client.ContainerStopOptions{Timeout: &seconds})
	return err
}

// provide makes sure that the engine has the image: Helenus's own is made from the program, others are pulled.
func (c *Cluster) provide(ctx context.Context, s *Settings) error {
	_, err := c.API.ImageInspect(ctx, s.Image)
	switch {
	case err == nil:
		return nil
	case !errdefs.IsNotFound(err):
		return fmt.Errorf("look for the image %s: %w", s.Image, err)
	case s.Engine != Helenus || registry(s.Image):
		return c.pull(ctx, s.Image)
	}
	p, err := c.Program()
	if err != nil {
		return fmt.Errorf("make the image %s: %w", s.Image, err)
	}
	c.Progress.Say("image", "making "+s.Image)
	return image.Load(ctx, c.API, p, []string{s.Image})
}

// registry says whether an image's name begins with a registry's address.
func registry(name string) bool {
	host, _, ok := strings.Cut(name, "/")
	return ok && (strings.ContainsAny(host, ".:") || host == "localhost")
}

func (c *Cluster) pull(ctx context.Context, name string) error {
	c.Progress.Say("image", "pulling "+name)
	messages, err := c.API.ImagePull(ctx, name, client.ImagePullOptions{})
	if err == nil {
		err = messages.Wait(ctx)
	}
	if err != nil {
		return fmt.Errorf("pull %s: %w; where no registry can be reached, bring the image as a file: docker save -o image.tar %[1]s elsewhere, docker load -i image.tar here; or name another by --image", name, err)
	}
	return nil
}

// explain says what was tried.
func explain(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

func ignoreMissing(err error) error {
	if errdefs.IsNotFound(err) {
		return nil
	}
	return err
}
