package shell

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"helenus/internal/cassandra"
)

// command is one of the shell's own.
type command struct {
	names []string
	// line is true for a command that ends with its line.
	line bool
	run  func(s *Shell, ctx context.Context, args string) error
	help string
}

// commands is filled in init because HELP refers to it.
var commands []command

func init() {
	commands = []command{
		{[]string{"CAPTURE"}, true, (*Shell).runCapture, "CAPTURE '<file>' | OFF: write the output of SELECT and the like to a file as well"},
		{[]string{"CLEAR", "CLS"}, true, (*Shell).runClear, "CLEAR | CLS: clear the screen"},
		{[]string{"CONSISTENCY"}, true, (*Shell).runConsistency, "CONSISTENCY [level]: show or set the consistency level"},
		{[]string{"COPY"}, false, (*Shell).runCopy, "COPY table [(columns)] TO|FROM '<file>'|STDOUT|STDIN [WITH option = value AND …]: export or import CSV"},
		{[]string{"DESCRIBE", "DESC"}, true, (*Shell).runDescribe, "DESCRIBE [CLUSTER | KEYSPACES | KEYSPACE k | TABLES | TABLE t | TYPES | TYPE t | SCHEMA | name]: show the schema"},
		{[]string{"EXIT", "QUIT"}, true, (*Shell).runExit, "EXIT | QUIT: leave the shell"},
		{[]string{"EXPAND"}, true, (*Shell).runExpand, "EXPAND [ON | OFF]: show rows vertically"},
		{[]string{"HELP", "?"}, true, (*Shell).runHelp, "HELP [topic]: this list"},
		{[]string{"HISTORY"}, true, (*Shell).runHistory, "HISTORY [n]: the last lines"},
		{[]string{"LOGIN"}, true, (*Shell).runLogin, "LOGIN user [password]: connect again as another user"},
		{[]string{"PAGING"}, true, (*Shell).runPaging, "PAGING [ON | OFF | n]: show or set the page size"},
		{[]string{"SERIAL"}, true, (*Shell).runSerial, "SERIAL CONSISTENCY [level]: show or set the level of lightweight transactions"},
		{[]string{"SHOW"}, true, (*Shell).runShow, "SHOW VERSION | HOST | SESSION id | REPLICAS token [keyspace]"},
		{[]string{"SOURCE"}, true, (*Shell).runSource, "SOURCE '<file>': run a file"},
		{[]string{"TRACING"}, true, (*Shell).runTracing, "TRACING [ON | OFF]: trace requests"},
	}
}

// findCommand recognises a command by its first word and returns what follows it.
func findCommand(text string) (command, string, bool) {
	word, args, _ := strings.Cut(strings.TrimSuffix(strings.TrimSpace(text), ";"), " ")
	word = strings.ToUpper(strings.TrimSpace(word))
	for _, c := range commands {
		if slices.Contains(c.names, word) {
			return c, strings.TrimSpace(args), true
		}
	}
	return command{}, "", false
}

func (s *Shell) runExit(context.Context, string) error { return ErrExit }

func (s *Shell) runClear(context.Context, string) error {
	s.printf("\x1b[2J\x1b[H")
	return nil
}

func (s *Shell) runHelp(_ context.Context, topic string) error {
	topic = strings.ToUpper(topic)
	found := false
	if topic == "" {
		s.printf("\nShell commands, each on a line of its own:\n")
	}
	for _, c := range commands {
		if topic == "" || slices.Contains(c.names, topic) {
			s.printf("  %s\n", c.help)
			found = true
		}
	}
	if topic == "" {
		s.printf("\nEverything else is CQL and ends with a semicolon.\n\n")
	} else if !found {
		s.printf("No help for %s; HELP lists the commands.\n", topic)
	}
	return nil
}

func (s *Shell) runConsistency(_ context.Context, args string) error {
	if args == "" {
		s.printf("Current consistency level is %s.\n", s.consistency)
		return nil
	}
	level, ok := cassandra.ParseConsistency(strings.ToUpper(args))
	if !ok {
		return fmt.Errorf("Improper CONSISTENCY command: no level %s", args)
	}
	s.consistency = level
	s.printf("Consistency level set to %s.\n", level)
	return nil
}

func (s *Shell) runSerial(_ context.Context, args string) error {
	word, name, _ := strings.Cut(args, " ")
	if !strings.EqualFold(word, "CONSISTENCY") {
		return fmt.Errorf("Improper SERIAL CONSISTENCY command")
	}
	if name = strings.TrimSpace(name); name == "" {
		s.printf("Current serial consistency level is %s.\n", s.serial)
		return nil
	}
	level, ok := cassandra.ParseConsistency(strings.ToUpper(name))
	if !ok || !level.IsSerial() {
		return fmt.Errorf("Improper SERIAL CONSISTENCY command: SERIAL or LOCAL_SERIAL, not %s", name)
	}
	s.serial = level
	s.printf("Serial consistency level set to %s.\n", level)
	return nil
}

// toggle sets an ON/OFF setting or shows it.
func (s *Shell) toggle(what, args string, setting *bool) error {
	switch strings.ToUpper(args) {
	case "":
		s.printf("%s is %s\n", what, map[bool]string{true: "ON", false: "OFF"}[*setting])
	case "ON", "OFF":
		*setting = strings.EqualFold(args, "ON")
		s.printf("%s set to %s\n", what, strings.ToUpper(args))
	default:
		return fmt.Errorf("Improper %s command: ON or OFF, not %s", what, args)
	}
	return nil
}

