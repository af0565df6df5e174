package node

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
)

// TestOnlyAbsent guards whose place an empty node takes by itself.
func TestOnlyAbsent(t *testing.T) {
	const gone, blink = time.Minute, time.Second
	type member struct {
		rack string
		down time.Duration
	}
	for name, c := range map[string]struct {
		rack    string
		others  []member
		host    int // counted from 1; 0: nobody's
		settled bool
	}{
		"nobody is absent":             {"a", []member{{"a", 0}, {"b", 0}}, 0, true},
		"one of its rack":              {"a", []member{{"a", gone}, {"b", 0}}, 1, true},
		"one of its rack, others live": {"a", []member{{"a", 0}, {"a", gone}, {"b", 0}}, 2, true},
		"one of a rack that is gone":   {"d", []member{{"a", 0}, {"b", gone}, {"c", 0}}, 2, true},
		"one of another rack":          {"d", []member{{"a", 0}, {"b", gone}, {"b", 0}}, 0, true},
		"two":                          {"a", []member{{"a", gone}, {"b", gone}, {"c", 0}}, 0, true},
		"one that was there just now":  {"a", []member{{"a", blink}, {"b", 0}}, 0, false},
		"one more, there just now":     {"a", []member{{"a", gone}, {"b", blink}}, 0, false},
	} {
		s := &metadata.State{}
		down := map[uuid.UUID]time.Duration{}
		for i, m := range c.others {
			id := uuid.UUID{15: byte(i + 1)}
			s.Members = append(s.Members, metadata.Member{Host: id, Datacenter: "dc", Rack: m.rack, Status: metadata.Normal})
			down[id] = m.down
		}
		s.Members = append(s.Members, metadata.Member{Host: uuid.UUID{14: 1}, Datacenter: "far", Rack: "a", Status: metadata.Normal})
		down[uuid.UUID{14: 1}] = gone
		host, settled := onlyAbsent(s, &metadata.Member{Host: uuid.UUID{0: 1}, Datacenter: "dc", Rack: c.rack, Status: metadata.Joining}, func(id uuid.UUID) time.Duration { return down[id] })
		if int(host[15]) != c.host || settled != c.settled {
			t.Errorf("%s: the place of %d, settled %t; want %d, %t", name, host[15], settled, c.host, c.settled)
		}
	}
}
