package hint

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
	"helenus/internal/platform"
	"helenus/internal/storage"
)

// TestBatchIsForgottenLater guards that a finished batch which could not be removed, since the disk could not be read, is removed once it can.
func TestBatchIsForgottenLater(t *testing.T) {
	var broken atomic.Bool
	disk := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if broken.Load() && op.Kind == errorfs.OpFileReadAt && strings.HasSuffix(op.Path, ".sst") {
			return errors.New("input/output error")
		}
		return nil
	}))
	store, err := storage.Open(storage.Options{Dir: "data", FS: disk})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	k := New(Options{Self: uuid.New(), Store: store, State: func() *metadata.State { return &metadata.State{} }, Runtime: platform.System{}})
	forget, err := k.Keep([]byte("mutations"))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Flush(); err != nil {
		t.Fatal(err)
	}

	broken.Store(true)
	forget(true)
	if k.Idle() {
		t.Fatal("the batch is gone although nothing can be read: the test tests nothing")
	}
	broken.Store(false)
	k.tick()
	if !k.Idle() {
		t.Errorf("the batch is still there: %v", store.Queues(""))
	}
}
