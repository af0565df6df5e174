package rpc

import (
	"testing"

	"github.com/google/uuid"
)

// TestTwins guards which process of a host is spoken to when two have the same start: the first, until there is a later start.
func TestTwins(t *testing.T) {
	var d Homes
	host := uuid.UUID{1}
	hello := func(generation uint64, boot int64) *Hello {
		return &Hello{Host: host, Generation: generation, Boot: boot}
	}
	for i, x := range []struct {
		hello *Hello
		twin  bool
	}{
		{hello(5, 100), false}, {hello(5, 100), false}, {hello(5, 200), true}, {hello(5, 0), false}, {hello(4, 300), false}, {hello(5, 200), true},
		{hello(6, 200), false}, {hello(6, 100), true}, {hello(6, 200), false},
	} {
		if got := d.IsTwin(x.hello); got != x.twin {
			t.Errorf("%d: start %d of process %d: a twin: %t, want %t", i, x.hello.Generation, x.hello.Boot, got, x.twin)
		}
		if !x.twin {
			d.began(x.hello)
		}
	}
}
