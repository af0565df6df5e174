package replica

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/cluster/metadata"
	"helenus/internal/platform"
)

// Server answers the requests of other nodes. Its methods may wait and run on a goroutine of the request's own.
type Server struct {
	Local   *Local
	Group   Group
	Runtime platform.Runtime
}

// Group is what is true of the cluster: package cluster/metadata.
type Group interface {
	State() *metadata.State
	WhenEpoch(epoch uint64, f func()) (cancel func())
}

// catchUpWithin bounds how long a request waits for this node to learn what its coordinator knows.
const catchUpWithin = 2 * time.Second

// catchUp waits until this node has applied an epoch, or for a while; then the request is judged by what this node knows.
func (s *Server) catchUp(epoch uint64) {
	if s.Group.State().Epoch < epoch {
		metadata.Await(context.Background(), s.Runtime, s.Group.WhenEpoch, epoch, catchUpWithin)
	}
}

// Write serves a write request.
func (s *Server) Write(body []byte, reply func([]byte)) {
	reply(s.write(body))
}

func (s *Server) write(body []byte) []byte {
	d := decoder{raw: body}
	plan := d.plan()
	if d.bad {
		return failed(errWire)
	}
	s.catchUp(plan.Topology)
	mutations, missing, err := DecodeMutations(d.raw, s.Group.State().Schema)
	if err == nil && missing > 0 && s.Group.State().Epoch < plan.Epoch {
		s.catchUp(plan.Epoch)
		mutations, missing, err = DecodeMutations(d.raw, s.Group.State().Schema)
	}
	switch {
	case err != nil:
		return failed(err)
	case missing > 0 && s.Group.State().Epoch < plan.Epoch:
		return failed(ErrUnknownTable)
	case len(mutations) == 0: // dropped or emptied since: the write came before that
		return []byte{byte(OK)}
	}
	c, err := s.Local.Write(plan.Topology, mutations)
	if err != nil {
		return failed(err)
	}
	if err := c.Wait(); err != nil {
		return failed(err)
	}
	return []byte{byte(OK)}
}

// Read serves a read request.
func (s *Server) Read(body []byte, reply func([]byte)) {
	page, err := s.read(body)
	if err != nil {
		reply(failed(err))
		return
	}
	reply(page)
}

func (s *Server) read(body []byte) ([]byte, error) {
	r, err := decodeRead(body)
	if err != nil {
		return nil, err
	}
	s.catchUp(r.Topology)
	if r.Command.Table = s.Group.State().Schema.TableByDataID(r.Table); r.Command.Table == nil {
		s.catchUp(r.Epoch)
		if r.Command.Table = s.Group.State().Schema.TableByDataID(r.Table); r.Command.Table == nil {
			if s.Group.State().Epoch < r.Epoch {
				return nil, ErrUnknownTable
			}
			return (&Page{}).answer(r.Digest), nil // dropped or emptied since
		}
	}
	if !r.resolveIndexes(r.Command.Table) {
		s.catchUp(r.Epoch)
		if r.Command.Table = s.Group.State().Schema.TableByDataID(r.Table); r.Command.Table == nil || !r.resolveIndexes(r.Command.Table) {
			return nil, ErrIndexNotAvailable
		}
	}
	page, err := s.Local.Page(r)
	if err != nil {
		return nil, err
	}
	if !s.Local.reads.Track {
		page.Excess = nil
	}
	return page.answer(r.Digest), nil
}

func (p *Page) answer(digest bool) []byte {
	if digest {
		return p.appendExcess(binary.BigEndian.AppendUint64([]byte{byte(OK)}, p.Digest()))
	}
	return p.Append(append(make([]byte, 0, len(p.Raw)+64), byte(OK)))
}

// Failure is the answer for an error.
func Failure(err error) []byte { return failed(err) }

// ErrUnknownTable refuses a request on a table that this node has not heard of in time.
var ErrUnknownTable = cassandra.Serverf("the node does not know the table yet")

// ErrIndexNotAvailable refuses a read by an index that is not built on this node yet.
var ErrIndexNotAvailable = cassandra.Serverf("an index is not built on this node yet")

// failed is the answer for an error.
func failed(err error) []byte {
	var stale *StaleError
	var told *cassandra.Error
	switch {
	case errors.As(err, &stale):
		return binary.BigEndian.AppendUint64([]byte{byte(Stale)}, stale.Epoch)
	case errors.As(err, &told) && told.Code == cassandra.CodeOverloaded:
		return append([]byte{byte(Overloaded)}, told.Message...)
	case errors.Is(err, ErrUnknownTable):
		return []byte{byte(Unknowing)}
	case errors.Is(err, ErrIndexNotAvailable):
		return []byte{byte(Unindexed)}
	}
	var met *ExcessError
	if errors.As(err, &met) {
		status := TooManyTombstones
		if met.Reason == ErrReadSize {
			status = TooManyBytes
		}
		return binary.AppendUvarint([]byte{byte(status)}, uint64(met.Value))
	}
	return append([]byte{byte(Failed)}, err.Error()...)
}

// Answer splits an answer into its body and the error that it stands for: nil, a *StaleError, or a *cassandra.Error of code Overloaded
// or Server, such as ErrUnknownTable.
func Answer(raw []byte) (body []byte, err error) {
	if len(raw) == 0 {
		return nil, errWire
	}
	switch rest := raw[1:]; Status(raw[0]) {
	case OK:
		return rest, nil
	case Stale:
		if len(rest) != 8 {
			return nil, errWire
		}
		return nil, &StaleError{binary.BigEndian.Uint64(rest)}
	case Overloaded:
		return nil, cassandra.Overloadedf("%s", rest)
	case Unknowing:
		return nil, ErrUnknownTable
	case Unindexed:
		return nil, ErrIndexNotAvailable
	case TooManyTombstones, TooManyBytes:
		d := decoder{raw: rest}
		met := &ExcessError{ErrTooManyTombstones, int64(d.uvarint())}
		if Status(raw[0]) == TooManyBytes {
			met.Reason = ErrReadSize
		}
		if d.bad || len(d.raw) > 0 {
			return nil, errWire
		}
		return nil, met
	case Failed:
		return nil, cassandra.Serverf("%s", rest)
	}
	return nil, fmt.Errorf("%w: status %d", errWire, raw[0])
}
