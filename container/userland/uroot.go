//go:build linux

package userland

import (
	"context"
	"slices"
	"strings"

	"github.com/u-root/u-root/pkg/core"
	"github.com/u-root/u-root/pkg/core/base64"
	"github.com/u-root/u-root/pkg/core/chmod"
	"github.com/u-root/u-root/pkg/core/mkdir"
	"github.com/u-root/u-root/pkg/core/mktemp"
	"github.com/u-root/u-root/pkg/core/mv"
	"github.com/u-root/u-root/pkg/core/rm"
	"github.com/u-root/u-root/pkg/core/touch"
)

// fromLibrary makes a command of one of u-root's. Only those are taken that behave as scripts expect: its ls, find, cp and xargs lack
// options or statuses that many rely on. other gives options that it has under another name; an empty one is how it behaves anyway.
func fromLibrary(usage string, make func() core.Command, other map[string]string) command {
	return command{usage, func(ctx context.Context, c *Call) error {
		u := make()
		u.SetIO(c.stdin(), c.Out, c.Err)
		u.SetWorkingDir(c.Dir)
		u.SetLookupEnv(func(name string) (string, bool) {
			has := slices.ContainsFunc(c.Env, func(entry string) bool { return strings.HasPrefix(entry, name+"=") })
			return c.getenv(name), has
		})
		var args []string
		for _, arg := range c.Args {
			switch known, ok := other[arg]; {
			case !ok:
				args = append(args, arg)
			case known != "":
				args = append(args, known)
			}
		}
		return u.RunContext(ctx, args...)
	}}
}

func init() {
	for name, c := range map[string]command{
		"base64": fromLibrary("base64 [-d] [FILE]", base64.New, nil),
		"chmod":  fromLibrary("chmod [-R] MODE FILE...", chmod.New, map[string]string{"-R": "--recursive"}),
		"mkdir":  fromLibrary("mkdir [-p] [-m MODE] DIRECTORY...", mkdir.New, nil),
		"mktemp": fromLibrary("mktemp [-d] [-p DIRECTORY] [TEMPLATE]", mktemp.New, nil),
		"mv":     fromLibrary("mv [-f] [-n] [-u] SOURCE... TARGET", mv.New, map[string]string{"-f": "", "--force": ""}),
		"rm":     fromLibrary("rm [-rf] FILE...", rm.New, map[string]string{"--recursive": "-r", "--force": "-f"}),
		"touch":  fromLibrary("touch [-acm] [-d TIME] FILE...", touch.New, nil),
	} {
		commands[name] = c
	}
}
