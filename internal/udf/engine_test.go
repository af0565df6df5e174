//go:build javascript

package udf

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/platform"
	"helenus/internal/schema"
	"helenus/internal/udf/worker"
)

// TestMain is the process that runs scripts, too.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == worker.Argument {
		worker.Main(os.Stdin, os.Stdout, os.Exit)
		return
	}
	os.Exit(m.Run())
}

type child struct {
	cmd *exec.Cmd
	io.Reader
	io.Writer
}

func (c *child) Kill() { _ = c.cmd.Process.Kill() }
func (c *child) Wait() { _ = c.cmd.Wait() }

// engine starts one whose functions may take 300 ms and 8 MiB; started counts its processes.
func engine(t *testing.T) (e *Engine, started *int) {
	t.Helper()
	var mu sync.Mutex
	started = new(int)
	e = New(Options{Enabled: true, Scripted: true, WarnTimeout: 100 * time.Millisecond, FailTimeout: 300 * time.Millisecond, BytesMax: 8 << 20, Clock: platform.SystemClock{},
		Worker: func() (Process, error) {
			mu.Lock()
			*started++
			mu.Unlock()
			c := &child{cmd: exec.Command(os.Args[0], worker.Argument)}
			in, err := c.cmd.StdinPipe()
			if err != nil {
				return nil, err
			}
			out, err := c.cmd.StdoutPipe()
			if err != nil {
				return nil, err
			}
			c.Reader, c.Writer = out, in
			return c, c.cmd.Start()
		}})
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e, started
}

var integers = cqltype.ListOf(cqltype.Int, false)

func script(body string) *schema.Function {
	return &schema.Function{Keyspace: "ks", Name: "f", ArgNames: []string{"i", "s", "l", "m"}, Return: cqltype.Text, CalledOnNull: true, Language: "javascript", Body: body,
		ArgTypes: []*cqltype.Type{cqltype.Int, cqltype.Text, integers, cqltype.MapOf(cqltype.Text, cqltype.Bigint, false)}}
}

func arguments() [][]byte {
	m := cqltype.MapOf(cqltype.Text, cqltype.Bigint, true)
	return [][]byte{cqltype.AppendInt(nil, 7), []byte("Grüße"), integers.Join([][]byte{cqltype.AppendInt(nil, 3), cqltype.AppendInt(nil, 1)}),
		m.Join([][]byte{[]byte("a"), cqltype.AppendBigint(nil, 1<<60), []byte("b"), cqltype.AppendBigint(nil, 2)})}
}

func TestJavaScript(t *testing.T) {
	e, started := engine(t)
	for body, want := range map[string]string{
		`s + "/" + s.length + "/" + (i + 1)`:                                       "Grüße/5/8",
		`return l.map(x => x * 2).join() + typeof m.get("a") + typeof m.get("b");`: "6,2bigintnumber",
		`let r = ""; for (const [k, v] of m) r += k + "=" + v + ";"; return r;`:    "a=1152921504606846976;b=2;",
		`if (i > 5) { "big" } else { "small" }`:                                    "big",
		`typeof require + typeof process + typeof console + typeof fetch`:          "undefinedundefinedundefinedundefined",
		`typeof this.leak + (this.leak = 1)`:                                       "undefined1",
		`null`:                                                                     "<null>",
		`return undefined;`:                                                        "<null>",
		`(function() { try { null.x } catch (e) { return e.name } })()`:            "TypeError",
	} {
		got, _, err := e.Run(t.Context(), script(body), arguments())
		text := string(got)
		if got == nil {
			text = "<null>"
		}
		if err != nil || text != want {
			t.Errorf("%s\n got %s, %v\nwant %s", body, text, err, want)
		}
	}
	if *started != 1 {
		t.Errorf("%d processes were started, want 1", *started)
	}
}

