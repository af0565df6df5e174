package server

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
)

// buildDir is where Binary builds, once it has been asked.
var buildDir atomic.Value

// Binary builds the program once per test process and returns its path. The build cache makes later ones cheap.
var Binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "helenus-bin-")
	if err != nil {
		return "", err
	}
	buildDir.Store(dir)
	path := filepath.Join(dir, "helenus")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	cmd := exec.Command("go", "build", "-tags", buildTags, "-o", path, "helenus/cmd/helenus")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build helenus: %w\n%s", err, out)
	}
	return path, nil
})

// RemoveBinary deletes what Binary built, if it did; call it at the end of TestMain.
func RemoveBinary() {
	if dir, ok := buildDir.Load().(string); ok {
		os.RemoveAll(dir)
	}
}
