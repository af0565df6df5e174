package protocol

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
)

var versions = []Version{V3, V4, V5}

func eachVersion(t *testing.T, f func(t *testing.T, v Version)) {
	for _, v := range versions {
		t.Run(fmt.Sprintf("v%d", v), func(t *testing.T) { f(t, v) })
	}
}

// params are parameters that use all that a version has.
func params(v Version) Params {
	p := Params{
		Consistency: cassandra.LocalQuorum, Serial: cassandra.LocalSerial, SkipMetadata: true, PageSize: 100, PagingState: []byte("state"),
		Timestamp: -5, HasTimestamp: true,
		Values: []Value{{Bytes: []byte("one")}, {}, {Bytes: []byte{}}},
	}
	if v >= V4 {
		p.Values = append(p.Values, Value{Unset: true})
	}
	if v >= V5 {
		p.Keyspace, p.Now, p.HasNow = "ks", 77, true
	}
	return p
}

func TestHeader(t *testing.T) {
	for _, v := range versions {
		want := Header{Version: v, Response: true, Flags: FlagTracing | FlagWarning, Stream: -2, Opcode: OpResult, Length: 3}
		raw := append(AppendHeader(nil, Header{Version: v, Response: true, Flags: want.Flags, Stream: -2, Opcode: OpResult}), 1, 2, 3)
		PatchLength(raw)
		got, err := ParseHeader(raw)
		if err != nil || got != want {
			t.Errorf("%+v %v", got, err)
		}
	}
	for _, raw := range []string{"\x02\x00\x00\x00\x07\x00\x00\x00\x00", "\x06\x00\x00\x00\x07\x00\x00\x00\x00", "\x04\x00\x00\x00\x07\xff\xff\xff\xff", "\x04\x00\x00\x00\x07\x7f\xff\xff\xff"} {
		if h, err := ParseHeader([]byte(raw)); err == nil {
			t.Errorf("% x is %+v", raw, h)
		}
	}
}

func TestQuery(t *testing.T) {
	eachVersion(t, func(t *testing.T, v Version) {
		want := Query{CQL: []byte("SELECT 'ä'"), Params: params(v)}
		var got Query
		if err := got.Decode(want.Append(nil, v), v); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v %v", got, err)
		}
		want.Params = Params{Consistency: cassandra.One, Named: true, Serial: cassandra.Serial, Values: []Value{{Name: "a", Bytes: []byte("x")}, {Name: "b"}}}
		if err := got.Decode(want.Append(nil, v), v); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("named: %+v %v", got, err)
		}
	})
}

func TestPrepare(t *testing.T) {
	eachVersion(t, func(t *testing.T, v Version) {
		for _, keyspace := range []string{"", "ks"} {
			want := Prepare{CQL: []byte("SELECT")}
			if v >= V5 {
				want.Keyspace = keyspace
			}
			var got Prepare
			if err := got.Decode(want.Append(nil, v), v); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%+v %v", got, err)
			}
		}
	})
}

func TestExecute(t *testing.T) {
	eachVersion(t, func(t *testing.T, v Version) {
		want := Execute{ID: []byte("0123456789abcdef"), Params: params(v)}
		if v >= V5 {
			want.MetadataID = []byte("meta")
		}
		var got Execute
		if err := got.Decode(want.Append(nil, v), v); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v %v", got, err)
		}
	})
}

func TestBatch(t *testing.T) {
	eachVersion(t, func(t *testing.T, v Version) {
		want := Batch{Kind: BatchUnlogged, Params: params(v), Items: []BatchItem{
			{CQL: []byte("INSERT"), Values: []Value{{Bytes: []byte("x")}, {}}},
			{ID: []byte("id"), Values: []Value{}},
		}}
		raw := want.Append(nil, v)
		want.Values, want.SkipMetadata, want.PageSize, want.PagingState = nil, false, 0, nil
		for i := range want.Items {
			if len(want.Items[i].Values) == 0 {
				want.Items[i].Values = nil
			}
		}
		var got Batch
		err := got.Decode(raw, v)
		for i := range got.Items {
			if len(got.Items[i].Values) == 0 {
				got.Items[i].Values = nil
			}
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v %v", got, err)
		}
	})
}

