package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// count is how many tests ended how.
type count struct{ passed, failed, skipped int }

func (c *count) add(o count) {
	c.passed += o.passed
	c.failed += o.failed
	c.skipped += o.skipped
}

// check runs a command that is a test by itself.
func (c *count) check(cmd *exec.Cmd) error {
	if err := cmd.Run(); err != nil {
		c.failed++
		return fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	c.passed++
	return nil
}

// command prints what it runs through to the terminal; env is added to the environment.
func command(ctx context.Context, env []string, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd
}

// event is a line of go test -json.
type event struct{ Action, Package, Test, Output string }

// goTest runs go test, counts its tests and shows the output of those that failed.
func goTest(ctx context.Context, args ...string) (count, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json", "-count=1"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return count{}, err
	}
	if err := cmd.Start(); err != nil {
		return count{}, err
	}
	c, readErr := countEvents(out, os.Stdout)
	return c, errors.Join(readErr, cmd.Wait())
}

func countEvents(in io.Reader, show io.Writer) (count, error) {
	var c count
	output := map[string][]string{}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(show, lines.Text()) // a build error is no event
			continue
		}
		id := e.Package + " " + e.Test
		switch e.Action {
		case "output", "build-output":
			output[id] = append(output[id], e.Output)
			continue
		case "pass":
			if e.Test != "" {
				c.passed++
			} else {
				fmt.Fprintf(show, "ok    %s\n", e.Package)
			}
		case "skip":
			if e.Test != "" {
				c.skipped++
				fmt.Fprintf(show, "skip  %s\n", id)
			}
		case "fail":
			if e.Test != "" {
				c.failed++
			}
			fmt.Fprintf(show, "FAIL  %s\n%s", id, strings.Join(output[id], ""))
		default:
			continue
		}
		delete(output, id)
	}
	return c, lines.Err()
}
