package up

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"
)

// Logs copies what a node, or all nodes when none is named, have logged, and with follow what they log until the context ends. Lines of
// several nodes begin with the node's name.
func (c *Cluster) Logs(ctx context.Context, node string, follow bool, tail string, out io.Writer) error {
	f, err := c.existing(ctx)
	if err != nil {
		return err
	}
	var nodes []int
	if node != "" {
		n, err := c.node(f, node)
		if err != nil {
			return err
		}
		nodes = []int{n}
	} else {
		nodes = f.nodes()
	}
	shared := &sync.Mutex{}
	errs := make([]error, len(nodes))
	var all sync.WaitGroup
	for i, n := range nodes {
		if f.containers[n] == nil {
			continue
		}
		w := &lineWriter{out: out, shared: shared}
		if len(nodes) > 1 {
			w.prefix = nodeName(c.Name, n) + " | "
		}
		copyAll := func() { errs[i] = c.copyLog(ctx, nodeName(c.Name, n), follow, tail, w) }
		if follow {
			all.Go(copyAll)
		} else {
			copyAll()
		}
	}
	all.Wait()
	return errors.Join(errs...)
}

func (c *Cluster) copyLog(ctx context.Context, name string, follow bool, tail string, w *lineWriter) error {
	r, err := c.API.ContainerLogs(ctx, name, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Follow: follow, Tail: tail})
	if err != nil {
		return fmt.Errorf("read the log of %s: %w", name, err)
	}
	defer r.Close()
	if _, err := stdcopy.StdCopy(w, w, r); err != nil && ctx.Err() == nil {
		return fmt.Errorf("read the log of %s: %w", name, err)
	}
	return w.flush()
}

// lineWriter writes whole lines, each with its prefix, so that lines of several writers do not mix.
type lineWriter struct {
	prefix string
	rest   []byte

	shared *sync.Mutex // orders writes to out
	out    io.Writer
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	end := bytes.LastIndexByte(w.rest, '\n') + 1
	whole := bytes.Clone(w.rest[:end])
	w.rest = w.rest[end:]
	return len(p), w.lines(whole)
}

// flush writes a last line that has no end.
func (w *lineWriter) flush() error {
	if len(w.rest) == 0 {
		return nil
	}
	return w.lines(append(w.rest, '\n'))
}

func (w *lineWriter) lines(whole []byte) error {
	w.shared.Lock()
	defer w.shared.Unlock()
	for line := range bytes.Lines(whole) {
		if _, err := io.WriteString(w.out, w.prefix+string(line)); err != nil {
			return err
		}
	}
	return nil
}
