package up

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"
	"github.com/moby/moby/client"
)

// IsStack says whether the name is that of a service of the Swarm that this engine manages, and of no cluster of its own containers.
func (c *Cluster) IsStack(ctx context.Context) (bool, error) {
	f, err := look(ctx, c.API, c.Name)
	if err != nil || f.settings != nil && len(f.nodes()) > 0 {
		return false, err
	}
	info, err := c.API.Info(ctx, client.InfoOptions{})
	if err != nil || !info.Info.Swarm.ControlAvailable {
		return false, explain(err, "ask Docker whether it manages a Swarm")
	}
	s, err := c.service(ctx)
	return s != nil, err
}

// ScaleStack makes a service of the Swarm that many nodes large. What is to go leaves the ring first: those nodes whose tasks the Swarm would end when the
// number is lowered, so that it only has to put away what has ended. Then their volumes are removed. It refuses to leave fewer nodes than a
// keyspace wants replicas, unless forced.
func (c *Cluster) ScaleStack(ctx context.Context, count int, force bool) error {
	began := time.Now()
	s, err := c.service(ctx)
	if err != nil {
		return err
	}
	was := replicas(s)
	if s.Spec.Mode.Replicated == nil {
		return fmt.Errorf("service %s has a task on each host: docker node update --label-add %s=true HOST adds one, nodetool decommission in it takes one out", serviceName(c.Name), stackLabel)
	}
	if count >= was {
		hosts, err := c.hosts(ctx)
		if err != nil {
			return err
		}
		if err := errors.Join(c.label(ctx, hosts, count), c.setReplicas(ctx, count)); err != nil {
			return err
		}
		if err := c.awaitTasks(ctx, count); err != nil {
			return err
		}
		c.Progress.Done(fmt.Sprintf("%s of %s run after %.1f s; those that are new join by themselves", many(count, "node"), c.Name, time.Since(began).Seconds()))
		return nil
	}
	all, err := c.tasks(ctx)
	if err != nil {
		return err
	}
	going, staying := leavers(all, was-count)
	if len(staying) < count {
		return fmt.Errorf("%d of %d nodes run, and each may have to take data: docker service ps %s tells why others don't", len(staying)+len(going), was, serviceName(c.Name))
	}
	if !force {
		if err := c.enoughIn(ctx, &staying[0], count); err != nil {
			return err
		}
	}
	for i := range going {
		if err := c.leaveTask(ctx, &going[i], force); err != nil {
			return c.unfinished(ctx, fmt.Sprintf("scale %d", count), err)
		}
	}
	if err := c.setReplicas(ctx, count); err != nil {
		return err
	}
	for i := range going {
		if err := c.putAway(ctx, &going[i]); err != nil {
			return err
		}
	}
	c.Progress.Done(fmt.Sprintf("%s of %s left after %.1f s", many(count, "node"), c.Name, time.Since(began).Seconds()))
	return nil
}

// leavers are the tasks that a Swarm ends when a service gets that many fewer replicas: hosts with most of them lose one first, tasks that do not run go before
// those that do, then the highest slots. (swarmkit, manager/orchestrator/replicated/services.go)
func leavers(all []swarm.Task, fewer int) (going, staying []swarm.Task) {
	newest := map[int]swarm.Task{}
	for _, t := range all {
		if had, ok := newest[t.Slot]; !ok || had.CreatedAt.Before(t.CreatedAt) {
			newest[t.Slot] = t
		}
	}
	var slots []swarm.Task
	for _, t := range newest {
		slots = append(slots, t)
	}
	runs := func(t *swarm.Task) int {
		if t.Status.State == swarm.TaskStateRunning {
			return 0
		}
		return 1
	}
	slices.SortFunc(slots, func(a, b swarm.Task) int {
		return cmp.Or(cmp.Compare(runs(&a), runs(&b)), cmp.Compare(a.Slot, b.Slot))
	})
	copies, at := map[string]int{}, map[int]int{}
	for _, t := range slots {
		copies[t.NodeID]++
		at[t.Slot] = copies[t.NodeID]
	}
	slices.SortStableFunc(slots, func(a, b swarm.Task) int { return cmp.Compare(at[a.Slot], at[b.Slot]) })
	keep := max(0, len(slots)-fewer)
	going, staying = slots[keep:], slices.DeleteFunc(slots[:keep:keep], func(t swarm.Task) bool { return runs(&t) > 0 })
	slices.Reverse(going)
	return going, staying
}

