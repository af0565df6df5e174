package udf

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/platform"
	"helenus/internal/schema"
)

// Options are the settings of user functions, by the names of cassandra.yaml where it has them.
type Options struct {
	// Enabled is user_defined_functions_enabled, Scripted scripted_user_defined_functions_enabled: JavaScript and WebAssembly.
	Enabled, Scripted bool
	// WarnTimeout and FailTimeout are user_defined_functions_warn_timeout and _fail_timeout; default 500 ms and 1500 ms.
	WarnTimeout, FailTimeout time.Duration
	// BytesMax bounds what one run may allocate in all, freed or not; default 16 MiB. SharedMax bounds all runs in Java at one time; default four
	// times that.
	BytesMax, SharedMax int64
	Clock               platform.Clock
	// Worker starts a process that runs scripts: worker.Main. nil: there are no scripts.
	Worker func() (Process, error)
	Logger *slog.Logger
}

// Engine compiles and runs user functions. It is safe for concurrent use.
type Engine struct {
	options   Options
	languages map[string]language
	shared    atomic.Int64 // bytes of runs in Java under way
	scripts   *scripts

	mu       sync.Mutex
	compiled map[*schema.Function]*compilation // guarded by mu
}

// compilation is a function's body, compiled once.
type compilation struct {
	once sync.Once
	body body
	err  error
}

// compiledMax bounds the compiled bodies that are kept.
const compiledMax = 1000

// New returns an engine. Close ends it.
func New(o Options) *Engine {
	if o.WarnTimeout == 0 {
		o.WarnTimeout = 500 * time.Millisecond
	}
	if o.FailTimeout == 0 {
		o.FailTimeout = 1500 * time.Millisecond
	}
	if o.BytesMax == 0 {
		o.BytesMax = 16 << 20
	}
	if o.SharedMax == 0 {
		o.SharedMax = 4 * o.BytesMax
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Engine{options: o, compiled: map[*schema.Function]*compilation{}}
	e.languages = map[string]language{"java": javaLanguage{e}}
	if o.Scripted && o.Worker != nil {
		e.scripts = newScripts(&e.options)
		e.languages["javascript"] = scriptLanguage{e.scripts, "javascript"}
		e.languages["wasm"] = scriptLanguage{e.scripts, "wasm"}
	}
	return e
}

// Close ends the processes that run scripts, and waits for them.
func (e *Engine) Close() error {
	if e.scripts == nil {
		return nil
	}
	return e.scripts.close()
}

var (
	errOnlyJava = cassandra.Invalidf("Currently only Java UDFs are available in Cassandra. For more information - CASSANDRA-18252 and CASSANDRA-17281")
	errScripts  = cassandra.Invalidf("Scripted user-defined functions are disabled in cassandra.yaml - set scripted_user_defined_functions_enabled=true to enable LANGUAGE javascript and wasm")
)

// Allowed refuses a language, in lower case, that is not there or not enabled.
// Source: Cassandra 5.0, UDFunction.assertUdfsEnabled.
func (e *Engine) Allowed(name string) error {
	switch {
	case !e.options.Enabled:
		return schema.ErrFunctionsDisabled
	case e.languages[name] != nil:
		return nil
	case name == "javascript" || name == "wasm":
		return errScripts
	case e.options.Scripted:
		return cassandra.Invalidf("Invalid language %s for a function; there are java, javascript and wasm", name)
	}
	return errOnlyJava
}

// Compile refuses a function whose body can't be run. Errors are *cassandra.Error.
func (e *Engine) Compile(ctx context.Context, f *schema.Function) error {
	_, err := e.languages[f.Language].compile(ctx, f)
	return err
}

// body is a compiled function.
type body interface {
	// run computes it within limits. Arguments and result are serialized; nil is null. Its error is an *Exception, errTime, errMemory, or says what
	// is wrong on this side.
	run(ctx context.Context, args [][]byte) ([]byte, error)
}

// language makes bodies.
type language interface {
	// compile refuses a body with a *cassandra.Error.
	compile(ctx context.Context, f *schema.Function) (body, error)
}

// exception is what a body threw.
type exception struct{ text string }

func (e *exception) Error() string { return e.text }

var (
	errTime   = errors.New("out of time")
	errMemory = errors.New("out of memory")
	errBusy   = errors.New("busy")
)

// Run calls a function. Arguments and result are serialized values, nil is null. slow is a warning for the client when the call took long. Errors
// are *cassandra.Error.
func (e *Engine) Run(ctx context.Context, f *schema.Function, args [][]byte) (value []byte, slow string, err error) {
	if err := e.Allowed(f.Language); err != nil {
		return nil, "", err
	}
	b, err := e.bodyOf(ctx, f)
	if err != nil {
		return nil, "", err
	}
	began := e.options.Clock.Monotonic()
	value, err = b.run(ctx, args)
	if err == nil {
		if err = f.Return.Validate(value); value != nil && err != nil {
			return nil, "", failed(f, "%s", err)
		}
		if e.options.Clock.Monotonic()-began > e.options.WarnTimeout {
			slow = fmt.Sprintf("User defined function %s ran longer than %dms", shown(f), e.options.WarnTimeout.Milliseconds())
		}
		return value, slow, nil
	}
	var thrown *exception
	switch {
	case errors.As(err, &thrown):
		return nil, "", failed(f, "%s", thrown.text)
	case errors.Is(err, errTime):
		return nil, "", failed(f, "User defined function %s ran longer than %dms", shown(f), e.options.FailTimeout.Milliseconds())
	case errors.Is(err, errMemory):
		return nil, "", failed(f, "User defined function %s used more memory than the %d KiB that it may", shown(f), e.options.BytesMax>>10)
	case errors.Is(err, errBusy):
		return nil, "", cassandra.Overloadedf("Too many user defined functions run")
	}
	return nil, "", failed(f, "%s", err)
}

// bodyOf returns a function's compiled body.
func (e *Engine) bodyOf(ctx context.Context, f *schema.Function) (body, error) {
	e.mu.Lock()
	c := e.compiled[f]
	if c == nil {
		for old := range e.compiled { // in no particular order: those that are needed come back
			if len(e.compiled) < compiledMax {
				break
			}
			delete(e.compiled, old)
		}
		c = &compilation{}
		e.compiled[f] = c
	}
	e.mu.Unlock()
	c.once.Do(func() { c.body, c.err = e.languages[f.Language].compile(ctx, f) })
	if c.err != nil {
		e.mu.Lock()
		delete(e.compiled, f) // it may be for a reason that passes
		e.mu.Unlock()
		return nil, cassandra.Invalidf("Function '%s.%s' exists but hasn't been loaded successfully for the following reason: %s. Please see the server log for details", f.Keyspace, f.Name, c.err)
	}
	return c.body, nil
}

// shown is a function as messages show it: ks.f : (int) -> text.
// Source: Cassandra 5.0, AbstractFunction.toString.
func shown(f *schema.Function) string {
	return f.Keyspace + "." + f.Name + " : (" + strings.Join(schema.TypeNames(f.ArgTypes), ", ") + ") -> " + f.Return.String()
}

// failed is the error of a call that did not come to a result.
func failed(f *schema.Function, format string, args ...any) *cassandra.Error {
	err := cassandra.Invalidf(format, args...)
	err.Code, err.Keyspace, err.Function, err.ArgTypes = cassandra.CodeFunctionFailure, f.Keyspace, f.Name, schema.TypeNames(f.ArgTypes)
	return err
}
