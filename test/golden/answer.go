package golden

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/protocol"
)

// Named is a column or marker with its type.
type Named struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Rows, Change, Prepared and Failure are the kinds of outcome.
type Rows struct {
	Columns []Named    `json:"columns"`
	Rows    [][]string `json:"rows"`
	// Specs are the columns as they were sent, and Raw the values; neither is recorded.
	Specs []client.Column `json:"-"`
	Raw   [][][]byte      `json:"-"`
}

type Change struct {
	Change   string   `json:"change"`
	Target   string   `json:"target"`
	Keyspace string   `json:"keyspace"`
	Name     string   `json:"name,omitempty"`
	Args     []string `json:"args,omitempty"`
}

type Prepared struct {
	Bind    []Named  `json:"bind"`
	PK      []uint16 `json:"pk"`
	Columns []Named  `json:"columns,omitempty"`
}

type Failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Outcome is what a server answered.
type Outcome struct {
	Rows        *Rows     `json:"rows,omitempty"`
	Void        bool      `json:"void,omitempty"`
	SetKeyspace string    `json:"set_keyspace,omitempty"`
	Change      *Change   `json:"schema_change,omitempty"`
	Prepared    *Prepared `json:"prepared,omitempty"`
	Error       *Failure  `json:"error,omitempty"`
	Warnings    []string  `json:"warnings,omitempty"`
}

// Runner asks one server. Script is the text being run: what it names is never masked in messages.
type Runner struct {
	Conn   *client.Conn
	Script string
}

// Ask runs a statement as its directives say. An error is the connection's or the directives'; what the server refuses is an Outcome.
func (r *Runner) Ask(ctx context.Context, s *Statement) (Outcome, error) {
	p, err := params(s.Directives)
	if err != nil {
		return Outcome{}, err
	}
	_, onlyPrepare := s.Directives["prepare"]
	given, bind := s.Directives["bind"]
	if !onlyPrepare && !bind {
		if raw, ok := s.Directives["values"]; ok {
			if err := typedValues(p, json.RawMessage(raw)); err != nil {
				return Outcome{}, err
			}
		}
		return r.pages(s, nil, func(p *client.Params) (*client.Result, error) { return r.Conn.Query(ctx, s.CQL, p) }, p)
	}
	st, err := r.Conn.Prepare(ctx, s.CQL, "")
	if err != nil {
		return r.failure(err, nil)
	}
	prepared := &Prepared{Bind: named(st.Binds()), PK: append([]uint16{}, st.PartitionKey()...)}
	if onlyPrepare {
		prepared.Columns = named(st.Columns())
		return Outcome{Prepared: prepared}, nil
	}
	if p.Values, err = values(st.Binds(), json.RawMessage(given)); err != nil {
		return Outcome{}, err
	}
	return r.pages(s, prepared, func(p *client.Params) (*client.Result, error) { return r.Conn.Execute(ctx, st, p) }, p)
}

func params(d map[string]string) (*client.Params, error) {
	p := &client.Params{Consistency: cassandra.One, Serial: cassandra.Serial, PageSize: 5000}
	var ok bool
	if name, given := d["consistency"]; given {
		if p.Consistency, ok = cassandra.ParseConsistency(name); !ok {
			return nil, fmt.Errorf("no consistency level %s", name)
		}
	}
	if name, given := d["serial"]; given {
		if p.Serial, ok = cassandra.ParseConsistency(name); !ok {
			return nil, fmt.Errorf("no consistency level %s", name)
		}
	}
	if text, given := d["timestamp"]; given {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, err
		}
		p.Timestamp = &n
	}
	if text, given := d["paging"]; given {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, err
		}
		p.PageSize = int32(max(n, 0))
	}
	return p, nil
}

// typedValues reads @values: each is {"type": value}.
func typedValues(p *client.Params, raw json.RawMessage) error {
	var list []json.RawMessage
	var names []string
	var err error
	if raw[0] == '{' {
		if names, list, err = ordered(raw); err != nil {
			return err
		}
		p.Named = true
	} else if err := json.Unmarshal(raw, &list); err != nil {
		return err
	}
	for i, v := range list {
		value := client.Value{}
		if string(v) != "null" {
			types, inner, err := ordered(v)
			if err != nil || len(types) != 1 {
				return fmt.Errorf("%s is no typed value", v)
			}
			if value, err = bound(cqltype.Native(types[0]), inner[0]); err != nil {
				return err
			}
		}
		if p.Named {
			value.Name = names[i]
		}
		p.Values = append(p.Values, value)
	}
	return nil
}

// values reads @bind: a list, or an object by the markers' names.
func values(binds []client.Column, raw json.RawMessage) ([]client.Value, error) {
	var list []json.RawMessage
	if raw[0] == '{' {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(raw, &object); err != nil {
			return nil, err
		}
		for _, b := range binds {
			v, ok := object[b.Name]
			if !ok {
				v = json.RawMessage(`{"unset": true}`)
			}
			list = append(list, v)
		}
	} else if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	var out []client.Value
	for i, v := range list {
		t := cqltype.Text
		if i < len(binds) {
			t = binds[i].Type
		}
		value, err := bound(t, v)
		if err != nil {
			return nil, err
		}
		out = append(out, value)
	}
	return out, nil
}

