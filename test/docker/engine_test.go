//go:build linux

package docker

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"helenus/test/engine"
)

// imageName is the image's under test.
const imageName = engine.ImageName

// imageBytesMax bounds the image.
const imageBytesMax = 40 << 20

func TestMain(m *testing.M) { engine.Main(m, engine.BuildImage) }

// result is what a command printed and how it ended.
type result struct {
	out, err string
	status   int
}

// try runs docker with standard input.
func try(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "docker", args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// docker runs a command that must succeed and returns its output without the last line end.
func docker(t *testing.T, args ...string) string {
	t.Helper()
	r := try(t, "", args...)
	if r.status != 0 {
		t.Fatalf("docker %s: status %d\n%s%s", strings.Join(args, " "), r.status, r.out, r.err)
	}
	return strings.TrimRight(r.out, "\n")
}
