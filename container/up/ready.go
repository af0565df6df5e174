package up

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"
)

// askEvery is the pause between two questions to nodes that start.
const askEvery = 100 * time.Millisecond

// await returns when all nodes serve clients and the first sees that many up.
func (c *Cluster) await(ctx context.Context, nodes []int, s *Settings) error {
	d := databases[s.Engine]
	ctx, cancel := context.WithTimeout(ctx, c.Within)
	defer cancel()
	for _, n := range nodes {
		name := nodeName(c.Name, n)
		c.Progress.Say(name, "waiting until it answers")
		err := repeat(ctx, func() (bool, error) { return c.answers(ctx, name, d) })
		if err != nil {
			return c.notReady(ctx, name, err)
		}
		c.Progress.Say(name, "ready")
	}
	if len(nodes) == 0 {
		return nil
	}
	up, first := 0, nodeName(c.Name, nodes[0])
	err := repeat(ctx, func() (bool, error) {
		r, err := c.run(ctx, first, "nodetool", "status")
		up = strings.Count("\n"+r.out, "\nUN ")
		return up >= len(nodes), err
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s sees %d of %d nodes up after %s; docker exec %[1]s nodetool status shows which", first, up, len(nodes), c.Within)
	}
	return err
}

// repeat asks until the answer is yes, an error, or the context's end.
func repeat(ctx context.Context, ask func() (bool, error)) error {
	for {
		if yes, err := ask(); yes || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(askEvery):
		}
	}
}

// errEnded is the cause when a container that is waited for does not run.
var errEnded = errors.New("it has ended")

// answers asks a node whether it serves clients.
func (c *Cluster) answers(ctx context.Context, name string, d database) (bool, error) {
	now, err := lookAt(ctx, c.API, name)
	if err != nil {
		return false, err
	}
	if now.state != "running" && now.state != "restarting" {
		return false, errEnded
	}
	r, err := c.run(ctx, name, d.ready...)
	if err != nil && ctx.Err() == nil {
		return false, nil // it may just have ended, which the next look tells
	}
	return err == nil && r.status == 0, err
}

// notReady explains a node that does not come up, with the end of what it said.
func (c *Cluster) notReady(ctx context.Context, name string, err error) error {
	// The wait is over, maybe by its bound; the explanation has time of its own.
	short, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	now, lookErr := lookAt(short, c.API, name)
	if lookErr != nil {
		return errors.Join(err, lookErr)
	}
	why := fmt.Sprintf("%s does not answer after %s; if it still takes its data, helenus up waits on", name, c.Within)
	switch {
	case now.outOfMemory:
		why = fmt.Sprintf("%s was killed for want of memory; give it more by --memory", name)
	case errors.Is(err, errEnded):
		why = fmt.Sprintf("%s has ended with status %d", name, now.exitCode)
	case !errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("wait for %s: %w", name, err)
	}
	return fmt.Errorf("%s; the end of its log:\n%s", why, c.tail(short, name))
}

// tailLines is how much of a log explains an end.
const tailLines = "15"

func (c *Cluster) tail(ctx context.Context, name string) string {
	r, err := c.API.ContainerLogs(ctx, name, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Tail: tailLines})
	if err != nil {
		return err.Error()
	}
	defer r.Close()
	var text bytes.Buffer
	if _, err := stdcopy.StdCopy(&text, &text, r); err != nil {
		return err.Error()
	}
	return strings.TrimRight(text.String(), "\n")
}

// result is what a command in a container printed and how it ended.
type result struct {
	out    string // both of its outputs
	status int
}

// run runs a command in a container, as root.
func (c *Cluster) run(ctx context.Context, name string, command ...string) (result, error) {
	e, err := c.API.ExecCreate(ctx, name, client.ExecCreateOptions{Cmd: command, AttachStdout: true, AttachStderr: true})
	if err != nil {
		return result{}, fmt.Errorf("run %s in %s: %w", command[0], name, err)
	}
	stream, err := c.API.ExecAttach(ctx, e.ID, client.ExecAttachOptions{})
	if err != nil {
		return result{}, fmt.Errorf("run %s in %s: %w", command[0], name, err)
	}
	defer stream.Close()
	stop := context.AfterFunc(ctx, stream.Close) // the stream knows of no context
	defer stop()
	var text bytes.Buffer
	_, copyErr := stdcopy.StdCopy(&text, &text, stream.Reader)
	ended, err := c.API.ExecInspect(ctx, e.ID, client.ExecInspectOptions{})
	if err := errors.Join(copyErr, err); err != nil {
		return result{}, fmt.Errorf("run %s in %s: %w", command[0], name, err)
	}
	return result{text.String(), ended.ExitCode}, nil
}

// lastLine is what a failed command usually says why in.
func (r result) lastLine() string {
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
