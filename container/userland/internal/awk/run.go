package awk

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"

	"helenus/container/userland/internal/posix"
)

// Options are a program's surroundings.
type Options struct {
	Args     []string          // operands: files and NAME=VALUE
	Vars     [][2]string       // -v, and FS for -F
	Environ  map[string]string // ENVIRON
	In       io.Reader
	Out, Err io.Writer
	Open     func(name string) (io.ReadCloser, error)
	Create   func(name string, add bool) (io.WriteCloser, error)
	Command  func(line string) (io.ReadCloser, error)  // its output
	Pipe     func(line string) (io.WriteCloser, error) // its input
	System   func(line string) int
}

// depthMax bounds how deep functions call each other.
const depthMax = 1000

// run is one run of a program.
type run struct {
	program *Program
	o       Options
	globals map[string]value
	arrays  map[string]map[string]value
	frame   []cell
	depth   int
	out     *bufio.Writer
	errs    *bufio.Writer
	readers map[string]*reader
	writers map[string]*writer
	regexps map[string]*regexp.Regexp
	random  *rand.Rand
	seed    float64

	record string
	fields []value // of record, from $1
	split  bool    // fields are those of record
	main   *bufio.Reader
	source io.Closer
	args   int  // the next of ARGV
	opened bool // some file was read
}

// cell is a function's parameter or local: a value, or an array.
type cell struct {
	v     value
	array map[string]value
}

// jump unwinds to the loop, function or record loop it concerns.
type jump struct {
	word  string
	value value
}

// fault is an error of the program at hand.
type fault struct{ error }

// Run runs a program and returns its exit status.
func (p *Program) Run(o Options) (status int, err error) {
	r := &run{
		program: p, o: o, globals: map[string]value{}, arrays: map[string]map[string]value{}, out: bufio.NewWriter(o.Out), errs: bufio.NewWriter(o.Err),
		readers: map[string]*reader{}, writers: map[string]*writer{}, regexps: map[string]*regexp.Regexp{}, random: rand.New(rand.NewPCG(0, 0)),
	}
	defer func() { err = errors.Join(err, r.close()) }()
	for name, v := range map[string]string{"FS": " ", "OFS": " ", "ORS": "\n", "RS": "\n", "SUBSEP": "\x1c", "CONVFMT": "%.6g", "OFMT": "%.6g"} {
		r.globals[name] = text(v)
	}
	for _, name := range []string{"NR", "NF", "FNR", "RSTART", "RLENGTH"} {
		r.globals[name] = num(0)
	}
	r.globals["ARGC"] = num(float64(len(o.Args) + 1))
	argv := map[string]value{"0": text("awk")}
	for i, arg := range o.Args {
		argv[strconv.Itoa(i+1)] = input(arg)
	}
	environ := map[string]value{}
	for name, v := range o.Environ {
		environ[name] = input(v)
	}
	r.arrays["ARGV"], r.arrays["ENVIRON"] = argv, environ
	r.args = 1
	for _, v := range o.Vars {
		r.setGlobal(v[0], input(unescape(v[1])))
	}
	return r.all()
}

// all runs BEGIN, the records and END.
func (r *run) all() (status int, err error) {
	exit, err := r.guard(func() {
		for _, b := range r.program.begin {
			r.block(b)
		}
	})
	if err == nil && exit == nil && (len(r.program.rules) > 0 || len(r.program.end) > 0) {
		exit, err = r.guard(r.records)
	}
	if err == nil {
		var second *jump
		second, err = r.guard(func() {
			for _, b := range r.program.end {
				r.block(b)
			}
		})
		if second != nil {
			if exit == nil || second.value.num {
				exit = second
			}
		}
	}
	if exit != nil {
		status = int(exit.value.number())
	}
	return status, err
}

// guard runs a part of the program and returns the exit that ended it.
func (r *run) guard(f func()) (exit *jump, err error) {
	defer func() {
		switch caught := recover().(type) {
		case nil:
		case *jump:
			exit = caught
			if caught.word != "exit" {
				err = fmt.Errorf("%s outside of a loop, function or rule", caught.word)
			}
		case fault:
			err = caught.error
		default:
			panic(caught)
		}
	}()
	f()
	return nil, nil
}

