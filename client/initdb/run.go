package initdb

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"helenus/client"
	"helenus/client/shell"
)

// Options say what a cluster begins with. Each of Keyspace, CQL and Dir may be empty.
type Options struct {
	Keyspace string
	// Replication is a map as in CREATE KEYSPACE, or a number of replicas.
	Replication string
	CQL         string
	Dir         string
	// User and Password log in at the node; empty: nobody does there.
	User, Password string
	// Out takes what scripts print.
	Out    io.Writer
	Logger *slog.Logger

	env []string // that scripts get, once one has exported something
}

// statementWithin bounds one statement: a schema change waits for every node of the cluster.
const statementWithin = time.Minute

// part is carried out as a whole.
type part struct {
	name string // is recorded
	run  func(ctx context.Context) error
}

// IsEmpty says whether there is nothing to carry out.
func (o *Options) IsEmpty() (bool, error) {
	all, err := o.parts("")
	return len(all) == 0, err
}

// Run carries out, on the node at address, the parts that are not among done, and tells finished of each.
func (o *Options) Run(ctx context.Context, address string, done []string, finished func(part string) error) error {
	all, err := o.parts(address)
	if err != nil {
		return err
	}
	for i := range all {
		p := &all[i]
		if slices.Contains(done, p.name) {
			continue
		}
		o.Logger.Info("a new cluster begins with: " + p.name)
		if err := p.run(ctx); err != nil {
			return err
		}
		if err := finished(p.name); err != nil {
			return fmt.Errorf("record that %s is done: %w", p.name, err)
		}
	}
	return nil
}

func (o *Options) parts(address string) (all []part, err error) {
	if o.Keyspace != "" {
		text := fmt.Sprintf("CREATE KEYSPACE IF NOT EXISTS %s WITH replication = %s;", o.Keyspace, replicationMap(o.Replication))
		all = append(all, part{"keyspace " + o.Keyspace, func(ctx context.Context) error {
			return o.script(ctx, address, "", "CREATE KEYSPACE", strings.NewReader(text))
		}})
	}
	if o.CQL != "" {
		all = append(all, part{"statements", func(ctx context.Context) error {
			return o.script(ctx, address, o.current(), "initial statements", strings.NewReader(strings.TrimRight(o.CQL, "; \n")+";\n"))
		}})
	}
	files, err := o.files()
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		all = append(all, part{f.name, func(ctx context.Context) error { return f.run(ctx, o, address) }})
	}
	return all, nil
}

// current is the keyspace that scripts begin in, as it is called: a name without quotes is folded.
func (o *Options) current() string {
	if name, ok := strings.CutPrefix(o.Keyspace, `"`); ok {
		return strings.TrimSuffix(name, `"`)
	}
	return strings.ToLower(o.Keyspace)
}

// replicationMap is the map of a number of replicas, or the text as it is.
func replicationMap(text string) string {
	if strings.HasPrefix(text, "{") {
		return text
	}
	return "{'class': 'SimpleStrategy', 'replication_factor': " + text + "}"
}

// script runs statements up to the first that fails; the error has its line.
func (o *Options) script(ctx context.Context, address, keyspace, name string, in io.Reader) error {
	var failure bytes.Buffer
	s, err := shell.Open(ctx, shell.Options{
		Connect: client.Options{Addr: address, Username: o.User, Password: o.Password}, Keyspace: keyspace, RequestTimeout: statementWithin, StopAtFailure: true, Out: o.Out, Err: &failure,
	})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer s.Close()
	failures, err := s.RunScript(ctx, name, in)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if failures > 0 {
		return fmt.Errorf("%s", strings.TrimSpace(failure.String()))
	}
	return nil
}
