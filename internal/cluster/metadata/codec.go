package metadata

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"helenus/internal/auth"
	"helenus/internal/schema"
)

// The stored forms are JSON. A reader refuses a version above its own; new fields may be added without a new version as long as their
// zero value means what was before, and readers that pass over them do no harm. What has roles has version 2: a node that knows of none must
// not let everybody do everything.
const (
	codecVersion = 2
	withoutRoles = 1
)

type storedState struct {
	Version    int             `json:"version"`
	Epoch      uint64          `json:"epoch"`
	Topology   uint64          `json:"topology"`
	Cluster    uuid.UUID       `json:"cluster"`
	Schema     json.RawMessage `json:"schema"`
	Members    []Member        `json:"members"`
	LastNumber uint64          `json:"last_number"`
	Removed    []uuid.UUID     `json:"removed,omitempty"`
	Operation  *Operation      `json:"operation,omitempty"`
	PagingKey  []byte          `json:"paging_key"`
	Operations uint64          `json:"operations,omitempty"`
	Fenced     []uuid.UUID     `json:"fenced,omitempty"`
	Initial    *Initial        `json:"initial,omitempty"`
	// Roles is absent in states from before there were any.
	Roles json.RawMessage `json:"roles,omitempty"`
}

func encodeState(s *State) ([]byte, error) {
	raw, err := schema.Encode(s.Schema)
	if err != nil {
		return nil, err
	}
	version := withoutRoles
	var roles json.RawMessage
	if s.Roles != nil && s.Roles != auth.None {
		version = codecVersion
		if roles, err = auth.Encode(s.Roles); err != nil {
			return nil, err
		}
	}
	return json.Marshal(storedState{version, s.Epoch, s.Topology, s.Cluster, raw, s.Members, s.LastNumber, s.Removed, s.Operation, s.PagingKey, s.Operations, s.Fenced, s.Initial, roles})
}

func decodeState(raw []byte, base *schema.Schema) (State, error) {
	var in storedState
	if err := json.Unmarshal(raw, &in); err != nil {
		return State{}, fmt.Errorf("decode the metadata: %w", err)
	}
	if in.Version < 1 || in.Version > codecVersion {
		return State{}, fmt.Errorf("decode the metadata: its format is version %d, this Helenus reads up to %d", in.Version, codecVersion)
	}
	s := State{Epoch: in.Epoch, Topology: in.Topology, Cluster: in.Cluster, Members: in.Members, LastNumber: in.LastNumber, Removed: in.Removed, Operation: in.Operation, PagingKey: in.PagingKey, Operations: in.Operations, Fenced: in.Fenced, Initial: in.Initial}
	var err error
	if s.Schema, err = schema.Decode(in.Schema, base); err != nil {
		return State{}, err
	}
	s.Roles = auth.None
	if in.Roles != nil {
		if s.Roles, err = auth.Decode(in.Roles); err != nil {
			return State{}, err
		}
	}
	s.Ring, s.Next = rings(s.Members, s.Operation)
	return s, nil
}

type storedDelta struct {
	Version      int             `json:"version"`
	ID           uuid.UUID       `json:"id"`
	Basis        uint64          `json:"basis"`
	Found        *Founding       `json:"found,omitempty"`
	Schema       json.RawMessage `json:"schema,omitempty"`
	Event        *schema.Event   `json:"event,omitempty"`
	Put          []Member        `json:"put,omitempty"`
	Drop         []uuid.UUID     `json:"drop,omitempty"`
	Operation    *Operation      `json:"operation,omitempty"`
	EndOperation bool            `json:"end_operation,omitempty"`
	Initial      *Initial        `json:"initial,omitempty"`
	Roles        json.RawMessage `json:"roles,omitempty"`
}

func encodeDelta(d *Delta) ([]byte, error) {
	out := storedDelta{Version: withoutRoles, ID: d.ID, Basis: d.Basis, Found: d.Found, Event: d.Event, Put: d.Put, Drop: d.Drop, Operation: d.Operation, EndOperation: d.EndOperation, Initial: d.Initial}
	if !d.Schema.IsEmpty() {
		raw, err := d.Schema.Encode()
		if err != nil {
			return nil, err
		}
		out.Schema = raw
	}
	if !d.Roles.IsEmpty() {
		raw, err := auth.EncodeChange(&d.Roles)
		if err != nil {
			return nil, err
		}
		out.Version, out.Roles = codecVersion, raw
	}
	return json.Marshal(out)
}

func decodeDelta(raw []byte) (*Delta, error) {
	var in storedDelta
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, fmt.Errorf("decode a metadata change: %w", err)
	}
	if in.Version < 1 || in.Version > codecVersion {
		return nil, fmt.Errorf("decode a metadata change: its format is version %d, this Helenus reads up to %d", in.Version, codecVersion)
	}
	d := &Delta{ID: in.ID, Basis: in.Basis, Found: in.Found, Event: in.Event, Put: in.Put, Drop: in.Drop, Operation: in.Operation, EndOperation: in.EndOperation, Initial: in.Initial}
	if in.Schema != nil {
		var err error
		if d.Schema, err = schema.DecodeChange(in.Schema); err != nil {
			return nil, err
		}
	}
	if in.Roles != nil {
		change, err := auth.DecodeChange(in.Roles)
		if err != nil {
			return nil, err
		}
		d.Roles = *change
	}
	return d, nil
}
