package protocol

import (
	"errors"
	"strings"
	"testing"

	"helenus/internal/cassandra"
)

func TestBrokenBodies(t *testing.T) {
	for name, tt := range map[string]struct {
		body    string
		version Version
		want    string
	}{
		"empty":               {"", V4, "ends early"},
		"text cut short":      {"\x00\x00\x00\x09abc", V4, "ends early"},
		"negative text":       {"\xff\xff\xff\xff\x00\x01\x00", V4, "ends early"},
		"unknown consistency": {"\x00\x00\x00\x00\x00\x77\x00", V4, "Unknown consistency level 119"},
		"too many values":     {"\x00\x00\x00\x00\x00\x01\x01\xff\xff", V4, "65535 elements announced"},
		"value cut short":     {"\x00\x00\x00\x00\x00\x01\x01\x00\x01\x00\x00\x00\x09", V4, "ends early"},
		"value of length -3":  {"\x00\x00\x00\x00\x00\x01\x01\x00\x01\xff\xff\xff\xfd", V4, "Invalid length -3"},
		"unset in v3":         {"\x00\x00\x00\x00\x00\x01\x01\x00\x01\xff\xff\xff\xfe", V3, "Invalid length -2"},
		"flags cut short":     {"\x00\x00\x00\x00\x00\x01\x00\x00", V5, "ends early"},
		"serial is plain":     {"\x00\x00\x00\x00\x00\x01\x10\x00\x01", V4, "SERIAL or LOCAL_SERIAL"},
		"least timestamp":     {"\x00\x00\x00\x00\x00\x01\x20\x80\x00\x00\x00\x00\x00\x00\x00", V4, "Out of bound timestamp"},
	} {
		var q Query
		err := q.Decode([]byte(tt.body), tt.version)
		var e *cassandra.Error
		if !errors.As(err, &e) || !strings.Contains(e.Message, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, tt := range map[string]struct{ body, want string }{
		"type":          {"\x03\x00\x00\x00\x01\x00", "Invalid batch type 3"},
		"count":         {"\x00\xff\xff\x00\x01\x00", "65535 elements announced"},
		"kind":          {"\x00\x00\x01\x02\x00\x00\x00\x00\x00\x00\x00\x01\x00", "Must be 0 or 1 but got 2"},
		"named":         {"\x00\x00\x00\x00\x01\x40", "Named values"},
		"cut in a list": {"\x00\x00\x01\x00\x00\x00\x00\x01", "ends early"},
	} {
		var b Batch
		err := b.Decode([]byte(tt.body), V4)
		var e *cassandra.Error
		if !errors.As(err, &e) || !(strings.Contains(e.Message, tt.want) || strings.Contains(e.Message, "announced")) {
			t.Errorf("batch %s: %v", name, err)
		}
	}
}

// The hot path decodes into what the last request left.
func TestDecodingAllocatesNothing(t *testing.T) {
	for _, v := range versions {
		p := params(v)
		p.Keyspace = "" // a string of the request's own
		raw := (&Execute{ID: []byte("0123456789abcdef"), MetadataID: []byte("meta"), Params: p}).Append(nil, v)
		var e Execute
		if n := testing.AllocsPerRun(100, func() {
			if err := e.Decode(raw, v); err != nil {
				t.Fatal(err)
			}
		}); n > 0 {
			t.Errorf("v%d: %v allocations", v, n)
		}
	}
}
