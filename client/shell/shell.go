package shell

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/protocol"
)

// Version is the cqlsh that this shell behaves as.
const Version = "6.2.2"

// Options say how a shell connects and looks. Zero durations are cqlsh's defaults.
type Options struct {
	Connect client.Options
	// Others are addresses of the same cluster, host:port, that are tried when the connection breaks and that of Connect does not answer.
	Others         []string
	Keyspace       string
	Color          bool
	RequestTimeout time.Duration // default 10 s
	// StopAtFailure ends a script at its first failure.
	StopAtFailure bool
	Out, Err      io.Writer
	// Zone is where timestamps are shown; default UTC.
	Zone *time.Location
	// HistoryFile keeps an interactive shell's lines; empty: none.
	HistoryFile string
	// AskPassword asks the person at the terminal; nil: there is none.
	AskPassword func() (string, error)
}

// Shell is one session.
type Shell struct {
	options     Options
	conn        *client.Conn
	out         io.Writer
	capture     *os.File
	keyspace    string
	consistency cassandra.Consistency
	serial      cassandra.Consistency
	pageSize    int32 // 0: off
	expand      bool
	tracing     bool
	interactive bool
	// page asks before the next page of a long result; nil where nobody can answer.
	page    func() bool
	cluster string
	version string
	cqlSpec string
	names   schemaNames
	depth   int // of SOURCE
}

const pageSizeDefault = 100

// ErrExit ends a shell.
var ErrExit = errors.New("exit")

// Open connects.
func Open(ctx context.Context, o Options) (*Shell, error) {
	if o.RequestTimeout == 0 {
		o.RequestTimeout = 10 * time.Second
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	s := &Shell{options: o, out: o.Out, consistency: cassandra.One, serial: cassandra.Serial, pageSize: pageSizeDefault}
	conn, err := dial(ctx, o.Connect)
	if err != nil {
		return nil, connectionError(o.Connect.Addr, err)
	}
	s.conn = conn
	if err := s.greet(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if o.Keyspace != "" {
		if _, err := s.conn.Query(ctx, "USE "+maybeQuote(o.Keyspace), nil); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		s.keyspace = o.Keyspace
	}
	return s, nil
}

func (s *Shell) greet(ctx context.Context) error {
	r, err := s.conn.Query(ctx, "SELECT cluster_name, release_version, cql_version FROM system.local WHERE key = 'local'", nil)
	if err != nil {
		return err
	}
	if len(r.Rows) == 1 {
		s.cluster, s.version, s.cqlSpec = string(r.Rows[0][0]), string(r.Rows[0][1]), string(r.Rows[0][2])
	}
	return nil
}

// Close ends the session.
func (s *Shell) Close() error {
	var err error
	if s.capture != nil {
		err = s.capture.Close()
	}
	return errors.Join(err, s.conn.Close())
}

func (s *Shell) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(s.out, format, args...); err != nil {
		// standard output is gone: nobody can be told
		return
	}
}

func (s *Shell) fail(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if s.options.Color {
		text = "\x1b[0;1;31m" + text + "\x1b[0m"
	}
	if _, err := fmt.Fprintln(s.options.Err, text); err != nil {
		return
	}
}

// RunScript runs what in holds, statement by statement; name stands before errors. It goes on after a failure, unless told otherwise, and
// returns how many there were; a script that ends inside a statement counts one.
func (s *Shell) RunScript(ctx context.Context, name string, in io.Reader) (failures int, err error) {
	lines := bufio.NewReader(in)
	var splitter splitter
	for ctx.Err() == nil {
		line, readErr := lines.ReadString('\n')
		if line != "" {
			for _, u := range splitter.feed(line) {
				if err := s.run(ctx, u.text); errors.Is(err, ErrExit) {
					return failures, nil
				} else if err != nil {
					failures++
					s.fail("%s:%d:%s", name, u.line, message(err, s.conn.Addr().String()))
				}
				if failures > 0 && s.options.StopAtFailure {
					return failures, nil
				}
			}
		}
		if readErr == io.EOF {
			break
		}
		if readErr != nil {
			return failures, readErr
		}
	}
	if rest, line := splitter.rest(); rest != "" {
		if s.isCommand(rest) {
			if err := s.run(ctx, rest); err != nil && !errors.Is(err, ErrExit) {
				failures++
				s.fail("%s:%d:%s", name, line, message(err, s.conn.Addr().String()))
			}
			return failures, ctx.Err()
		}
		failures++
		s.fail("%s:%d:Incomplete statement at end of file", name, splitter.line)
	}
	return failures, ctx.Err()
}

// RunText runs statements given on the command line; the last may lack its semicolon.
func (s *Shell) RunText(ctx context.Context, text string) (failures int, err error) {
	text = strings.TrimSpace(text)
	if !strings.HasSuffix(text, ";") {
		text += ";"
	}
	return s.RunScript(ctx, "<stdin>", strings.NewReader(text+"\n"))
}

// run executes one statement or command.
func (s *Shell) run(ctx context.Context, text string) error {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	s.reconnect(ctx)
	if c, args, ok := findCommand(text); ok {
		return c.run(s, ctx, args)
	}
	return s.statement(ctx, text)
}

func (s *Shell) isCommand(text string) bool {
	_, _, ok := findCommand(strings.TrimSpace(text))
	return ok
}

// statement sends CQL and shows the answer, page by page.
func (s *Shell) statement(ctx context.Context, text string) error {
	p := &client.Params{Consistency: s.consistency, Serial: s.serial, PageSize: s.pageSize, Tracing: s.tracing}
	rows := 0
	for {
		r, err := s.query(ctx, text, p)
		if err != nil {
			return err
		}
		if r.Kind == protocol.ResultSetKeyspace {
			s.keyspace = r.Keyspace
		}
		if r.Kind == protocol.ResultSchemaChange {
			s.names.forget()
		}
		if r.Kind == protocol.ResultRows {
			s.showRows(r, rows)
			rows += len(r.Rows)
		}
		if r.TraceID != nil {
			s.showTrace(ctx, *r.TraceID)
		}
		if r.PagingState == nil || r.Kind != protocol.ResultRows {
			if r.Kind == protocol.ResultRows && !isTransaction(r) {
				s.printf("\n(%d rows)\n", rows)
			}
			s.warnings(r.Warnings)
			return nil
		}
		if s.page != nil && !s.page() {
			return nil
		}
		p.PagingState = r.PagingState
	}
}

// isTransaction says whether rows are what a lightweight transaction came to; cqlsh does not count those.
func isTransaction(r *client.Result) bool {
	return len(r.Columns) > 0 && r.Columns[0].Name == "[applied]"
}

func (s *Shell) query(ctx context.Context, text string, p *client.Params) (*client.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, s.options.RequestTimeout)
	defer cancel()
	r, err := s.conn.Query(ctx, text, p)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("OperationTimedOut: errors={'%s': 'Client request timeout. See Session.execute[_async](timeout)'}, last_host=%[1]s", s.conn.Addr())
	}
	return r, err
}

func (s *Shell) warnings(all []string) {
	for _, w := range all {
		s.printf("\nWarnings :\n%s\n\n", w)
	}
}

func maybeQuote(name string) string {
	for i := range len(name) {
		if c := name[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' && i > 0 || c == '_' && i > 0) {
			return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		}
	}
	return name
}
