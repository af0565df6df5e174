package metadata

import (
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	pb "go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// Rescue begins the group anew without members that are gone for good, when too few voters are left for it to go on: this member, with what it
// holds, is the only voter. The lost ones are fenced: nobody speaks to them any more, so that they can't go on as the old group. Changes that
// only they had are lost. The caller has made sure that they are dead and that no survivor holds more than this member.
func (g *Group) Rescue(lost []uuid.UUID) error {
	g.mu.Lock()
	if g.node == nil || g.failed != nil {
		g.mu.Unlock()
		return errNoGroup
	}
	voters := g.applied.conf.GetVoters()
	left := 0
	for _, v := range voters {
		if m := g.State().Numbered(v); m != nil && !slices.Contains(lost, m.Host) {
			left++
		}
	}
	if left > len(voters)/2 {
		g.mu.Unlock()
		return errors.New("a majority of the voters is left: nothing has to be rescued; use removenode or --replace")
	}
	ticker := g.ticker
	g.ticker = nil
	err := g.anew(lost)
	g.mu.Unlock()
	if ticker != nil {
		ticker.Stop()
	}
	if err != nil {
		return err
	}
	records, err := g.options.Log.Metas(recordPrefix)
	if err != nil {
		return err
	}
	return g.start(records)
}

// anew writes the new group's records; g.mu is held. From then on until start the group does nothing.
func (g *Group) anew(lost []uuid.UUID) error {
	before := g.State()
	next := *before
	next.Epoch++
	next.Topology = next.Epoch
	next.Fenced = append(slices.Clone(before.Fenced), lost...)
	raw, err := encodeState(&next)
	if err != nil {
		return err
	}
	last, err := g.log.LastIndex()
	if err != nil {
		return err
	}
	index, term := last+1, g.node.BasicStatus().HardState.GetTerm()+1
	conf := &pb.ConfState{Voters: []uint64{g.number}}
	for i := range next.Members {
		if m := &next.Members[i]; m.Number != g.number && !slices.Contains(lost, m.Host) {
			conf.Learners = append(conf.Learners, m.Number)
		}
	}
	slices.Sort(conf.Learners)
	records := map[string][]byte{}
	old, err := g.options.Log.Metas(recordEntry)
	if err != nil {
		return err
	}
	for name := range old {
		records[name] = nil
	}
	if records[recordHard], err = proto.Marshal(&pb.HardState{Term: &term, Commit: &index}); err != nil {
		return err
	}
	if records[recordSnapshot], err = proto.Marshal(&pb.Snapshot{Data: raw, Metadata: &pb.SnapshotMetadata{Index: &index, Term: &term, ConfState: conf}}); err != nil {
		return err
	}
	if err := g.options.Log.SetMetas(records); err != nil {
		return fmt.Errorf("begin the metadata group anew: %w", err)
	}
	g.node = nil
	return nil
}

// IsFenced says whether a host was given up by a rescue.
func (s *State) IsFenced(host uuid.UUID) bool { return slices.Contains(s.Fenced, host) }
