package up

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"helenus/container/image"
)

// Up brings a cluster to what is asked for, whatever there is of it, and says where clients find it. With wait it returns when all nodes
// answer and see each other; without, once they are started, newcomers excepted: these join one after another.
func (c *Cluster) Up(ctx context.Context, o Options, wait bool) error {
	began := time.Now()
	f, err := look(ctx, c.API, c.Name)
	if err != nil {
		return err
	}
	s, err := c.decide(&o, f)
	if err != nil {
		return err
	}
	steps, err := planUp(c.Name, o.Nodes, &s, f)
	if err != nil {
		return err
	}
	if err := c.carry(ctx, steps, &s, f, wait); err != nil {
		return c.unfinished(ctx, "up", err)
	}
	if wait && len(steps) == 0 {
		if err := c.await(ctx, f.present(), &s); err != nil {
			return c.unfinished(ctx, "up", err)
		}
	}
	state := "started"
	if wait {
		state = "up"
	}
	c.Progress.Done(fmt.Sprintf("%s of %s %s in %.1f s%s", many(o.Nodes, "node"), c.Name, state, time.Since(began).Seconds(), where(&s)))
	return nil
}

// where says how to reach the cluster.
func where(s *Settings) string {
	if len(s.Ports) == 0 {
		return ""
	}
	return "; CQL on " + strings.Join(s.Ports, ", ")
}

// decide completes options and settings.
func (c *Cluster) decide(o *Options, f *found) (Settings, error) {
	if o.Nodes == 0 {
		if o.Nodes = f.count(); o.Nodes == 0 {
			o.Nodes = DefaultNodes
		}
	}
	s, err := o.settle(f.settings)
	if err == nil && s.Image == "" {
		s.Image, err = c.ownImage()
	}
	return s, err
}

// ownImage is the name of the image that holds this program: another program is another image.
func (c *Cluster) ownImage() (string, error) {
	p, err := c.Program()
	if err != nil {
		return "", err
	}
	return OwnImage(p), nil
}

// OwnImage is the name under which up keeps the image of a program.
func OwnImage(p *image.Program) string { return "helenus:" + p.Digest() }

// unfinished says what to do about a cluster that a command has left half way.
func (c *Cluster) unfinished(ctx context.Context, command string, err error) error {
	if ctx.Err() == nil {
		return err
	}
	text := fmt.Sprintf("interrupted; helenus %s --name %s goes on", command, c.Name)
	if command == "up" {
		text += fmt.Sprintf(", helenus down --name %s removes what is there", c.Name)
	}
	return errors.New(text)
}

// many counts things.
func many(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