// setReplicas changes how many tasks the service has, and nothing else.
func (c *Cluster) setReplicas(ctx context.Context, count int) error {
	s, err := c.service(ctx)
	if err != nil {
		return err
	}
	n := uint64(count)
	spec := s.Spec
	spec.Mode.Replicated = &swarm.ReplicatedService{Replicas: &n}
	_, err = c.API.ServiceUpdate(ctx, s.ID, client.ServiceUpdateOptions{Version: s.Version, Spec: spec})
	return explain(err, "change the number of tasks of %s", serviceName(c.Name))
}

func taskName(t *swarm.Task) string { return fmt.Sprintf("task %d", t.Slot) }

// enoughIn is enough, asked of a task.
func (c *Cluster) enoughIn(ctx context.Context, t *swarm.Task, count int) error {
	out, err := c.onHost(ctx, t.NodeID, "exec", t.Status.ContainerStatus.ContainerID, "cqlsh", "-e", "SELECT JSON keyspace_name, replication FROM system_schema.keyspaces")
	if err != nil {
		return fmt.Errorf("how many replicas the keyspaces want is not known: %w; --force goes on without", err)
	}
	if keyspace, replicas := mostReplicas(out); replicas > count {
		return fmt.Errorf("keyspace %s wants %d replicas, and only %s would be left; ALTER KEYSPACE first, or --force", keyspace, replicas, many(count, "node"))
	}
	return nil
}

// leaveTask has a task's node leave the ring, and returns once the task has ended as one that has left does.
func (c *Cluster) leaveTask(ctx context.Context, t *swarm.Task, force bool) error {
	ended := func() (bool, error) {
		now, err := c.API.TaskInspect(ctx, t.ID, client.TaskInspectOptions{})
		if err != nil {
			return false, explain(err, "look at %s", taskName(t))
		}
		switch now.Task.Status.State {
		case swarm.TaskStateComplete:
			return true, nil
		case swarm.TaskStateFailed, swarm.TaskStateShutdown, swarm.TaskStateRejected, swarm.TaskStateOrphaned, swarm.TaskStateRemove:
			return false, fmt.Errorf("%s has ended before it left: %s; run this again", taskName(t), now.Task.Status.Message)
		}
		return false, nil
	}
	if done, err := ended(); done || err != nil {
		return err
	}
	c.Progress.Say(taskName(t), "leaving")
	command := []string{"exec", t.Status.ContainerStatus.ContainerID, "nodetool", "decommission"}
	if force {
		command = append(command, databases[Helenus].leaveForced...)
	}
	if out, err := c.onHost(ctx, t.NodeID, command...); err != nil {
		if done, _ := ended(); done { // its end may have cut the answer off
			return nil
		}
		return fmt.Errorf("%s does not leave: %w %s", taskName(t), err, strings.TrimSpace(out))
	}
	ctx, cancel := context.WithTimeout(ctx, c.Within)
	defer cancel()
	err := repeat(ctx, ended)
	if err == nil {
		c.Progress.Say(taskName(t), "has left")
	}
	return err
}

// putAway waits until the Swarm has put a task away and removes its volume.
func (c *Cluster) putAway(ctx context.Context, t *swarm.Task) error {
	wait, cancel := context.WithTimeout(ctx, c.Within)
	defer cancel()
	err := repeat(wait, func() (bool, error) {
		_, err := c.API.TaskInspect(wait, t.ID, client.TaskInspectOptions{})
		if errdefs.IsNotFound(err) {
			return true, nil
		}
		return false, err
	})
	if err != nil {
		return fmt.Errorf("the Swarm has kept %s: %w", taskName(t), err)
	}
	volume := serviceName(c.Name)
	if out, err := c.onHost(ctx, t.NodeID, "remove-volume", volume); err != nil {
		return fmt.Errorf("remove the volume %s of a node that has left, on its host: %w %s", volume, err, strings.TrimSpace(out))
	}
	c.Progress.Say(taskName(t), "removed, with its volume")
	if s, err := c.service(ctx); err != nil || s.Spec.TaskTemplate.Placement == nil || s.Spec.TaskTemplate.Placement.MaxReplicas != 1 {
		return err
	}
	return c.setLabel(ctx, t.NodeID, false) // else an update could move another node's task there, away from its volume
}

// OnHostCommand is the command of the image that onHost runs where a task is.
const OnHostCommand = "on-host"

