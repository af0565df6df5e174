package worker

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"helenus/internal/cqltype"
)

// module is a body in WebAssembly: a module in base64, or 0x and hexadecimal.
//
// The module exports a function of the CQL function's name, or one called run. A function that RETURNS NULL ON NULL INPUT takes tinyint, smallint,
// int and boolean as i32, bigint, counter, timestamp (milliseconds) and time (nanoseconds) as i64, float as f32 and double as f64, and returns them so. Every other
// value, and every value of a function that is CALLED ON NULL INPUT, is two i32: where its bytes are in the memory, and how many; a null has the
// length -1. The bytes are CQL's: text is UTF-8, an int four bytes, big-endian. Such a result is one i64: the place in its upper half, the length in
// its lower one. The module then exports its memory, and alloc(i32) i32, which finds room.
type module struct {
	signature
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	export   string
}

// pageBytes is the size of a page of WebAssembly's memory.
const pageBytes = 64 << 10

func compileModule(s signature, body string, l *limits) (program, error) {
	raw, err := moduleBytes(body)
	if err != nil {
		return nil, err
	}
	pages := uint32(max(l.bytesMax/pageBytes, 1))
	ctx, cancel := context.WithTimeout(context.Background(), l.time)
	defer cancel()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithMemoryLimitPages(pages).WithCloseOnContextDone(true))
	fail := func(err error) (program, error) {
		return nil, errors.Join(err, r.Close(context.Background()))
	}
	// what AssemblyScript's modules call when they give up
	abort := r.NewHostModuleBuilder("env").NewFunctionBuilder().WithFunc(func(context.Context, uint32, uint32, uint32, uint32) { panic("abort") }).Export("abort")
	if _, err := abort.Instantiate(ctx); err != nil {
		return fail(err)
	}
	compiled, err := r.CompileModule(ctx, raw)
	if err != nil {
		return fail(fmt.Errorf("the body is no module that can be run: %w", err))
	}
	for _, f := range compiled.ImportedFunctions() {
		if from, name, _ := f.Import(); from != "env" || name != "abort" {
			return fail(fmt.Errorf("the module imports %s.%s; a function gets nothing from outside", from, name))
		}
	}
	if len(compiled.ImportedMemories()) > 0 {
		return fail(errors.New("the module imports its memory; it has to have its own"))
	}
	m := &module{s, r, compiled, s.name}
	if err := m.check(); err != nil {
		return fail(err)
	}
	return m, nil
}

func moduleBytes(body string) ([]byte, error) {
	text := strings.Join(strings.Fields(body), "")
	if digits, ok := strings.CutPrefix(text, "0x"); ok {
		raw, err := hex.DecodeString(digits)
		if err != nil {
			return nil, errors.New("the body begins with 0x and is not hexadecimal")
		}
		return raw, nil
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("the body is no module in base64, nor in hexadecimal after 0x")
	}
	return raw, nil
}

// check holds the exported function against the signature.
func (m *module) check() error {
	exports := m.compiled.ExportedFunctions()
	f := exports[m.export]
	if f == nil {
		m.export = "run"
		if f = exports[m.export]; f == nil {
			return fmt.Errorf("the module exports no function %s, and none called run", m.name)
		}
	}
	var params []api.ValueType
	inMemory := false
	for _, t := range m.args {
		v, plain := m.plain(t)
		if !plain {
			params = append(params, api.ValueTypeI32)
			inMemory, v = true, api.ValueTypeI32
		}
		params = append(params, v)
	}
	result, plain := m.plain(m.ret)
	if !plain {
		inMemory, result = true, api.ValueTypeI64
	}
	if string(f.ParamTypes()) != string(params) || string(f.ResultTypes()) != string([]api.ValueType{result}) {
		return fmt.Errorf("the module's function %s has the type (%s) -> (%s); it has to be (%s) -> (%s)", m.export, typeNames(f.ParamTypes()), typeNames(f.ResultTypes()), typeNames(params), api.ValueTypeName(result))
	}
	if !inMemory {
		return nil
	}
	if len(m.compiled.ExportedMemories()) == 0 {
		return errors.New("the module exports no memory, which values are passed in")
	}
	alloc := exports["alloc"]
	if alloc == nil || typeNames(alloc.ParamTypes()) != "i32" || typeNames(alloc.ResultTypes()) != "i32" {
		return errors.New("the module exports no function alloc of the type (i32) -> (i32), which finds room for values")
	}
	return nil
}

func typeNames(types []api.ValueType) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = api.ValueTypeName(t)
	}
	return strings.Join(names, ", ")
}