func named(columns []client.Column) []Named {
	out := []Named{}
	for _, c := range columns {
		out = append(out, Named{c.Name, TypeText(c.Type)})
	}
	return out
}

// pages fetches a result whole.
func (r *Runner) pages(s *Statement, prepared *Prepared, fetch func(*client.Params) (*client.Result, error), p *client.Params) (Outcome, error) {
	out := Outcome{Prepared: prepared}
	for {
		res, err := fetch(p)
		if err != nil {
			return r.failure(err, out.Warnings)
		}
		for _, w := range res.Warnings {
			if w = r.normal(w); !slices.Contains(out.Warnings, w) {
				out.Warnings = append(out.Warnings, w)
			}
		}
		switch res.Kind {
		case protocol.ResultVoid:
			out.Void = true
		case protocol.ResultSetKeyspace:
			out.SetKeyspace = res.Keyspace
		case protocol.ResultSchemaChange:
			out.Change = &Change{res.Change.Change, res.Change.Target, res.Change.Keyspace, res.Change.Name, res.Change.Args}
		case protocol.ResultRows:
			if out.Rows == nil {
				out.Rows = &Rows{Columns: named(res.Columns), Rows: [][]string{}, Specs: res.Columns}
			}
			for _, row := range res.Rows {
				texts, err := rowTexts(res.Columns, row, s.Directives)
				if err != nil {
					return out, err
				}
				out.Rows.Rows, out.Rows.Raw = append(out.Rows.Rows, texts), append(out.Rows.Raw, row)
			}
		}
		if res.PagingState == nil {
			return out, nil
		}
		p.PagingState = res.PagingState
	}
}

func rowTexts(columns []client.Column, row [][]byte, d map[string]string) ([]string, error) {
	masked := strings.Split(d["mask"], ",")
	for i := range masked {
		masked[i] = strings.TrimSpace(masked[i])
	}
	texts := make([]string, len(row))
	for i, v := range row {
		text, err := Literal(columns[i].Type, v)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", columns[i].Name, err)
		}
		if text != "null" && (slices.Contains(masked, columns[i].Name) || slices.Contains(masked, "*")) {
			text = "<" + TypeText(columns[i].Type) + ">"
		}
		if re := d["maskre"]; re != "" {
			text = regexp.MustCompile(re).ReplaceAllString(text, "<masked>")
		}
		texts[i] = text
	}
	return texts, nil
}

func (r *Runner) failure(err error, warnings []string) (Outcome, error) {
	var e *cassandra.Error
	if !errors.As(err, &e) {
		return Outcome{}, err
	}
	return Outcome{Error: &Failure{fmt.Sprintf("0x%04X", uint32(e.Code)), r.normal(e.Message)}, Warnings: warnings}, nil
}

var (
	uuidText    = regexp.MustCompile(`\b[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\b`)
	addressText = regexp.MustCompile(`/?\b127\.\d+\.\d+\.\d+(:\d+)?\b`)
	objectText  = regexp.MustCompile(`@[0-9a-f]{5,8}\b`)
)

// normal replaces what differs from run to run in messages.
func (r *Runner) normal(message string) string {
	keep := func(mask string) func(string) string {
		return func(found string) string {
			if strings.Contains(r.Script, found) {
				return found
			}
			return mask
		}
	}
	message = uuidText.ReplaceAllStringFunc(message, keep("<uuid>"))
	message = addressText.ReplaceAllStringFunc(message, keep("<address>"))
	return objectText.ReplaceAllString(message, "@<id>")
}

// same compares an answer with the recorded one: whether it passes, and whether texts agree too.
func same(want, got Outcome, d map[string]string) (passed, texts bool) {
	slices.Sort(want.Warnings)
	slices.Sort(got.Warnings)
	texts = slices.Equal(want.Warnings, got.Warnings)
	want.Warnings, got.Warnings = nil, nil
	if want.Error != nil && got.Error != nil {
		// 0x0000 is the recorded server's own defect: any error will do
		passed = want.Error.Code == got.Error.Code || want.Error.Code == "0x0000"
		return passed, passed && texts && want.Error.Message == got.Error.Message
	}
	if d["ordered"] == "no" && want.Rows != nil && got.Rows != nil {
		slices.SortFunc(want.Rows.Rows, slices.Compare[[]string])
		slices.SortFunc(got.Rows.Rows, slices.Compare[[]string])
	}
	a, err1 := json.Marshal(want)
	b, err2 := json.Marshal(got)
	passed = err1 == nil && err2 == nil && bytes.Equal(a, b)
	return passed, passed && texts
}
