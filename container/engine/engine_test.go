package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoDocker guards that the error says where was asked and what to do.
func TestNoDocker(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///no/such/docker.sock")
	_, err := Connect(t.Context())
	if err == nil || !strings.Contains(err.Error(), "unix:///no/such/docker.sock") || !strings.Contains(err.Error(), "systemctl start docker") {
		t.Error(err)
	}
}

// TestContextHost guards that Docker's chosen context is followed, as Docker Desktop relies on it.
func TestContextHost(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	t.Setenv("DOCKER_HOST", "")
	t.Setenv("DOCKER_CONTEXT", "")
	if got := contextHost(); got != "" {
		t.Errorf("without settings: %q", got)
	}
	sum := sha256.Sum256([]byte("desktop"))
	meta := filepath.Join(dir, "contexts", "meta", hex.EncodeToString(sum[:]))
	if err := os.MkdirAll(meta, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{filepath.Join(dir, "config.json"): `{"currentContext":"desktop"}`, filepath.Join(meta, "meta.json"): `{"Endpoints":{"docker":{"Host":"unix:///home/x/docker.sock"}}}`} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := contextHost(); got != "unix:///home/x/docker.sock" {
		t.Errorf("%q", got)
	}
}
