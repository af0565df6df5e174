package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// stage is one kind of check. A check that is no Go test counts as one.
type stage struct {
	name, about string
	run         func(context.Context) (count, error)
}

// blackBox are the packages whose tests start real processes and clients; they have stages of their own.
var blackBox = []string{"./test/golden", "./test/functions", "./test/drivers", "./test/chaos", "./test/shell", "./test/sim", "./test/docker", "./test/swarm", "./test/article", "./test/azurefile"}

func stages(fuzzTime time.Duration) []stage {
	return []stage{
		{"vet", "go vet and staticcheck, on every platform that is built", vet},
		{"build", "static binaries for Linux, Windows and macOS", build},
		{"race", "every package's tests under the race detector", race},
		{"golden", "recorded answers of Apache Cassandra", tests("./test/golden")},
		{"functions", "user functions on real nodes: endless ones, over a ring, off by default", scripted},
		{"shell", "stock cqlsh and helenus cqlsh, the README's commands", needing(python, tests("./test/shell"))},
		{"drivers", "stock Go, Python, Java, Node and Rust drivers, Spring Data, Zipkin's storage", needing(drivers, tests("./test/drivers"))},
		{"docker", "the image: Docker's commands as compose files and health checks have them; helenus up; testcontainers", needing(docker, tests("./test/docker"))},
		{"swarm", "a stack on three hosts of a Docker Swarm: forming, new addresses", needing(swarm, shortSwarm)},
		{"kubernetes", "deploy/kubernetes against the types of Kubernetes's API", kubernetes},
		{"article", "docs/article's commands, as the page has them", needing(docker, tests("./test/article"))},
		{"azurefile", "volumes on Azure Files, in a guest with the kernel's CIFS client: a volume's life, failures once, a second host", needing(azureFile, tests("./test/azurefile"))},
		{"sim", "whole clusters under a seed's clock, network and disks", sim},
		{"chaos", "kill -9 under writes, a full disk, a second start, growth under load, small nodes", tests("./test/chaos")},
		{"fuzz", "frame decoder and CQL parser for " + fuzzTime.String() + " each, bodies of functions and messages between nodes for a quarter of that", fuzz(fuzzTime)},
	}
}

func vet(ctx context.Context) (count, error) {
	var c count
	for _, goos := range []string{"linux", "windows", "darwin"} {
		if err := c.check(command(ctx, []string{"GOOS=" + goos, "CGO_ENABLED=0"}, "go", "vet", "./...")); err != nil {
			return c, fmt.Errorf("go vet for %s: %w", goos, err)
		}
	}
	for _, module := range []string{"test/transports", "test/testcontainers", "test/kubernetes", "test/drivers/testdata/gocql1"} {
		if err := c.check(command(ctx, nil, "go", "-C", module, "vet", ".")); err != nil {
			return c, fmt.Errorf("go vet of %s: %w", module, err)
		}
	}
	err := c.check(command(ctx, nil, "go", "tool", "staticcheck", "./..."))
	return c, err
}

func build(ctx context.Context) (count, error) {
	var c count
	for _, target := range []string{"linux/amd64", "linux/arm64", "windows/amd64", "windows/arm64", "darwin/amd64", "darwin/arm64"} {
		goos, arch, _ := strings.Cut(target, "/")
		env := []string{"GOOS=" + goos, "GOARCH=" + arch, "CGO_ENABLED=0"}
		if err := c.check(command(ctx, env, "go", "build", "-o", os.DevNull, "./cmd/helenus")); err != nil {
			return c, fmt.Errorf("build for %s: %w", target, err)
		}
	}
	return c, nil
}

func race(ctx context.Context) (count, error) {
	if err := compiler(ctx); err != nil {
		return count{}, err
	}
	out, err := exec.CommandContext(ctx, "go", "list", "./...").Output()
	if err != nil {
		return count{}, fmt.Errorf("go list: %w", err)
	}
	var packages []string
	for _, p := range strings.Fields(string(out)) {
		if !isBlackBox(p) {
			packages = append(packages, p)
		}
	}
	return goTest(ctx, append([]string{"-race", "-timeout=20m"}, packages...)...)
}

func isBlackBox(importPath string) bool {
	for _, b := range blackBox {
		if strings.HasSuffix(importPath, strings.TrimPrefix(b, ".")) {
			return true
		}
	}
	return false
}