// TestValues passes a value of every type through a script and back.
func TestValues(t *testing.T) {
	e, _ := engine(t)
	udt := cqltype.NewUDT("ks", "point", []string{"x", "y"}, []*cqltype.Type{cqltype.Int, cqltype.Text}, true)
	for of, text := range map[*cqltype.Type]string{
		cqltype.Tinyint: "-5", cqltype.Smallint: "300", cqltype.Int: "-7", cqltype.Bigint: "-9223372036854775808", cqltype.Varint: "123456789012345678901234567890",
		cqltype.Float: "1.5", cqltype.Double: "-2.25", cqltype.Decimal: "12.50", cqltype.Boolean: "true", cqltype.Text: "Grüße", cqltype.ASCII: "a", cqltype.Blob: "0x00ff",
		cqltype.UUID: "550e8400-e29b-41d4-a716-446655440000", cqltype.Inet: "10.0.0.1", cqltype.Date: "2020-01-02", cqltype.Time: "03:04:05.000000006",
		cqltype.Timestamp: "2020-01-02 03:04:05.678+0000", cqltype.Duration: "1mo2d3ns",
	} {
		raw, err := of.ParseText(text)
		if err != nil {
			t.Fatal(of, err)
		}
		f := &schema.Function{Keyspace: "ks", Name: "f", ArgNames: []string{"v"}, ArgTypes: []*cqltype.Type{of}, Return: of, Language: "javascript", Body: "v"}
		if got, _, err := e.Run(t.Context(), f, [][]byte{raw}); err != nil || string(got) != string(raw) {
			t.Errorf("%s: got %x, %v; want %x", of, got, err, raw)
		}
	}
	one, text := cqltype.AppendInt(nil, 1), []byte("x")
	for of, raw := range map[*cqltype.Type][]byte{
		integers: integers.Join([][]byte{one, one}), udt: udt.Join([][]byte{one, text}), cqltype.TupleOf(cqltype.Int, cqltype.Text): cqltype.TupleOf(cqltype.Int, cqltype.Text).Join([][]byte{one, nil}),
		cqltype.SetOf(cqltype.Text, true):              cqltype.SetOf(cqltype.Text, true).Join([][]byte{text}),
		cqltype.MapOf(cqltype.Int, cqltype.Text, true): cqltype.MapOf(cqltype.Int, cqltype.Text, true).Join([][]byte{one, text}),
		cqltype.VectorOf(cqltype.Float, 2):             {0x3f, 0x80, 0, 0, 0x40, 0, 0, 0},
	} {
		f := &schema.Function{Keyspace: "ks", Name: "f", ArgNames: []string{"v"}, ArgTypes: []*cqltype.Type{of}, Return: of, Language: "javascript", Body: "return v;"}
		if got, _, err := e.Run(t.Context(), f, [][]byte{raw}); err != nil || string(got) != string(raw) {
			t.Errorf("%s: got %x, %v; want %x", of, got, err, raw)
		}
	}
}

// wantFailure checks the error that a client gets.
func wantFailure(t *testing.T, what string, err error, code cassandra.Code, part string) {
	t.Helper()
	var e *cassandra.Error
	if !errors.As(err, &e) || e.Code != code || !strings.Contains(e.Message, part) {
		t.Errorf("%s: got %v, want 0x%04x with %q", what, err, int(code), part)
	}
}

const (
	tooLong = "User defined function ks.f : (int, text, list<int>, map<text, bigint>) -> text ran longer than 300ms"
	tooMuch = "used more memory than the 8192 KiB that it may"
)

