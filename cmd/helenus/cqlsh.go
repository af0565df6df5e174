package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"helenus/client"
	"helenus/client/shell"
	"helenus/internal/protocol"
)

// shellFlags are the flags of helenus cqlsh, cqlsh's own.
type shellFlags struct {
	execute, file, keyspace, user, password string
	noColor, color                          bool
	requestTimeout, connectTimeout          int
	encoding, cqlshrc, cqlVersion           string
	credentials                             string
	protocolVersion                         int
	ssl, debug                              bool
}

func newCqlshCommand() *cobra.Command {
	var f shellFlags
	c := &cobra.Command{
		Use:   "cqlsh [HOST [PORT]]",
		Short: "the CQL shell",
		Args:  cobra.MaximumNArgs(2),
		RunE:  func(c *cobra.Command, args []string) error { return runCqlsh(c, args, &f) },
	}
	flags := c.Flags()
	flags.StringVarP(&f.execute, "execute", "e", "", "run these statements and quit")
	flags.StringVarP(&f.file, "file", "f", "", "run the statements of this file and quit")
	flags.StringVarP(&f.keyspace, "keyspace", "k", "", "begin in this keyspace")
	flags.StringVarP(&f.user, "username", "u", "", "user to log in as")
	flags.StringVarP(&f.password, "password", "p", "", "the user's password")
	flags.BoolVar(&f.noColor, "no-color", false, "never colour output")
	flags.BoolVarP(&f.color, "color", "C", false, "always colour output")
	flags.IntVar(&f.requestTimeout, "request-timeout", 10, "seconds that a request may take")
	flags.IntVar(&f.connectTimeout, "connect-timeout", 5, "seconds that connecting may take")
	flags.StringVar(&f.encoding, "encoding", "utf-8", "encoding of files; utf-8 only")
	flags.StringVar(&f.cqlshrc, "cqlshrc", "", "configuration file; default ~/.cassandra/cqlshrc")
	flags.StringVar(&f.credentials, "credentials", "", "file with user and password; default ~/.cassandra/credentials")
	flags.StringVar(&f.cqlVersion, "cqlversion", "", "CQL version to ask for; the server's is used")
	flags.IntVar(&f.protocolVersion, "protocol-version", 0, "native protocol version: 3, 4 or 5; default the newest that both speak")
	flags.BoolVar(&f.ssl, "ssl", false, "connect with TLS")
	flags.BoolVar(&f.debug, "debug", false, "say first how and to what cqlsh has connected")
	return c
}

func runCqlsh(c *cobra.Command, args []string, f *shellFlags) error {
	o, err := f.options(c, args)
	if err != nil {
		return usageError{err}
	}
	ctx := c.Context()
	if ctx == nil {
		ctx = context.Background()
	}
	s, err := shell.Open(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitStatus(1)
	}
	if f.debug {
		fmt.Fprintf(os.Stdout, "Using connect timeout: %d seconds\nUsing '%s' encoding\nUsing ssl: False\n", f.connectTimeout, f.encoding)
		s.SayConnected()
	}
	failures, err := f.run(ctx, s)
	if closeErr := s.Close(); err == nil {
		err = closeErr
	}
	if err == nil && failures > 0 {
		return exitStatus(2)
	}
	return err
}

// run runs what the flags ask for: statements, a file, standard input, or a prompt.
func (f *shellFlags) run(ctx context.Context, s *shell.Shell) (failures int, err error) {
	switch {
	case f.execute != "":
		return s.RunText(ctx, f.execute)
	case f.file != "":
		in, err := os.Open(f.file)
		if err != nil {
			return 0, fmt.Errorf("Can't open '%s': %w", f.file, err)
		}
		defer in.Close()
		return s.RunScript(ctx, f.file, in)
	case !term.IsTerminal(int(os.Stdin.Fd())):
		return s.RunScript(ctx, "<stdin>", os.Stdin)
	}
	return 0, s.Interact(ctx)
}

// options puts flags, variables and cqlshrc together; what is given first wins.
func (f *shellFlags) options(c *cobra.Command, args []string) (shell.Options, error) {
	rc, err := f.readRC()
	if err != nil {
		return shell.Options{}, err
	}
	// A health check may give option and value as one argument: "-u cassandra" leaves a blank before the value.
	f.user, f.password = strings.TrimSpace(f.user), strings.TrimSpace(f.password)
	first := func(values ...string) string {
		for _, v := range values {
			if v != "" {
				return v
			}
		}
		return ""
	}
	login, err := f.login(rc)
	if err != nil {
		return shell.Options{}, err
	}
	host, port := "", ""
	if len(args) > 0 {
		host = args[0]
	}
	if len(args) > 1 {
		port = args[1]
	}
	host = first(host, os.Getenv("CQLSH_HOST"), rc["connection.hostname"], "127.0.0.1")
	port = first(port, os.Getenv("CQLSH_PORT"), rc["connection.port"], "9042")
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return shell.Options{}, fmt.Errorf("port is %q; allowed: a number from 1 to 65535", port)
	}
	if f.encoding != "utf-8" && f.encoding != "utf8" {
		return shell.Options{}, fmt.Errorf("--encoding is %q; allowed: utf-8", f.encoding)
	}
	if f.protocolVersion != 0 && (f.protocolVersion < 3 || f.protocolVersion > 5) {
		return shell.Options{}, fmt.Errorf("--protocol-version is %d; allowed: 3, 4, 5", f.protocolVersion)
	}
	o := shell.Options{
		Connect:        client.Options{Addr: net.JoinHostPort(host, port), Version: protocol.Version(f.protocolVersion), Username: login.user, Password: login.password},
		Keyspace:       first(f.keyspace, rc["authentication.keyspace"]),
		RequestTimeout: time.Duration(f.requestTimeout) * time.Second,
		Out:            os.Stdout,
		Err:            os.Stderr,
		Color:          f.color || !f.noColor && f.execute == "" && f.file == "" && term.IsTerminal(int(os.Stdout.Fd())) && term.IsTerminal(int(os.Stdin.Fd())),
		HistoryFile:    historyFile(),
	}
	if term.IsTerminal(int(os.Stdin.Fd())) {
		o.AskPassword = askPassword
	}
	if f.ssl || truthy(rc["connection.ssl"]) {
		o.Connect.TLS, err = shellTLS(rc)
	}
	return o, err
}

// readRC reads the configuration file; only one that was named must exist.
func (f *shellFlags) readRC() (map[string]string, error) {
	if f.cqlshrc != "" {
		rc, err := shell.ReadRC(f.cqlshrc)
		if err != nil {
			return nil, fmt.Errorf("--cqlshrc: %w", err)
		}
		return rc, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, nil
	}
	for _, name := range []string{filepath.Join(home, ".cassandra", "cqlshrc"), filepath.Join(home, ".cqlshrc")} {
		rc, err := shell.ReadRC(name)
		if err == nil || !errors.Is(err, os.ErrNotExist) {
			return rc, err
		}
	}
	return nil, nil
}

func historyFile() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	dir := filepath.Join(home, ".cassandra")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return ""
	}
	return filepath.Join(dir, "helenus_cqlsh_history")
}