func (r *run) fail(err error) { panic(fault{err}) }

func (r *run) close() error {
	var errs []error
	for name := range r.writers {
		if w := r.writers[name]; w != nil {
			errs = append(errs, w.out.Flush())
		}
	}
	errs = append(errs, r.out.Flush(), r.errs.Flush())
	for name := range r.writers {
		r.closeStream(name)
	}
	for name := range r.readers {
		r.closeStream(name)
	}
	if r.source != nil {
		errs = append(errs, r.source.Close())
	}
	return errors.Join(errs...)
}

// records runs the rules on each record.
func (r *run) records() {
	for {
		record, ok := r.nextRecord()
		if !ok {
			return
		}
		r.setRecord(record)
		r.rules()
	}
}

func (r *run) rules() {
	defer catch("next", "nextfile")(func(word string) {
		if word == "nextfile" {
			r.endFile()
		}
	})
	for _, rule := range r.program.rules {
		if r.selects(rule) {
			r.block(rule.action)
		}
	}
}

// catch returns a deferred function that stops the jumps with these words and tells of them.
func catch(words ...string) func(func(word string)) {
	return func(then func(string)) {
		// recover must be called by the deferred function itself: this is it
		caught := recover()
		if caught == nil {
			return
		}
		if j, ok := caught.(*jump); ok {
			for _, w := range words {
				if w == j.word {
					then(w)
					return
				}
			}
		}
		panic(caught)
	}
}

func (r *run) selects(rule *rule) bool {
	switch {
	case rule.from == nil:
		return true
	case rule.to == nil:
		return r.eval(rule.from).truth()
	}
	if !rule.active {
		if !r.eval(rule.from).truth() {
			return false
		}
		rule.active = true
	}
	rule.active = !r.eval(rule.to).truth()
	return true
}

// nextRecord reads a record of the main input, going on with the next file at the end of one.
func (r *run) nextRecord() (string, bool) {
	for {
		if r.main == nil && !r.nextFile() {
			return "", false
		}
		record, err := readRecord(r.main, r.variable("RS"))
		if err == nil {
			r.globals["NR"] = num(r.globals["NR"].n + 1)
			r.globals["FNR"] = num(r.globals["FNR"].n + 1)
			return record, true
		}
		if !errors.Is(err, io.EOF) {
			r.fail(err)
		}
		r.endFile()
	}
}

func (r *run) endFile() {
	if r.source != nil {
		if err := r.source.Close(); err != nil {
			r.fail(err)
		}
	}
	r.main, r.source = nil, nil
}

// nextFile opens the next of ARGV, or standard input where it names none.
func (r *run) nextFile() bool {
	for ; r.args < int(r.globals["ARGC"].number()); r.args++ {
		arg := r.arrays["ARGV"][strconv.Itoa(r.args)].text("%.6g")
		if arg == "" {
			continue
		}
		if name, v, ok := strings.Cut(arg, "="); ok && isName(name) {
			r.setGlobal(name, input(unescape(v)))
			continue
		}
		r.args++
		r.begin(arg)
		return true
	}
	if r.opened {
		return false
	}
	r.begin("-")
	return true
}

func (r *run) begin(name string) {
	r.opened = true
	r.globals["FNR"] = num(0)
	if name == "-" {
		r.globals["FILENAME"] = text("")
		r.main = bufio.NewReader(r.o.In)
		return
	}
	r.globals["FILENAME"] = text(name)
	f, err := r.o.Open(name)
	if err != nil {
		r.fail(err)
	}
	r.main, r.source = bufio.NewReader(f), f
}

func isName(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && (i == 0 || !isDigit(s[i])) {
			return false
		}
	}
	return s != ""
}

