package lease

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"helenus/internal/platform"
)

// share is a server's directory, for tests in virtual time.
type share struct {
	mu    sync.Mutex
	files map[string][]byte
}

func newShare() *share { return &share{files: map[string][]byte{}} }

func (s *share) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.files))
}

func (s *share) put(name string, content []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[name] = content
}

func (s *share) get(name string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.files[name])
}

var errCut = errors.New("host is down")

// host has a share mounted.
type host struct {
	*share
	name string
	// delay, when not nil, is called before each request gets to the server, and before its answer gets back.
	delay func()
	mu    sync.Mutex
	cut   bool // guarded by mu: the server is away
}

func (h *host) setCut(cut bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cut = cut
}

// request carries out f on the server.
func (h *host) request(f func() error) error {
	if h.delay != nil {
		h.delay()
		defer h.delay()
	}
	h.mu.Lock()
	cut := h.cut
	h.mu.Unlock()
	if cut {
		return errCut
	}
	h.share.mu.Lock()
	defer h.share.mu.Unlock()
	return f()
}

func (h *host) List(string) (names []string, err error) {
	err = h.request(func() error {
		names = slices.Collect(maps.Keys(h.files))
		return nil
	})
	return names, err
}

func (h *host) Read(path string, max int) (raw []byte, err error) {
	err = h.request(func() error {
		content, there := h.files[filepath.Base(path)]
		if !there {
			return fs.ErrNotExist
		}
		raw = bytes.Clone(content[:min(max, len(content))])
		return nil
	})
	return raw, err
}

func (h *host) Create(path string, content []byte) error {
	return h.request(func() error {
		if _, there := h.files[filepath.Base(path)]; there {
			return fs.ErrExist
		}
		h.files[filepath.Base(path)] = bytes.Clone(content)
		return nil
	})
}

func (h *host) Overwrite(path string, content []byte) error {
	return h.request(func() error {
		if _, there := h.files[filepath.Base(path)]; !there {
			return fs.ErrNotExist
		}
		h.files[filepath.Base(path)] = bytes.Clone(content)
		return nil
	})
}

func (h *host) Remove(path string) error {
	return h.request(func() error {
		if _, there := h.files[filepath.Base(path)]; !there {
			return fs.ErrNotExist
		}
		delete(h.files, filepath.Base(path))
		return nil
	})
}

// options are of a process on a host whose locks don't reach others.
func (h *host) options(t *testing.T) Options {
	return Options{
		Dir: "data", Runtime: platform.System{}, Host: h.name, Boot: "boot of " + h.name, Device: 7, Files: h, Logger: slog.New(slog.DiscardHandler),
		OnLost: func(err error) { t.Errorf("%s: %v", h.name, err) },
	}
}

// take takes a lease that has to be free, and says how long that took.
func take(t *testing.T, o Options) (*Lease, time.Duration) {
	t.Helper()
	began := time.Now()
	l, err := Take(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.renewals.Stop)
	return l, time.Since(began)
}

// refused wants a lease to be held.
func refused(t *testing.T, o Options) (*HeldError, time.Duration) {
	t.Helper()
	began := time.Now()
	l, err := Take(t.Context(), o)
	var held *HeldError
	if !errors.As(err, &held) || l != nil {
		t.Fatalf("%v, %v", l, err)
	}
	return held, time.Since(began)
}