// plain is how a value is passed that needs no memory.
func (m *module) plain(t *cqltype.Type) (api.ValueType, bool) {
	if m.calledOnNull {
		return 0, false
	}
	switch t.Kind {
	case cqltype.KindTinyint, cqltype.KindSmallint, cqltype.KindInt, cqltype.KindBoolean:
		return api.ValueTypeI32, true
	case cqltype.KindBigint, cqltype.KindCounter, cqltype.KindTimestamp, cqltype.KindTime:
		return api.ValueTypeI64, true
	case cqltype.KindFloat:
		return api.ValueTypeF32, true
	case cqltype.KindDouble:
		return api.ValueTypeF64, true
	}
	return 0, false
}

// call runs the module in an instance of its own: nothing stays from one call to the next.
func (m *module) call(l *limits, args [][]byte) (result []byte, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), l.time)
	defer cancel()
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = errTime
		}
	}()
	instance, err := m.runtime.InstantiateModule(ctx, m.compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
	if err != nil {
		return nil, trapped(err)
	}
	defer instance.Close(context.Background()) // always nil: it has no files
	params := make([]uint64, 0, 2*len(args))
	for i, raw := range args {
		if _, plain := m.plain(m.args[i]); plain {
			params = append(params, plainParam(m.args[i], raw))
			continue
		}
		at, length, err := place(ctx, instance, raw)
		if err != nil {
			return nil, err
		}
		params = append(params, uint64(at), uint64(length))
	}
	out, err := instance.ExportedFunction(m.export).Call(ctx, params...)
	if err != nil {
		return nil, trapped(err)
	}
	if _, plain := m.plain(m.ret); plain {
		return plainResult(m.ret, out[0])
	}
	length := uint32(out[0])
	if length == math.MaxUint32 {
		return nil, nil
	}
	raw, ok := instance.Memory().Read(uint32(out[0]>>32), length)
	if !ok {
		return nil, fmt.Errorf("the result, %d bytes at %d, is outside the module's memory", length, out[0]>>32)
	}
	return append([]byte{}, raw...), nil
}

// place copies a value into the module's memory.
func place(ctx context.Context, instance api.Module, raw []byte) (at, length uint32, err error) {
	if raw == nil {
		return 0, math.MaxUint32, nil
	}
	out, err := instance.ExportedFunction("alloc").Call(ctx, uint64(len(raw)))
	if err != nil {
		return 0, 0, trapped(err)
	}
	if !instance.Memory().Write(uint32(out[0]), raw) {
		return 0, 0, fmt.Errorf("alloc(%d) gave %d, which is outside the module's memory", len(raw), uint32(out[0]))
	}
	return uint32(out[0]), uint32(len(raw)), nil
}

// trapped is an engine's error without its stack.
func trapped(err error) error {
	text, _, _ := strings.Cut(err.Error(), "\nwasm stack trace")
	text, _, _ = strings.Cut(text, " (recovered by wazero)")
	return errors.New(text)
}

func plainParam(t *cqltype.Type, raw []byte) uint64 {
	switch t.Kind {
	case cqltype.KindFloat:
		return api.EncodeF32(float32(cqltype.Float64(raw)))
	case cqltype.KindDouble:
		return api.EncodeF64(cqltype.Float64(raw))
	case cqltype.KindBigint, cqltype.KindCounter, cqltype.KindTimestamp, cqltype.KindTime:
		return uint64(cqltype.Int64(raw))
	}
	return api.EncodeI32(int32(cqltype.Int64(raw)))
}

func plainResult(t *cqltype.Type, v uint64) ([]byte, error) {
	switch t.Kind {
	case cqltype.KindFloat:
		return cqltype.AppendFloat(nil, api.DecodeF32(v)), nil
	case cqltype.KindDouble:
		return cqltype.AppendDouble(nil, api.DecodeF64(v)), nil
	case cqltype.KindBigint, cqltype.KindCounter, cqltype.KindTimestamp, cqltype.KindTime:
		return cqltype.AppendBigint(nil, int64(v)), nil
	case cqltype.KindBoolean:
		return cqltype.AppendBoolean(nil, uint32(v) != 0), nil
	case cqltype.KindTinyint, cqltype.KindSmallint:
		n := api.DecodeI32(v)
		if t.Kind == cqltype.KindTinyint && n != int32(int8(n)) || n != int32(int16(n)) {
			return nil, fmt.Errorf("%d is out of range for a %s", n, t)
		}
		return t.AppendInteger(nil, int64(n)), nil
	}
	return cqltype.AppendInt(nil, api.DecodeI32(v)), nil
}