// onHost does something with the engine of a host: by itself when that is the one this program speaks to, else by a job of the Swarm that gets that
// engine's socket, since a manager can't reach into containers of other hosts. It returns what was printed.
func (c *Cluster) onHost(ctx context.Context, host string, command ...string) (string, error) {
	info, err := c.API.Info(ctx, client.InfoOptions{})
	if err != nil {
		return "", err
	}
	if info.Info.Swarm.NodeID == host {
		var out bytes.Buffer
		err := c.Do(ctx, &out, command)
		return out.String(), err
	}
	s, err := c.service(ctx)
	if err != nil {
		return "", err
	}
	once, never := uint64(1), uint64(0)
	const socket = "/var/run/docker.sock"
	made, err := c.API.ServiceCreate(ctx, client.ServiceCreateOptions{Spec: swarm.ServiceSpec{
		Annotations: swarm.Annotations{Name: fmt.Sprintf("%s_%s-%d", c.Name, OnHostCommand, time.Now().UnixNano()), Labels: map[string]string{stackNamespace: c.Name}},
		TaskTemplate: swarm.TaskSpec{
			ContainerSpec: &swarm.ContainerSpec{
				Image: s.Spec.TaskTemplate.ContainerSpec.Image, Args: append([]string{"helenus", OnHostCommand}, command...),
				Mounts:      []mount.Mount{{Type: mount.TypeBind, Source: socket, Target: socket}},
				Healthcheck: noCheck,
			},
			RestartPolicy: &swarm.RestartPolicy{Condition: swarm.RestartPolicyConditionNone, MaxAttempts: &never},
			Placement:     &swarm.Placement{Constraints: []string{"node.id == " + host}},
		},
		Mode: swarm.ServiceMode{ReplicatedJob: &swarm.ReplicatedJob{MaxConcurrent: &once, TotalCompletions: &once}},
	}})
	if err != nil {
		return "", fmt.Errorf("make a job on the task's host: %w", err)
	}
	out, err := c.awaitJob(ctx, made.ID)
	if _, removeErr := c.API.ServiceRemove(context.WithoutCancel(ctx), made.ID, client.ServiceRemoveOptions{}); removeErr != nil {
		err = errors.Join(err, fmt.Errorf("remove the job %s: %w", made.ID, removeErr))
	}
	return out, err
}

// awaitJob returns what a job has printed, once it has ended.
func (c *Cluster) awaitJob(ctx context.Context, id string) (string, error) {
	var failed error
	err := repeat(ctx, func() (bool, error) {
		all, err := c.API.TaskList(ctx, client.TaskListOptions{Filters: client.Filters{}.Add("service", id)})
		if err != nil || len(all.Items) == 0 {
			return false, err
		}
		switch t := all.Items[0]; t.Status.State {
		case swarm.TaskStateComplete:
			return true, nil
		case swarm.TaskStateFailed, swarm.TaskStateRejected, swarm.TaskStateShutdown, swarm.TaskStateOrphaned:
			failed = errors.New(cmp.Or(t.Status.Err, t.Status.Message))
			return true, nil
		}
		return false, nil
	})
	if err != nil {
		return "", err
	}
	logs, err := c.API.ServiceLogs(ctx, id, client.ServiceLogsOptions{ShowStdout: true, ShowStderr: true})
	if err != nil {
		return "", errors.Join(failed, err)
	}
	defer logs.Close()
	var text bytes.Buffer
	if _, err := stdcopy.StdCopy(&text, &text, logs); err != nil {
		return "", errors.Join(failed, err)
	}
	return text.String(), failed
}

// Do does what OnHostCommand is asked for, with this engine: exec CONTAINER COMMAND…, or remove-volume NAME.
func (c *Cluster) Do(ctx context.Context, out *bytes.Buffer, command []string) error {
	switch {
	case len(command) > 2 && command[0] == "exec":
		r, err := c.run(ctx, command[1], command[2:]...)
		out.WriteString(r.out)
		if err == nil && r.status != 0 {
			err = fmt.Errorf("%s: exit status %d", strings.Join(command[2:], " "), r.status)
		}
		return err
	case len(command) == 2 && command[0] == "remove-volume":
		ctx, cancel := context.WithTimeout(ctx, removeWithin)
		defer cancel()
		return repeat(ctx, func() (bool, error) { // its container may still be being removed
			// The Swarm keeps some tasks of the past, whose containers have the volume, too.
			past, err := c.API.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: client.Filters{}.Add("volume", command[1]).Add("status", "exited", "created", "dead")})
			if err != nil {
				return false, err
			}
			for i := range past.Items {
				if _, err := c.API.ContainerRemove(ctx, past.Items[i].ID, client.ContainerRemoveOptions{}); err != nil && !errdefs.IsConflict(err) && !errdefs.IsNotFound(err) {
					return false, err
				}
			}
			_, err = c.API.VolumeRemove(ctx, command[1], client.VolumeRemoveOptions{})
			if errdefs.IsConflict(err) {
				return false, nil
			}
			return true, ignoreMissing(err)
		})
	}
	return fmt.Errorf("%q is nothing to do: exec CONTAINER COMMAND, or remove-volume NAME", command)
}

// removeWithin bounds the wait for a volume that is still in use.
const removeWithin = time.Minute