// readRecord reads up to a separator: a byte, an expression, or blank lines where it is empty.
func readRecord(in *bufio.Reader, separator string) (string, error) {
	switch len(separator) {
	case 1:
		line, err := in.ReadString(separator[0])
		if line == "" && err != nil {
			return "", err
		}
		return strings.TrimSuffix(line, separator), nil
	case 0:
		return readParagraph(in)
	}
	re, err := posix.Compile(separator, posix.Extended, false)
	if err != nil {
		return "", err
	}
	// The rest is read once and kept: an expression may match across any bound.
	rest, err := io.ReadAll(in)
	if err != nil {
		return "", err
	}
	if len(rest) == 0 {
		return "", io.EOF
	}
	span := re.FindIndex(rest)
	if span == nil || span[1] == span[0] {
		return strings.TrimSuffix(string(rest), "\n"), nil
	}
	in.Reset(strings.NewReader(string(rest[span[1]:])))
	return string(rest[:span[0]]), nil
}

func readParagraph(in *bufio.Reader) (string, error) {
	var lines []string
	for {
		line, err := in.ReadString('\n')
		line = strings.TrimSuffix(line, "\n")
		if line != "" {
			lines = append(lines, line)
		}
		if (line == "" || err != nil) && len(lines) > 0 {
			return strings.Join(lines, "\n"), nil
		}
		if err != nil {
			return "", err
		}
	}
}

func (r *run) block(b block) {
	for _, s := range b {
		r.statement(s)
	}
}

func (r *run) statement(s stmt) {
	switch s := s.(type) {
	case block:
		r.block(s)
	case *expressionS:
		r.eval(s.x)
	case *printS:
		r.print(s)
	case *ifS:
		if r.eval(s.test).truth() {
			r.statement(s.yes)
		} else if s.no != nil {
			r.statement(s.no)
		}
	case *whileS:
		for s.post || r.eval(s.test).truth() {
			if r.broken(s.body) || s.post && !r.eval(s.test).truth() {
				return
			}
		}
	case *forS:
		if s.init != nil {
			r.statement(s.init)
		}
		for s.test == nil || r.eval(s.test).truth() {
			if r.broken(s.body) {
				return
			}
			if s.step != nil {
				r.statement(s.step)
			}
		}
	case *forInS:
		for _, key := range sortedKeys(r.array(s.array)) {
			if _, there := r.array(s.array)[key]; !there {
				continue
			}
			r.assign(s.name, input(key))
			if r.broken(s.body) {
				return
			}
		}
	case *deleteS:
		if s.index == nil {
			clear(r.array(s.array))
		} else {
			delete(r.array(s.array), r.key(s.index))
		}
	case *jumpS:
		j := &jump{word: s.word}
		if s.value != nil {
			j.value = r.eval(s.value)
		}
		panic(j)
	}
}

// broken runs a loop's body once and says whether break ended the loop.
func (r *run) broken(body stmt) (ended bool) {
	defer catch("break", "continue")(func(word string) { ended = word == "break" })
	r.statement(body)
	return false
}

func (r *run) print(s *printS) {
	w := &writer{out: r.out}
	if s.mode != "" {
		var err error
		if w, err = r.writing(r.text(s.to), s.mode); err != nil {
			r.fail(err)
		}
	}
	var line string
	switch {
	case s.format:
		if len(s.args) == 0 {
			r.fail(errors.New("printf without a format"))
		}
		var args []value
		for _, a := range s.args[1:] {
			args = append(args, r.eval(a))
		}
		var err error
		if line, err = sprintf(r.text(s.args[0]), args, r.variable("CONVFMT")); err != nil {
			r.fail(err)
		}
	case len(s.args) == 0:
		line = r.record0() + r.variable("ORS")
	default:
		parts := make([]string, len(s.args))
		for i, a := range s.args {
			parts[i] = r.eval(a).text(r.variable("OFMT"))
		}
		line = strings.Join(parts, r.variable("OFS")) + r.variable("ORS")
	}
	if _, err := w.out.WriteString(line); err != nil {
		r.fail(err)
	}
}