func TestMapsAndLists(t *testing.T) {
	m := map[string]string{"CQL_VERSION": "3.0.0", "X": ""}
	if got, err := ReadStartup(AppendStringMap(nil, m)); err != nil || !reflect.DeepEqual(got, m) {
		t.Error(got, err)
	}
	multi := map[string][]string{"COMPRESSION": {"lz4", "snappy"}, "none": {}}
	if got := NewReader(AppendStringMultimap(nil, multi)).StringMultimap(); !reflect.DeepEqual(got, multi) {
		t.Error(got)
	}
	payload := map[string][]byte{"a": []byte("b"), "null": nil}
	if got := NewReader(AppendBytesMap(nil, payload)).BytesMap(); !reflect.DeepEqual(got, payload) {
		t.Error(got)
	}
	kinds := []string{"SCHEMA_CHANGE", "STATUS_CHANGE", "TOPOLOGY_CHANGE"}
	if got, err := ReadRegister(AppendStrings(nil, kinds)); err != nil || !reflect.DeepEqual(got, kinds) {
		t.Error(got, err)
	}
	if got, err := ReadToken(AppendBytes(nil, []byte("t"))); err != nil || string(got) != "t" {
		t.Error(got, err)
	}
	for _, a := range []string{"127.0.0.1:9042", "[::1]:1"} {
		want := netip.MustParseAddrPort(a)
		if got := NewReader(AppendInet(nil, want)).Inet(); got != want {
			t.Error(got)
		}
	}
}

func TestErrors(t *testing.T) {
	eachVersion(t, func(t *testing.T, v Version) {
		failures := []cassandra.Failure(nil)
		contentions := int16(0)
		if v >= V5 {
			failures = []cassandra.Failure{{Address: netip.MustParseAddr("127.0.0.1"), Reason: cassandra.FailureTooManyTombstones}, {Address: netip.IPv6Unspecified(), Reason: cassandra.FailureTimeout}}
			contentions = 3
		}
		for _, want := range []*cassandra.Error{
			cassandra.Serverf("server"), cassandra.Protocolf("protocol"), cassandra.Invalidf("invalid"), cassandra.Overloadedf("overloaded"),
			{Code: cassandra.CodeUnavailable, Message: "m", Consistency: cassandra.Three, Required: 3, Received: 1},
			{Code: cassandra.CodeWriteTimeout, Message: "m", Consistency: cassandra.One, Required: 1, WriteType: cassandra.WriteSimple},
			{Code: cassandra.CodeWriteTimeout, Message: "m", Consistency: cassandra.Serial, Required: 1, WriteType: cassandra.WriteCAS, Contentions: contentions},
			{Code: cassandra.CodeWriteFailure, Message: "m", Consistency: cassandra.One, Required: 1, WriteType: cassandra.WriteBatch, Failures: failures},
			{Code: cassandra.CodeReadTimeout, Message: "m", Consistency: cassandra.Quorum, Required: 2, Received: 1, DataPresent: true},
			{Code: cassandra.CodeReadFailure, Message: "m", Consistency: cassandra.Quorum, Required: 2, Received: 1, Failures: failures},
			{Code: cassandra.CodeCASWriteUnknown, Message: "m", Consistency: cassandra.Serial, Required: 2, Received: 1},
			{Code: cassandra.CodeAlreadyExists, Message: "m", Keyspace: "ks", Table: "t"},
			{Code: cassandra.CodeFunctionFailure, Message: "m", Keyspace: "ks", Function: "f", ArgTypes: []string{"int"}},
			{Code: cassandra.CodeUnprepared, Message: "m", StatementID: []byte("id")},
		} {
			got, err := ReadError(AppendError(nil, want, v), v)
			if err != nil || !reflect.DeepEqual(got, known(want, v)) {
				t.Errorf("%+v came as %+v %v", want, got, err)
			}
		}
	})
}

