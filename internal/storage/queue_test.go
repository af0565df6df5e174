package storage

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

func TestQueues(t *testing.T) {
	fs := vfs.NewMem()
	open := func() *Store {
		s, err := Open(Options{Dir: "data", FS: fs})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	for _, v := range []string{"a", "bb", "ccc"} {
		if _, c, err := s.Enqueue("hint/x", []byte(v)); err != nil || c.Wait() != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.EnqueueSynced("batchlog", []byte("d")); err != nil {
		t.Fatal(err)
	}
	want := func(when, name string, values ...string) []Item {
		t.Helper()
		items, err := s.Queued(name, 0, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		size := int64(0)
		for i, item := range items {
			if i >= len(values) || string(item.Value) != values[i] {
				t.Fatalf("%s: item %d of %s is %q", when, i, name, item.Value)
			}
			size += int64(len(item.Value))
		}
		if got := s.Queues("")[name]; len(items) != len(values) || got != (QueueState{len(values), size}) {
			t.Errorf("%s: %s has %d items and says %+v", when, name, len(items), got)
		}
		return items
	}
	items := want("at first", "hint/x", "a", "bb", "ccc")
	if few, err := s.Queued("hint/x", items[0].Number, 1); err != nil || len(few) != 1 || string(few[0].Value) != "bb" {
		t.Errorf("behind the first: %v, %v", few, err)
	}
	for range 2 { // the second finds nothing to remove
		if err := s.Dequeue("hint/x", items[:2]...); err != nil {
			t.Fatal(err)
		}
		want("two removed", "hint/x", "ccc")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	defer s.Close()
	want("after a restart", "hint/x", "ccc")
	want("after a restart", "batchlog", "d")
	number, c, err := s.Enqueue("hint/x", []byte("e"))
	if err != nil || c.Wait() != nil || number <= items[2].Number {
		t.Errorf("number %d after %d, %v", number, items[2].Number, err)
	}
}
