package nodetool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// Exit statuses, as Cassandra's nodetool has them.
const (
	exitOK     = 0
	exitUsage  = 1 // asked wrongly, or the node was not reached
	exitFailed = 2 // the node could not do it
	// exitInterrupted is that of a program that SIGINT ends.
	exitInterrupted = 130
)

// verb is one of nodetool's.
type verb struct {
	name, args, about string
	options           []option
	// ask turns the command line into what the node is asked; nil: it takes no arguments.
	ask func(c *call) error
	// print shows what the node has answered; nil: nothing is shown.
	print func(c *call, r *Report) error
	// complaint begins what is said of a wrong call, where that is not the usual.
	complaint string
}

// call is a verb with its words.
type call struct {
	given
	Arguments
	out, err io.Writer
	now      func() time.Time
}

// printf prints to standard output. When that is gone nobody can be told.
func (c *call) printf(format string, args ...any) { _, _ = fmt.Fprintf(c.out, format, args...) }

// note says something besides, where no script reads.
func (c *call) note(format string, args ...any) { _, _ = fmt.Fprintf(c.err, format+"\n", args...) }

// address is a node's as it is shown: without the port unless that is asked for.
func (c *call) address(n *Node) string {
	if c.has("print-port") {
		return n.Address
	}
	return host(n.Address)
}

// Run carries out a command line, without the program's name, and returns the exit status.
func Run(ctx context.Context, words []string, out, errs io.Writer) int {
	c := &call{out: out, err: errs, now: time.Now}
	words, err := c.take(words, globals)
	if err != nil {
		return c.fail(err, nil)
	}
	if len(words) == 0 {
		return c.help(nil)
	}
	name := words[0]
	v := findVerb(name)
	switch {
	case name == "help" || name == "--help":
		return c.help(words[1:])
	case v == nil && unsupported[name] != "":
		return c.fail(usageErrorf("%s: %s", name, unsupported[name]), nil)
	case v == nil:
		return c.fail(usageErrorf("Found unexpected parameters: [%s]", name), nil)
	}
	for _, w := range words[1:] {
		if w == "--" {
			break
		}
		if w == "--help" {
			return c.help([]string{v.name})
		}
	}
	known := append(v.options[:len(v.options):len(v.options)], globals...)
	if err := c.parse(words[1:], known); err != nil {
		return c.fail(err, v)
	}
	if v.ask == nil && len(c.args) > 0 {
		return c.fail(usageErrorf("Found unexpected parameters: %v", c.args), v)
	}
	if v.ask != nil {
		if err := v.ask(c); err != nil {
			return c.fail(err, v)
		}
	}
	address := net.JoinHostPort(c.value("host", "127.0.0.1"), c.value("port", strconv.Itoa(Port)))
	r, err := ask(ctx, address, v.name, c.Arguments, func(line string) { c.printf("[%s] %s\n", c.now().Format("2006-01-02 15:04:05,000"), line) })
	if err == nil && v.print != nil {
		err = v.print(c, r)
	}
	if err != nil {
		return c.fail(err, v)
	}
	return exitOK
}

// fail says why a call has failed, where and how Cassandra's nodetool does.
func (c *call) fail(err error, v *verb) int {
	var refused *Error
	var away *unreachableError
	switch {
	case errors.As(err, &refused) && refused.Usage && v != nil && v.complaint != "":
		c.printf("%s%s\n", v.complaint, refused.Text)
		return exitUsage
	case errors.As(err, &refused) && refused.Usage:
		c.printf("nodetool: %s\nSee 'nodetool help' or 'nodetool help <command>'.\n", refused.Text)
		return exitUsage
	case errors.As(err, &away):
		c.note("nodetool: %s", err)
		return exitUsage
	case errors.Is(err, errNotBuilt): // which has been said
		return exitUsage
	case errors.Is(err, errInterrupted):
		c.note("interrupted: a repair ends, a change of the ring that was begun goes on")
		return exitInterrupted
	}
	c.note("error: %s", err)
	return exitFailed
}