// TestErrorBytes guards what drivers of each version are told of failures: an address that they can read, and codes that they know.
func TestErrorBytes(t *testing.T) {
	failed := &cassandra.Error{
		Code: cassandra.CodeWriteFailure, Message: "m", Consistency: cassandra.One, Required: 1, WriteType: cassandra.WriteSimple,
		Failures: []cassandra.Failure{{Address: netip.MustParseAddr("10.0.0.7")}, {Reason: cassandra.FailureIncompatibleSchema}},
	}
	unknown := &cassandra.Error{Code: cassandra.CodeCASWriteUnknown, Message: "m", Consistency: cassandra.Serial, Required: 2, Received: 1}
	const timedOut = "0030" + "4f7065726174696f6e2074696d6564206f7574202d207265636569766564206f6e6c79203%x20726573706f6e7365732e"
	for _, c := range []struct {
		version Version
		err     *cassandra.Error
		want    string
	}{
		{V5, failed, "00001500" + "0001" + "6d" + "0001" + "00000000" + "00000001" + "00000002" + "04" + "0a000007" + "0000" + "04" + "00000000" + "0003" + "0006" + "53494d504c45"},
		{V4, failed, "00001500" + "0001" + "6d" + "0001" + "00000000" + "00000001" + "00000002" + "0006" + "53494d504c45"},
		{V3, failed, "00001100" + fmt.Sprintf(timedOut, 0) + "0001" + "00000000" + "00000001" + "0006" + "53494d504c45"},
		{V5, unknown, "00001700" + "0001" + "6d" + "0008" + "00000001" + "00000002"},
		{V4, unknown, "00001100" + fmt.Sprintf(timedOut, 1) + "0008" + "00000001" + "00000002" + "0003" + "434153"},
		{V3, &cassandra.Error{Code: cassandra.CodeFunctionFailure, Message: "m"}, "00002200" + "0019" + "4552524f522046554e4354494f4e5f4641494c5552453a206d"},
	} {
		if got := hex.EncodeToString(AppendError(nil, c.err, c.version)); got != c.want {
			t.Errorf("version %d, %#x:\n%s, want\n%s", c.version, c.err.Code, got, c.want)
		}
	}
}

func TestLongTextsAreCutAtACharacter(t *testing.T) {
	e, err := ReadError(AppendError(nil, cassandra.Syntaxf("%s", strings.Repeat("ä", 40_000)), V4), V4)
	if err != nil || len(e.Message) != stringBytesMax-1 || !strings.HasSuffix(e.Message, "ä") {
		t.Errorf("%d bytes, %v", len(e.Message), err)
	}
}

func columns() []Column {
	udt := cqltype.NewUDT("ks", "u", []string{"a", "b"}, []*cqltype.Type{cqltype.Int, cqltype.ListOf(cqltype.Text, false)}, false)
	var all []Column
	for i, t := range []*cqltype.Type{
		cqltype.Int, cqltype.Text, cqltype.Duration, cqltype.ListOf(cqltype.Int, false), cqltype.SetOf(cqltype.UUID, false),
		cqltype.MapOf(cqltype.Text, cqltype.TupleOf(cqltype.Int, cqltype.Blob), false), udt, cqltype.VectorOf(cqltype.Float, 3), cqltype.Counter,
	} {
		all = append(all, Column{Keyspace: "ks", Table: "t", Name: fmt.Sprint("c", i), Type: t})
	}
	return all
}

func TestRows(t *testing.T) {
	split := columns()
	split[3].Table = "other"
	for name, m := range map[string]Metadata{
		"one table":  {Columns: columns()},
		"two tables": {Columns: split},
		"more pages": {Columns: columns(), PagingState: []byte("next")},
		"new id":     {Columns: columns(), NewID: []byte("0123456789abcdef")},
		"skipped":    {Columns: columns(), Skip: true, PagingState: []byte("next")},
	} {
		body, at := AppendRowsHeader(nil, &m)
		body = AppendBytes(body, []byte("value"))
		PatchRowCount(body, at, 1)
		r := NewReader(body)
		if kind := r.Int(); kind != ResultRows {
			t.Errorf("%s: kind %d", name, kind)
		}
		got := r.Metadata()
		m.ColumnCount = len(m.Columns)
		if m.Skip {
			m.Columns = nil
		}
		if !reflect.DeepEqual(got, m) || r.Int() != 1 || string(r.Bytes()) != "value" || r.Err() != nil || r.Left() != 0 {
			t.Errorf("%s: %+v %v", name, got, r.Err())
		}
	}
}

func TestPreparedResult(t *testing.T) {
	eachVersion(t, func(t *testing.T, v Version) {
		want := Prepared{ID: []byte("id"), Binds: columns()[:2], Result: Metadata{Columns: columns(), ColumnCount: len(columns())}}
		if v >= V4 {
			want.PartitionKey = []uint16{1, 0}
		}
		if v >= V5 {
			want.ResultID = []byte("rid")
		}
		r := NewReader(AppendPrepared(nil, &want, v))
		if kind := r.Int(); kind != ResultPrepared {
			t.Errorf("kind %d", kind)
		}
		if got := r.ReadPrepared(v); !reflect.DeepEqual(got, want) || r.Err() != nil || r.Left() != 0 {
			t.Errorf("%+v %v", got, r.Err())
		}
	})
}