func tests(pkg string) func(context.Context) (count, error) {
	return func(ctx context.Context) (count, error) { return goTest(ctx, "-timeout=30m", pkg) }
}

// scripted builds the program with its JavaScript engine, which the usual one leaves out.
func scripted(ctx context.Context) (count, error) {
	return goTest(ctx, "-timeout=30m", "-tags=javascript", "./test/functions", "./internal/udf/...")
}

// shortSwarm is what fits of test/swarm into two minutes.
func shortSwarm(ctx context.Context) (count, error) {
	return goTest(ctx, "-timeout=15m", "./test/swarm", "-run=TestForming|TestNewAddresses")
}

// kubernetes runs the tests of a module of its own.
func kubernetes(ctx context.Context) (c count, err error) {
	err = c.check(command(ctx, nil, "go", "-C", "test/kubernetes", "test", "."))
	return c, err
}

// sim simulates clusters, then plants bugs to see that the simulation would notice.
func sim(ctx context.Context) (count, error) {
	c, err := goTest(ctx, "-timeout=30m", "./test/sim", "-run=TestSeeds|TestReplay", "-seeds=600")
	if err != nil {
		return c, err
	}
	if err := compiler(ctx); err != nil {
		return c, err
	}
	raced, err := goTest(ctx, "-race", "-timeout=30m", "./test/sim", "-run=TestSeeds", "-seeds=4", "-from=2", "-shards=1")
	c.add(raced)
	if err != nil {
		return c, err
	}
	planted, err := goTest(ctx, "-timeout=30m", "-tags=planted", "./test/sim", "-run=TestPlanted", "-early")
	c.add(planted)
	return c, err
}

// needing runs a stage after an installation step.
func needing(install func(context.Context) error, run func(context.Context) (count, error)) func(context.Context) (count, error) {
	return func(ctx context.Context) (count, error) {
		if err := install(ctx); err != nil {
			return count{}, err
		}
		return run(ctx)
	}
}

// fuzz runs each target of the decoders that read what clients and other nodes send.
func fuzz(each time.Duration) func(context.Context) (count, error) {
	return func(ctx context.Context) (count, error) {
		var c count
		for i, pkg := range []string{"./internal/protocol", "./internal/cql", "./internal/rpc", "./internal/replica", "./internal/udf/java"} {
			out, err := exec.CommandContext(ctx, "go", "test", "-list", "^Fuzz", pkg).Output()
			if err != nil {
				return c, fmt.Errorf("list fuzz targets of %s: %w", pkg, err)
			}
			targets := fuzzTargets(string(out))
			if len(targets) == 0 {
				return c, fmt.Errorf("%s has no fuzz target", pkg)
			}
			share := each / time.Duration(len(targets))
			if i > 1 { // what nodes say to each other, and what is off by default, can wait for a longer run
				share /= 4
			}
			for _, target := range targets {
				if err := fuzzTarget(ctx, &c, pkg, target, share); err != nil {
					return c, fmt.Errorf("%s in %s: %w; the input is in its testdata/fuzz", target, filepath.Base(pkg), err)
				}
			}
		}
		return c, nil
	}
}

// fuzzTarget runs one target, and again when it found nothing and failed at the end of its time: a race in Go's coordinator of workers, which may take
// that end, "context deadline exceeded", for an error.
func fuzzTarget(ctx context.Context, c *count, pkg, target string, share time.Duration) error {
	for again := true; ; again = false {
		var out strings.Builder
		run := command(ctx, nil, "go", "test", "-run=^$", "-fuzz=^"+target+"$", "-fuzztime="+share.String(), "-fuzzminimizetime=2s", pkg)
		run.Stdout = io.MultiWriter(os.Stdout, &out)
		err := c.check(run)
		late := strings.Contains(out.String(), "context deadline exceeded") && !strings.Contains(out.String(), "Failing input written to")
		if err == nil || !again || !late {
			return err
		}
		c.failed--
	}
}

func fuzzTargets(listing string) []string {
	var targets []string
	for _, line := range strings.Fields(listing) {
		if strings.HasPrefix(line, "Fuzz") {
			targets = append(targets, line)
		}
	}
	return targets
}
