package liveness

import (
	"testing"

	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
)

// TestCurrent guards that a node which moved is shown where it says it is, and not where it was at an earlier start.
func TestCurrent(t *testing.T) {
	host := uuid.UUID{1}
	m := &Monitor{vitals: map[uuid.UUID]Vital{host: {Host: host, Generation: 3, Address: "10.0.0.3:7000", Native: "10.0.0.3:9042"}}}
	for generation, want := range map[uint64]string{2: "10.0.0.3:9042", 3: "10.0.0.9:9042", 4: "10.0.0.9:9042"} {
		member := &metadata.Member{Host: host, Generation: generation, Address: "10.0.0.9:7000", Native: "10.0.0.9:9042"}
		if got := m.Current(member); got.Native != want || member.Native != "10.0.0.9:9042" {
			t.Errorf("generation %d in the metadata: %s, want %s", generation, got.Native, want)
		}
	}
}
