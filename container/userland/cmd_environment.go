//go:build linux

package userland

import (
	"context"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

func runEnv(ctx context.Context, c *Call) error {
	o, rest, err := c.parse("+iu:0", map[string]byte{"ignore-environment": 'i', "unset": 'u', "null": '0'})
	if err != nil {
		return err
	}
	var env []string
	for _, entry := range c.Env {
		name, _, _ := strings.Cut(entry, "=")
		if !o.has('i') && !contains(o.values['u'], name) {
			env = append(env, entry)
		}
	}
	for len(rest) > 0 && strings.Contains(rest[0], "=") {
		name, _, _ := strings.Cut(rest[0], "=")
		env = append(without(env, name), rest[0])
		rest = rest[1:]
	}
	inner := *c
	inner.Env = env
	if len(rest) > 0 {
		return inner.spawn(ctx, rest)
	}
	end := "\n"
	if o.has('0') {
		end = "\x00"
	}
	for _, entry := range env {
		c.printf("%s%s", entry, end)
	}
	return nil
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

func without(env []string, name string) []string {
	var kept []string
	for _, entry := range env {
		if !strings.HasPrefix(entry, name+"=") {
			kept = append(kept, entry)
		}
	}
	return kept
}

func runPrintEnv(_ context.Context, c *Call) error {
	if len(c.Args) == 0 {
		for _, entry := range c.Env {
			c.printf("%s\n", entry)
		}
		return nil
	}
	missing := false
	for _, name := range c.Args {
		found := false
		for _, entry := range c.Env {
			if value, ok := strings.CutPrefix(entry, name+"="); ok {
				c.printf("%s\n", value)
				found = true
			}
		}
		missing = missing || !found
	}
	if missing {
		return status(1)
	}
	return nil
}

func runUname(_ context.Context, c *Call) error {
	o, _, err := c.parse("amnrsv", map[string]byte{"all": 'a', "machine": 'm', "nodename": 'n', "kernel-release": 'r', "kernel-name": 's', "kernel-version": 'v'})
	if err != nil {
		return err
	}
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return err
	}
	var parts []string
	for _, field := range []struct {
		letter byte
		text   string
	}{
		{'s', unix.ByteSliceToString(u.Sysname[:])}, {'n', unix.ByteSliceToString(u.Nodename[:])}, {'r', unix.ByteSliceToString(u.Release[:])},
		{'v', unix.ByteSliceToString(u.Version[:])}, {'m', unix.ByteSliceToString(u.Machine[:])},
	} {
		if o.has(field.letter) || o.has('a') || len(o.set) == 0 && field.letter == 's' {
			parts = append(parts, field.text)
		}
	}
	c.printf("%s\n", strings.Join(parts, " "))
	return nil
}

func runProcessors(_ context.Context, c *Call) error {
	c.printf("%d\n", runtime.NumCPU())
	return nil
}

func runWhich(_ context.Context, c *Call) error {
	missing := false
	for _, name := range c.Args {
		if file, _, err := c.locate(name); err == nil {
			c.printf("%s\n", file)
		} else {
			missing = true
		}
	}
	if missing {
		return status(1)
	}
	return nil
}

func runHostname(_ context.Context, c *Call) error {
	o, operands, err := c.parse("fIis", map[string]byte{"fqdn": 'f', "long": 'f', "all-ip-addresses": 'I', "ip-address": 'i', "short": 's'})
	if err != nil {
		return err
	}
	if len(operands) > 0 {
		return usageError("the name is the container's and can't be set")
	}
	if o.has('I') || o.has('i') {
		addresses, err := ownAddresses()
		if err != nil {
			return err
		}
		if o.has('i') {
			c.printf("%s\n", strings.Join(addresses, " "))
		} else { // a trailing blank, as scripts have come to cut it
			c.printf("%s \n", strings.Join(addresses, " "))
		}
		return nil
	}
	name, err := os.Hostname()
	if err != nil {
		return err
	}
	if o.has('s') {
		name, _, _ = strings.Cut(name, ".")
	}
	c.printf("%s\n", name)
	return nil
}
