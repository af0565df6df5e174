package topology

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
	"helenus/internal/key"
	"helenus/internal/planted"
	"helenus/internal/replica"
	"helenus/internal/ring"
	"helenus/internal/row"
	"helenus/internal/rpc"
)

const (
	// fetchBytes bounds one answer; the next is asked for once it is stored.
	fetchBytes  = 1 << 20
	fetchWithin = 30 * time.Second
	// fetchAgain is how long a fetch that failed rests.
	fetchAgain = time.Second
)

// A range that was fetched is recorded under fetched/<operation>/<data id>/<first token>, so that a restart goes on behind it.
const fetchedPrefix = "topology/fetched/"

func (p *piece) record(operation uuid.UUID) string {
	return fetchedPrefix + operation.String() + "/" + strconv.FormatUint(uint64(p.table.DataID), 10) + "/" + strconv.FormatInt(int64(p.tokens.First), 10)
}

// fetchAll fetches everything that an operation gives this node, and reports it.
func (m *Manager) fetchAll(ctx context.Context, o *metadata.Operation) error {
	state := m.options.Group.State()
	done, err := m.options.Store.Metas(fetchedPrefix)
	if err != nil {
		return err
	}
	todo := pieces(movesOf(state), m.self)
	m.options.Logger.Info("fetching the ranges that this node takes over", "operation", o.Kind, "ranges", len(todo))
	m.progress.sources(sourcesOf(state, todo))
	for i := range todo {
		p := &todo[i]
		m.progress.set(o.ID, i, len(todo), m.options.Runtime.Now())
		if done[p.record(o.ID)] != nil {
			continue
		}
		if planted.Is(planted.EarlyRecord) {
			if err := m.options.Store.SetMetas(map[string][]byte{p.record(o.ID): {1}}); err != nil {
				return err
			}
		}
		if err := m.fetchPiece(ctx, o, p); err != nil {
			return fmt.Errorf("fetch table %s.%s, tokens %d to %d: %w", p.table.Keyspace, p.table.Name, p.tokens.First, p.tokens.Last, err)
		}
		if err := m.options.Store.SetMetas(map[string][]byte{p.record(o.ID): {1}}); err != nil {
			return err
		}
	}
	m.progress.set(o.ID, len(todo), len(todo), m.options.Runtime.Now())
	_, err = m.options.Group.Change(ctx, func(s *metadata.State) (*metadata.Delta, error) {
		if s.Operation == nil || s.Operation.ID != o.ID || s.Operation.HasDone(m.options.Self) {
			return nil, nil
		}
		next := *s.Operation
		next.Done = append(append([]uuid.UUID(nil), next.Done...), m.options.Self)
		return &metadata.Delta{Operation: &next}, nil
	})
	if err != nil {
		return err
	}
	m.options.Logger.Info("all ranges are here", "operation", o.Kind, "bytes", m.progress.bytes.Load())
	return nil
}

// sourcesOf returns the addresses of who has what is to be fetched.
func sourcesOf(s *metadata.State, todo []piece) (all []string) {
	for i := range todo {
		for _, n := range todo[i].from {
			if m := s.Member(uuid.UUID(n.ID)); m != nil && !slices.Contains(all, m.Address) {
				all = append(all, m.Address)
			}
		}
	}
	return all
}

// fetchPiece fetches a range from all of its old replicas that answer: from a majority of them at least, since any one alone may lack
// what was acknowledged. What the operator was told is lost may be missing.
func (m *Manager) fetchPiece(ctx context.Context, o *metadata.Operation, p *piece) error {
	got, others := 0, 0
	var last error
	for _, n := range p.from {
		host := uuid.UUID(n.ID)
		if host == o.Replaced || o.Kind == metadata.Remove && host == o.Host {
			others++
			continue
		}
		if err := m.fetchFrom(ctx, n, p); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			last = err
			continue
		}
		got++
		if planted.Is(planted.OneSource) {
			return nil
		}
	}
	if need := len(p.from)/2 + 1; got < need && !(o.AcceptLoss && got+others == len(p.from)) {
		if last == nil {
			last = errors.New("too few replicas are left")
		}
		return fmt.Errorf("%d of %d replicas answered, %d are needed: %w", got, len(p.from), need, last)
	}
	return nil
}

// fetchFrom fetches a range from one replica.
func (m *Manager) fetchFrom(ctx context.Context, n *ring.Node, p *piece) error {
	table := p.table
	request := replica.ReadRequest{
		Command: row.Command{Tokens: p.tokens}, Table: table.DataID, Rows: replica.EveryRow, Bytes: fetchBytes, Fence: true,
	}
	for {
		state := m.options.Group.State()
		member := state.Member(uuid.UUID(n.ID))
		if member == nil {
			return fmt.Errorf("host %s left", uuid.UUID(n.ID))
		}
		if state.Schema.TableByDataID(table.DataID) == nil {
			return nil // dropped or emptied meanwhile
		}
		request.Plan = replica.Plan{Epoch: state.Epoch, Topology: state.Topology}
		request.Now = m.options.Runtime.Now().Unix() // what all replicas may purge, and some have, need not come
		request.GCBefore = request.Now - int64(table.Options.GCGraceSeconds)
		reply, err := m.options.Ask(ctx, rpc.Peer{Host: member.Host, Address: member.Address}, rpc.Bulk, rpc.Read, request.Append(nil), fetchWithin)
		if err != nil {
			return err
		}
		body, err := replica.Answer(reply)
		var stale *replica.StaleError
		if errors.As(err, &stale) {
			if err := metadata.Await(ctx, m.options.Runtime, m.options.Group.WhenEpoch, stale.Epoch, fetchWithin); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		page, err := replica.DecodePage(body)
		if err != nil {
			return err
		}
		mutations, err := page.Mutations(table)
		if err != nil {
			return err
		}
		for i := range mutations {
			if planted.Is(planted.LostDeletions) {
				mutations[i].Header = nil
			}
		}
		if len(mutations) > 0 {
			commit, err := m.options.Local.Take(mutations)
			if err != nil {
				return err
			}
			if err := commit.Wait(); err != nil {
				return err
			}
		}
		m.progress.bytes.Add(int64(len(body)))
		if !page.More {
			return m.fetchRegisters(ctx, member, p)
		}
		resume := page.Last
		request.Command.Resume, request.Fence = &resume, false
		request.Command.Tokens = key.TokenRange{First: resume.Partition.Token, Last: p.tokens.Last}
	}
}

// fetchRegisters fetches what a replica remembers of lightweight transactions on a range: a promise or an acceptance that the new replicas
// did not know could be broken by them.
func (m *Manager) fetchRegisters(ctx context.Context, from *metadata.Member, p *piece) error {
	if planted.Is(planted.NoRegisters) {
		return nil
	}
	last := ""
	for {
		state := m.options.Group.State()
		plan := replica.Plan{Epoch: state.Epoch, Topology: state.Topology}
		request := append(replica.AppendRegisters(nil, plan, p.table.DataID, p.tokens), last...)
		reply, err := m.options.Ask(ctx, rpc.Peer{Host: from.Host, Address: from.Address}, rpc.Bulk, rpc.Registers, request, fetchWithin)
		if err != nil {
			return err
		}
		body, err := replica.Answer(reply)
		if err != nil {
			return err
		}
		more := false
		if last, more, err = m.options.Local.TakeRegisters(body); err != nil || !more {
			return err
		}
	}
}
