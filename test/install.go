package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// The versions of the stock clients that the tests speak for.
const (
	cqlshVersion        = "6.2.2"
	pythonDriverVersion = "3.30.1"
	nodeDriverVersion   = "4.10.0"
)

// compiler makes sure that the race detector can link.
func compiler(ctx context.Context) error { return apt(ctx, "gcc", "gcc", "libc6-dev") }

// python installs stock cqlsh and the Python driver in a virtual environment of their own.
func python(ctx context.Context) error {
	if err := apt(ctx, "python3", "python3", "python3-venv"); err != nil {
		return err
	}
	dir, err := toolDir("python")
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "bin", "cqlsh")); err != nil {
		if err := runQuietly(ctx, "", "python3", "-m", "venv", dir); err != nil {
			if err := apt(ctx, "", "python3-venv"); err != nil {
				return err
			}
			if err := runQuietly(ctx, "", "python3", "-m", "venv", dir); err != nil {
				return err
			}
		}
		if err := runQuietly(ctx, "", filepath.Join(dir, "bin", "pip"), "install", "-q", "cqlsh=="+cqlshVersion, "cassandra-driver=="+pythonDriverVersion); err != nil {
			return err
		}
	}
	return os.Setenv("HELENUS_TEST_PYTHON", filepath.Join(dir, "bin"))
}

// drivers installs what the driver tests run on: Python, Node, Java with Maven, Rust.
func drivers(ctx context.Context) error {
	if err := python(ctx); err != nil {
		return err
	}
	if err := apt(ctx, "npm", "nodejs", "npm"); err != nil {
		return err
	}
	if err := apt(ctx, "mvn", "default-jdk-headless", "maven"); err != nil {
		return err
	}
	dir, err := toolDir("node")
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "cassandra-driver")); err != nil {
		if err := runQuietly(ctx, dir, "npm", "install", "--no-save", "--silent", "cassandra-driver@"+nodeDriverVersion); err != nil {
			return err
		}
	}
	if err := rust(ctx); err != nil {
		return err
	}
	return os.Setenv("HELENUS_TEST_NODE", filepath.Join(dir, "node_modules"))
}

// rustOldest is the minor version of Rust 1 that the driver for Rust needs.
const rustOldest = 88

// rust installs a compiler and says where what it makes is kept. Where Debian's is too old there is none, and the driver's test is skipped.
func rust(ctx context.Context) error {
	if err := apt(ctx, "cargo", "cargo"); err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, "cargo", "--version").Output()
	if err != nil {
		return fmt.Errorf("cargo --version: %w", err)
	}
	var minor int
	if _, err := fmt.Sscanf(string(out), "cargo 1.%d.", &minor); err != nil {
		return fmt.Errorf("cargo --version says %q: %w", out, err)
	}
	if minor < rustOldest {
		fmt.Printf("Rust 1.%d is older than 1.%d: its driver is not tried\n", minor, rustOldest)
		return os.Unsetenv("HELENUS_TEST_RUST")
	}
	dir, err := toolDir("rust")
	if err != nil {
		return err
	}
	return os.Setenv("HELENUS_TEST_RUST", dir)
}

// docker installs an engine and its command, which newer Debians have in a package of its own, docker compose, and Maven for testcontainers-java.
// An engine that runs is taken as it is.
func docker(ctx context.Context) error {
	if exec.CommandContext(ctx, "docker", "version").Run() != nil {
		if err := apt(ctx, "dockerd", "docker.io"); err != nil {
			return err
		}
		if err := apt(ctx, "docker", "docker-cli"); err != nil {
			return err
		}
	}
	if exec.CommandContext(ctx, "docker", "compose", "version").Run() != nil {
		if err := apt(ctx, "docker-compose", "docker-compose"); err != nil {
			return err
		}
	}
	return apt(ctx, "mvn", "default-jdk-headless", "maven")
}

// swarm installs what hosts of a Swarm are made of.
func swarm(ctx context.Context) error {
	if err := apt(ctx, "dockerd", "docker.io"); err != nil {
		return err
	}
	if err := apt(ctx, "docker", "docker-cli"); err != nil {
		return err
	}
	if err := apt(ctx, "ip", "iproute2"); err != nil {
		return err
	}
	return apt(ctx, "iptables", "iptables")
}

// azureFile installs an engine, a kernel that runs as a process, an SMB server and what a guest needs. No service of theirs is started.
func azureFile(ctx context.Context) error {
	if err := apt(ctx, "dockerd", "docker.io"); err != nil {
		return err
	}
	if err := apt(ctx, "docker", "docker-cli"); err != nil {
		return err
	}
	var wanted []string
	for _, p := range [][2]string{{"linux.uml", "user-mode-linux"}, {"smbd", "samba"}, {"dropbear", "dropbear-bin"}, {"modprobe", "kmod"}, {"ip", "iproute2"}, {"iptables", "iptables"}} {
		if _, err := exec.LookPath(p[0]); err != nil {
			wanted = append(wanted, p[1])
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	start, err := noServices()
	if err != nil {
		return err
	}
	return errors.Join(apt(ctx, "", wanted...), start())
}

// policy is asked by Debian's packages before they start their services.
const policy = "/usr/sbin/policy-rc.d"

// noServices keeps packages from starting services until the function it returns is called.
func noServices() (again func() error, err error) {
	f, err := os.OpenFile(policy, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if errors.Is(err, os.ErrExist) {
		return func() error { return nil }, nil // somebody has decided
	}
	if err != nil {
		return nil, err
	}
	_, err = f.WriteString("#!/bin/sh\nexit 101\n")
	return func() error { return os.Remove(policy) }, errors.Join(err, f.Close())
}

// toolDir is a folder for one kind of client in the user's cache.
func toolDir(name string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "helenus-test", name)
	return dir, os.MkdirAll(dir, 0o755)
}

// apt installs Debian packages unless the program is there already; an empty program always installs.
func apt(ctx context.Context, program string, packages ...string) error {
	if program != "" {
		if _, err := exec.LookPath(program); err == nil {
			return nil
		}
	}
	if _, err := exec.LookPath("apt-get"); err != nil || runtime.GOOS != "linux" {
		return fmt.Errorf("%s is missing and this is no Debian: install %s", program, strings.Join(packages, ", "))
	}
	if err := runQuietly(ctx, "", "apt-get", "update", "-qq"); err != nil {
		return err
	}
	return runQuietly(ctx, "", "apt-get", append([]string{"install", "-y", "-qq", "--no-install-recommends"}, packages...)...)
}

// runQuietly shows a command's output only when it fails.
func runQuietly(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