// TestScriptLimits: whatever a script does, the call ends with an error, and the next call works.
func TestScriptLimits(t *testing.T) {
	e, _ := engine(t)
	for body, part := range map[string]string{
		`while (true);`: tooLong,
		`return (function f() { return f() + f(); })();`: "RangeError: Maximum call stack size exceeded",
		`for (const a = [];;) a.push([a]);`:              tooMuch,
		`let r = "x"; while (true) r += r;`:              tooMuch,
		`return "x".repeat(2 ** 29);`:                    tooMuch,
		`return new ArrayBuffer(2 ** 33);`:               "",
		`return JSON.stringify((function d(n) { const a = n ? d(n - 1) : 1; return [a, a]; })(40));`: "",
		`return /^(a+)+(?=b)$/.test("a".repeat(40)) + "";`:                                           "",
		`const a = []; a.length = 2 ** 32 - 1; return "" + a.indexOf(1);`:                            "",
		`throw new Error("boom")`:            "Error: boom",
		`return {};`:                         "a text can't be made of [object Object]",
		`({ toString() { while (true); } })`: "",
	} {
		began := time.Now()
		_, _, err := e.Run(t.Context(), script(body), arguments())
		if part == tooMuch && err != nil && strings.Contains(err.Error(), tooLong) {
			t.Logf("%s: the machine is too slow to run out of memory in time", body)
		} else {
			wantFailure(t, body, err, cassandra.CodeFunctionFailure, part)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%s took %s", body, took)
		}
		if got, _, err := e.Run(t.Context(), script(`s`), arguments()); err != nil || string(got) != "Grüße" {
			t.Errorf("after %s: %s, %v", body, got, err)
		}
	}
	for body, part := range map[string]string{"return (;": "Unexpected token", "let 1": "", strings.Repeat("(", 200_000): "", strings.Repeat(" ", scriptMax+1): "are the most"} {
		wantFailure(t, body[:min(len(body), 20)], e.Compile(t.Context(), script(body)), cassandra.CodeInvalid, part)
	}
}

// TestBusy: callers beyond the processes that there are wait for a while, and no longer.
func TestBusy(t *testing.T) {
	e, started := engine(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, _, err := e.Run(context.Background(), script(`while (true);`), arguments())
			if err == nil {
				t.Error("a loop without end ended")
			}
		})
	}
	all.Wait()
	if *started > workersMax {
		t.Errorf("%d processes were started, want at most %d", *started, workersMax)
	}
}

// TestLanguages: a slow call warns; languages that are not there are refused in Cassandra's words.
func TestLanguages(t *testing.T) {
	e, _ := engine(t)
	f := &schema.Function{Keyspace: "ks", Name: "slow", Return: cqltype.Int, CalledOnNull: true, Language: "java", Body: "int n = 0; for (int i = 0; i < 2000000000; i++) n++; return n;"}
	_, _, err := e.Run(t.Context(), f, nil)
	wantFailure(t, "java", err, cassandra.CodeFunctionFailure, "User defined function ks.slow : () -> int ran longer than 300ms")
	wantFailure(t, "cobol", e.Allowed("cobol"), cassandra.CodeInvalid, "Invalid language cobol")
	plain := New(Options{Enabled: true, Clock: platform.SystemClock{}})
	wantFailure(t, "javascript", plain.Allowed("javascript"), cassandra.CodeInvalid, "scripted_user_defined_functions_enabled=true")
	wantFailure(t, "cobol", plain.Allowed("cobol"), cassandra.CodeInvalid, "Currently only Java UDFs are available in Cassandra")
	wantFailure(t, "off", New(Options{Clock: platform.SystemClock{}}).Allowed("java"), cassandra.CodeInvalid, "User-defined functions are disabled in cassandra.yaml")
}

// section appends a section of a module.
func section(id byte, body ...byte) []byte { return append([]byte{id, byte(len(body))}, body...) }

// module assembles a module: types, functions and their exports and bodies as they stand in its sections; pages of memory.
func module(pages byte, types, functions, exports, code []byte) string {
	raw := []byte("\x00asm\x01\x00\x00\x00")
	raw = append(raw, section(1, types...)...)
	raw = append(raw, section(3, functions...)...)
	raw = append(raw, section(5, 1, 0, pages)...)
	raw = append(raw, section(7, exports...)...)
	return base64.StdEncoding.EncodeToString(append(raw, section(10, code...)...))
}

// oneFunction is a module of one function f: (i32) -> i32 with this code.
func oneFunction(code ...byte) string {
	body := append(append([]byte{0}, code...), 0x0b)
	return module(1, []byte{1, 0x60, 1, 0x7f, 1, 0x7f}, []byte{1, 0}, []byte{1, 1, 'f', 0, 0}, append([]byte{1, byte(len(body))}, body...))
}

func wasm(body string) *schema.Function {
	return &schema.Function{Keyspace: "ks", Name: "f", ArgNames: []string{"i"}, ArgTypes: []*cqltype.Type{cqltype.Int}, Return: cqltype.Int, Language: "wasm", Body: body}
}

