package metadata

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"helenus/internal/schema"
)

// Log keeps records, each call's as one and synced before it returns: package storage.
type Log interface {
	Metas(prefix string) (map[string][]byte, error)
	SetMetas(records map[string][]byte) error
}

// Data is where tables' rows are: package storage.
type Data interface {
	// Retire deletes everything stored under a data id.
	Retire(schema.DataID) error
}

// Options connect a Group.
type Options struct {
	Log  Log
	Data Data
	// Base is the schema of the system keyspaces, which is not stored.
	Base *schema.Schema
}

// Update is told to subscribers after a change.
type Update struct {
	State State
	Event *schema.Event
}

// Group holds the state. It is safe for concurrent use.
type Group struct {
	options Options
	state   atomic.Pointer[State]

	mu          sync.Mutex     // held while a proposal is decided and made durable
	subscribers []func(Update) // guarded by mu
}

// Records in the log.
const (
	recordPrefix = "metadata/"
	recordEpoch  = recordPrefix + "epoch"
	recordSchema = recordPrefix + "schema"
	recordRetire = recordPrefix + "retire/"
)

// Open loads the state, or begins with Base alone. Data of tables that were dropped just before a crash is deleted now.
func Open(o Options) (*Group, error) {
	g := &Group{options: o}
	records, err := o.Log.Metas(recordPrefix)
	if err != nil {
		return nil, err
	}
	state := State{Schema: o.Base}
	if raw := records[recordSchema]; raw != nil {
		if state.Schema, err = schema.Decode(raw, o.Base); err != nil {
			return nil, fmt.Errorf("read the stored schema: %w", err)
		}
	}
	if raw := records[recordEpoch]; len(raw) == 8 {
		state.Epoch = binary.BigEndian.Uint64(raw)
	}
	g.state.Store(&state)
	for name := range records {
		if id, ok := strings.CutPrefix(name, recordRetire); ok {
			if err := g.retire(id); err != nil {
				return nil, err
			}
		}
	}
	return g, nil
}

func (g *Group) retire(id string) error {
	n, err := strconv.ParseUint(id, 10, 32)
	if err != nil {
		return fmt.Errorf("record %s%s: %w", recordRetire, id, err)
	}
	if err := g.options.Data.Retire(schema.DataID(n)); err != nil {
		return err
	}
	return g.options.Log.SetMetas(map[string][]byte{recordRetire + id: nil})
}

// State returns what is true now; Schema is its schema.
func (g *Group) State() State { return *g.state.Load() }

// Schema returns the schema now.
func (g *Group) Schema() *schema.Schema { return g.state.Load().Schema }

// Subscribe calls f after every change, in order, from the goroutine that proposed it. f must not propose.
func (g *Group) Subscribe(f func(Update)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.subscribers = append(g.subscribers, f)
}

// Propose asks decide for a change to the schema now, makes it durable and publishes it. An empty change changes nothing. The error is
// decide's, or the log's; then nothing changed.
func (g *Group) Propose(ctx context.Context, decide func(*schema.Schema) (schema.Outcome, error)) (schema.Outcome, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return schema.Outcome{}, err
	}
	now := g.State()
	o, err := decide(now.Schema)
	if err != nil || o.Change.IsEmpty() {
		return o, err
	}
	next, effects := now.Step(o)
	if err := g.persist(next, effects); err != nil {
		return schema.Outcome{}, fmt.Errorf("keep a schema change: %w", err)
	}
	g.state.Store(&next)
	for _, id := range effects.Retired {
		if err := g.retire(strconv.FormatUint(uint64(id), 10)); err != nil {
			return o, err
		}
	}
	for _, f := range g.subscribers {
		f(Update{next, effects.Event})
	}
	return o, nil
}

func (g *Group) persist(next State, effects Effects) error {
	raw, err := schema.Encode(next.Schema)
	if err != nil {
		return err
	}
	records := map[string][]byte{recordSchema: raw, recordEpoch: binary.BigEndian.AppendUint64(nil, next.Epoch)}
	for _, id := range effects.Retired {
		records[recordRetire+strconv.FormatUint(uint64(id), 10)] = []byte{1}
	}
	return g.options.Log.SetMetas(records)
}