func TestSmallResultsAndEvents(t *testing.T) {
	if r := NewReader(AppendVoid(nil)); r.Int() != ResultVoid || r.Left() != 0 {
		t.Error("void")
	}
	if r := NewReader(AppendSetKeyspace(nil, "ks")); r.Int() != ResultSetKeyspace || r.String() != "ks" {
		t.Error("set keyspace")
	}
	for _, want := range []SchemaChange{
		{Change: "CREATED", Target: "KEYSPACE", Keyspace: "ks"},
		{Change: "UPDATED", Target: "TABLE", Keyspace: "ks", Name: "t"},
		{Change: "DROPPED", Target: "FUNCTION", Keyspace: "ks", Name: "f", Args: []string{"int", "text"}},
	} {
		r := NewReader(AppendSchemaChange(nil, &want))
		if kind := r.Int(); kind != ResultSchemaChange {
			t.Errorf("kind %d", kind)
		}
		if got := r.SchemaChange(); !reflect.DeepEqual(got, want) {
			t.Error(got)
		}
		r = NewReader(AppendSchemaEvent(nil, &want))
		if kind, got := r.String(), r.SchemaChange(); kind != "SCHEMA_CHANGE" || !reflect.DeepEqual(got, want) {
			t.Error(kind, got)
		}
	}
	node := netip.MustParseAddrPort("10.0.0.1:9042")
	r := NewReader(AppendStatusEvent(nil, "STATUS_CHANGE", "UP", node))
	if r.String() != "STATUS_CHANGE" || r.String() != "UP" || r.Inet() != node || r.Err() != nil {
		t.Error("status event")
	}
	if got := NewReader(AppendWarnings(nil, []string{"a", "b"})).Strings(); !reflect.DeepEqual(got, []string{"a", "b"}) {
		t.Error(got)
	}
}

func TestCompression(t *testing.T) {
	noise := make([]byte, 70_000)
	seed := uint32(7)
	for i := range noise {
		seed = seed*1664525 + 1013904223
		noise[i] = byte(seed >> 24)
	}
	for _, c := range []Compression{LZ4, Snappy} {
		for name, body := range map[string][]byte{"empty": {}, "short": []byte("abc"), "even": bytes.Repeat([]byte("a"), 5_000_000), "noise": noise} {
			raw := c.AppendCompressed([]byte("before"), body)
			got, err := c.Decompress(raw[len("before"):])
			if err != nil || !bytes.Equal(got, body) {
				t.Errorf("%s %s: %d bytes, %v", c, name, len(got), err)
			}
		}
	}
	if raw := LZ4.AppendCompressed(nil, nil); len(raw) != 5 {
		t.Errorf("an empty body is % x; drivers expect 5 bytes", raw)
	}
}

func TestSegments(t *testing.T) {
	for _, compress := range []bool{false, true} {
		for _, n := range []int{1, 9, 1000, SegmentPayloadMax, SegmentPayloadMax + 1, 1_000_000} {
			payload := bytes.Repeat([]byte("abcdefgh"), n/8+1)[:n]
			raw := AppendSegments(nil, payload, compress)
			var got, scratch []byte
			for len(raw) > 0 {
				if n := len(raw) / 2; n < 100 { // a segment cut short is waited for
					if _, size, _, err := NextSegment(raw[:n], nil, compress); size != 0 || err != nil {
						t.Errorf("half a segment: size %d, %v", size, err)
					}
				}
				s, size, grown, err := NextSegment(raw, scratch, compress)
				if err != nil || size == 0 || s.SelfContained != (n <= SegmentPayloadMax) {
					t.Fatalf("%d bytes: size %d, self-contained %v, %v", n, size, s.SelfContained, err)
				}
				scratch = grown
				got = append(got, s.Payload...)
				raw = raw[size:]
			}
			if !bytes.Equal(got, payload) {
				t.Errorf("%d bytes came as %d others", n, len(got))
			}
		}
	}
}

func TestEveryFlippedBitIsSeen(t *testing.T) {
	raw := AppendSegments(nil, []byte("123456789"), false)
	for i := range raw {
		bad := append([]byte(nil), raw...)
		bad[i] ^= 1
		if _, size, _, err := NextSegment(bad, nil, false); err == nil && size != 0 {
			t.Errorf("a flipped bit in byte %d went unseen", i)
		}
	}
}