func TestWasm(t *testing.T) {
	e, _ := engine(t)
	seven := [][]byte{cqltype.AppendInt(nil, 7)}
	got, _, err := e.Run(t.Context(), wasm(oneFunction(0x20, 0, 0x41, 1, 0x6a)), seven) // local.get 0, i32.const 1, i32.add
	if err != nil || cqltype.Int64(got) != 8 {
		t.Errorf("7 + 1 = %x, %v", got, err)
	}
	got, _, err = e.Run(t.Context(), wasm("0x0061736d0100000001060160017f017f0302010005030100010707010372756e00000a09010700200041016a0b"), seven) // of docs/functions.md
	if err != nil || cqltype.Int64(got) != 8 {
		t.Errorf("7 + 1 = %x, %v", got, err)
	}
	// run: (ptr i32, len i32) -> i64 gives its argument back; alloc: (i32) -> i32 is always 1024
	identity := []byte{0, 0x20, 0, 0xad, 0x42, 32, 0x86, 0x20, 1, 0xad, 0x84, 0x0b}
	alloc := []byte{0, 0x41, 0x80, 0x08, 0x0b}
	code := append(append([]byte{2, byte(len(identity))}, identity...), append([]byte{byte(len(alloc))}, alloc...)...)
	body := module(1, []byte{2, 0x60, 2, 0x7f, 0x7f, 1, 0x7e, 0x60, 1, 0x7f, 1, 0x7f}, []byte{2, 0, 1},
		append([]byte{3, 3, 'r', 'u', 'n', 0, 0, 5}, append([]byte("alloc\x00\x01\x06"), []byte("memory\x02\x00")...)...), code)
	f := &schema.Function{Keyspace: "ks", Name: "g", ArgNames: []string{"s"}, ArgTypes: []*cqltype.Type{cqltype.Text}, Return: cqltype.Text, CalledOnNull: true, Language: "wasm", Body: body}
	for _, value := range [][]byte{[]byte("Grüße"), {}, nil} {
		if got, _, err := e.Run(t.Context(), f, [][]byte{value}); err != nil || string(got) != string(value) || (got == nil) != (value == nil) {
			t.Errorf("%q came back as %q, %v", value, got, err)
		}
	}
	large := [][]byte{make([]byte, 100_000)}
	_, _, err = e.Run(t.Context(), f, large)
	wantFailure(t, "alloc", err, cassandra.CodeFunctionFailure, "outside the module's memory")
	for body, part := range map[string]string{
		"?":                      "no module in base64",
		"0x0":                    "not hexadecimal",
		"AGFzbQ==":               "no module that can be run",
		oneFunction(0x20, 0, 99): "no module that can be run",
		module(1, []byte{1, 0x60, 0, 0}, []byte{1, 0}, []byte{1, 1, 'f', 0, 0}, []byte{1, 2, 0, 0x0b}):                      "it has to be (i32) -> (i32)",
		module(1, []byte{1, 0x60, 1, 0x7f, 1, 0x7f}, []byte{1, 0}, []byte{1, 1, 'g', 0, 0}, []byte{1, 4, 0, 0x41, 1, 0x0b}): "exports no function f",
	} {
		wantFailure(t, body, e.Compile(t.Context(), wasm(body)), cassandra.CodeInvalid, part)
	}
	for what, body := range map[string]string{
		"loop":        oneFunction(0x03, 0x40, 0x0c, 0, 0x0b, 0x41, 0), // loop br 0 end
		"trap":        oneFunction(0x00),
		"recursion":   oneFunction(0x20, 0, 0x10, 0),
		"memory.grow": oneFunction(0x03, 0x40, 0x41, 1, 0x40, 0, 0x41, 0x7f, 0x47, 0x0d, 0, 0x0b, 0x00), // until it fails, then trap
	} {
		began := time.Now()
		_, _, err := e.Run(t.Context(), wasm(body), seven)
		wantFailure(t, what, err, cassandra.CodeFunctionFailure, "")
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%s took %s", what, took)
		}
	}
}