func (s *Shell) runExpand(_ context.Context, args string) error {
	return s.toggle("EXPAND", args, &s.expand)
}

func (s *Shell) runTracing(_ context.Context, args string) error {
	return s.toggle("TRACING", args, &s.tracing)
}

func (s *Shell) runPaging(_ context.Context, args string) error {
	switch strings.ToUpper(args) {
	case "":
		if s.pageSize == 0 {
			s.printf("PAGING is OFF\n")
			return nil
		}
		s.printf("PAGING is ON\nPage size: %d\n", s.pageSize)
	case "ON":
		s.pageSize = pageSizeDefault
		s.printf("PAGING set to ON\nPage size: %d\n", s.pageSize)
	case "OFF":
		s.pageSize = 0
		s.printf("PAGING set to OFF\n")
	default:
		n, err := strconv.ParseInt(args, 10, 32)
		if err != nil || n <= 0 {
			return fmt.Errorf("Improper PAGING command: ON, OFF or a page size, not %s", args)
		}
		s.pageSize = int32(n)
		s.printf("Page size: %d\n", n)
	}
	return nil
}

func (s *Shell) runShow(ctx context.Context, args string) error {
	words := strings.Fields(args)
	if len(words) == 0 {
		return fmt.Errorf("Improper SHOW command: VERSION, HOST, SESSION or REPLICAS")
	}
	switch strings.ToUpper(words[0]) {
	case "VERSION":
		s.printf("%s\n", s.versionLine())
	case "HOST":
		s.SayConnected()
	case "SESSION":
		if len(words) != 2 {
			return fmt.Errorf("SHOW SESSION needs the id of a trace")
		}
		id, err := uuid.Parse(words[1])
		if err != nil {
			return fmt.Errorf("%q is no id of a trace", words[1])
		}
		found, err := s.readTrace(ctx, id.String())
		if err != nil {
			return err
		}
		if found == nil {
			return fmt.Errorf("Session %s wasn't found.", words[1])
		}
		return s.showSession(ctx, id.String(), found)
	case "REPLICAS":
		s.printf("['%s']\n", hostOf(s.conn.Addr().String()))
	default:
		return fmt.Errorf("Improper SHOW command: %s", args)
	}
	return nil
}

func hostOf(addr string) string {
	if at := strings.LastIndexByte(addr, ':'); at >= 0 {
		return addr[:at]
	}
	return addr
}

func (s *Shell) versionLine() string {
	return fmt.Sprintf("[cqlsh %s | Cassandra %s | CQL spec %s | Native protocol v%d]", Version, s.version, s.cqlSpec, s.conn.Version())
}

// sourceDepthMax bounds files that run files.
const sourceDepthMax = 16

func (s *Shell) runSource(ctx context.Context, args string) (err error) {
	name, err := fileArgument(args)
	if err != nil {
		return err
	}
	if s.depth >= sourceDepthMax {
		return fmt.Errorf("SOURCE nested deeper than %d files", sourceDepthMax)
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("Could not open '%s': %w", name, err)
	}
	defer f.Close()
	s.depth++
	defer func() { s.depth-- }()
	failures, err := s.RunScript(ctx, name, f)
	if err == nil && failures > 0 {
		err = fmt.Errorf("%d statements of %s failed", failures, name)
	}
	return err
}

// fileArgument takes the quotes off a file's name.
func fileArgument(args string) (string, error) {
	if len(args) < 2 || args[0] != '\'' || args[len(args)-1] != '\'' {
		return "", fmt.Errorf("a file name in single quotes is expected, not %s", args)
	}
	name := strings.ReplaceAll(args[1:len(args)-1], "''", "'")
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		name = home + "/" + rest
	}
	return name, nil
}

func (s *Shell) runCapture(_ context.Context, args string) error {
	switch {
	case args == "" && s.capture == nil:
		s.printf("Currently not capturing query output.\n")
		return nil
	case args == "":
		s.printf("Currently capturing query output to '%s'.\n", s.capture.Name())
		return nil
	case strings.EqualFold(args, "OFF"):
		if s.capture == nil {
			return fmt.Errorf("Not capturing output.")
		}
		err := s.capture.Close()
		s.capture = nil
		return err
	case s.capture != nil:
		return fmt.Errorf("Already capturing output to '%s'. Use CAPTURE OFF to disable.", s.capture.Name())
	}
	name, err := fileArgument(args)
	if err != nil {
		return err
	}
	if s.capture, err = os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); err != nil {
		return fmt.Errorf("Could not open '%s' for append: %w", name, err)
	}
	s.printf("Now capturing query output to '%s'.\n", name)
	return nil
}

func (s *Shell) runHistory(_ context.Context, args string) error {
	n := 50
	if args != "" {
		var err error
		if n, err = strconv.Atoi(args); err != nil || n < 0 {
			return fmt.Errorf("HISTORY takes a number, not %s", args)
		}
	}
	lines := historyOf(s.options.HistoryFile)
	for _, l := range lines[max(0, len(lines)-n):] {
		s.printf("%s\n", l)
	}
	return nil
}
