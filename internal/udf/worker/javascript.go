//go:build javascript

package worker

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"

	"helenus/internal/cqltype"
)

// JavaScript says whether this program runs JavaScript.
const JavaScript = true

// script is a body in JavaScript: a function's body with return, or a script whose last value counts, as in earlier Cassandras.
type script struct {
	signature
	program *goja.Program
	// function says that the program's value is a function to call.
	function bool
}

func compileScript(s signature, body string) (program, error) {
	p, err := goja.Compile(s.name, body, false)
	if err == nil {
		return &script{s, p, false}, nil
	}
	if !strings.Contains(body, "return") {
		return nil, plainError(err)
	}
	for _, name := range s.argNames {
		if !identifier.MatchString(name) {
			return nil, fmt.Errorf("argument %s can't be a name in JavaScript", cqltype.QuoteName(name))
		}
	}
	p, err = goja.Compile(s.name, "(function("+strings.Join(s.argNames, ", ")+") {"+body+"\n})", false)
	if err != nil {
		return nil, plainError(err)
	}
	return &script{s, p, true}, nil
}

var identifier = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`)

// plainError is an engine's error without the engine's own name for the source.
func plainError(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), "SyntaxError: SyntaxError: "))
}

// stackMax bounds how deep functions call each other.
const stackMax = 1000

// call runs the script in an engine of its own: nothing stays from one call to the next.
func (s *script) call(l *limits, args [][]byte) (result []byte, err error) {
	vm := goja.New()
	vm.SetMaxCallStackSize(stackMax)
	timer := time.AfterFunc(l.time, func() { vm.Interrupt(errTime) })
	defer timer.Stop()
	values := make([]goja.Value, len(args))
	for i, a := range args {
		if values[i], err = toScript(vm, s.args[i], a); err != nil {
			return nil, err
		}
		if !s.function {
			if err := vm.Set(s.argNames[i], values[i]); err != nil {
				return nil, err
			}
		}
	}
	v, err := vm.RunProgram(s.program)
	if err == nil && s.function {
		f, ok := goja.AssertFunction(v)
		if !ok {
			return nil, errors.New("the body is not that of one function")
		}
		v, err = f(goja.Undefined(), values...)
	}
	if err != nil {
		return nil, scriptError(err)
	}
	var raw []byte
	thrown := vm.Try(func() { raw, err = fromScript(vm, s.ret, v, 0) })
	if thrown != nil {
		return nil, scriptError(thrown)
	}
	return raw, err
}

func scriptError(err error) error {
	var interrupted *goja.InterruptedError
	if errors.As(err, &interrupted) {
		return errTime
	}
	var overflow *goja.StackOverflowError
	if errors.As(err, &overflow) {
		return errors.New("RangeError: Maximum call stack size exceeded")
	}
	var thrown *goja.Exception
	if errors.As(err, &thrown) {
		return errors.New(thrown.Value().String())
	}
	return err
}

// safeMax is the largest integer that every smaller one of is a double, too.
const safeMax = 1<<53 - 1

func toScript(vm *goja.Runtime, t *cqltype.Type, raw []byte) (goja.Value, error) {
	if raw == nil || len(raw) == 0 && t.Kind != cqltype.KindText && t.Kind != cqltype.KindASCII && t.Kind != cqltype.KindBlob {
		return goja.Null(), nil
	}
	switch t.Kind {
	case cqltype.KindInt, cqltype.KindSmallint, cqltype.KindTinyint:
		return vm.ToValue(cqltype.Int64(raw)), nil
	case cqltype.KindBigint, cqltype.KindCounter, cqltype.KindTime:
		return integer(vm, big.NewInt(cqltype.Int64(raw))), nil
	case cqltype.KindVarint:
		return integer(vm, cqltype.BigInt(raw)), nil
	case cqltype.KindFloat, cqltype.KindDouble:
		return vm.ToValue(cqltype.Float64(raw)), nil
	case cqltype.KindBoolean:
		return vm.ToValue(raw[0] != 0), nil
	case cqltype.KindText, cqltype.KindASCII:
		return vm.ToValue(string(raw)), nil
	case cqltype.KindTimestamp:
		return vm.New(vm.Get("Date"), vm.ToValue(cqltype.Int64(raw)))
	case cqltype.KindBlob:
		return vm.New(vm.Get("Uint8Array"), vm.ToValue(vm.NewArrayBuffer(append([]byte(nil), raw...))))
	case cqltype.KindList, cqltype.KindSet, cqltype.KindVector, cqltype.KindMap:
		return collectionToScript(vm, t, raw)
	case cqltype.KindTuple, cqltype.KindUDT:
		return recordToScript(vm, t, raw)
	}
	return vm.ToValue(t.Text(raw)), nil // uuid, inet, date, decimal, duration
}

// integer is a number as long as it is exact, else a BigInt.
func integer(vm *goja.Runtime, n *big.Int) goja.Value {
	if n.IsInt64() && n.Int64() <= safeMax && n.Int64() >= -safeMax {
		return vm.ToValue(n.Int64())
	}
	return vm.ToValue(n)
}

func collectionToScript(vm *goja.Runtime, t *cqltype.Type, raw []byte) (goja.Value, error) {
	elems, err := t.Elements(raw)
	if err != nil {
		return nil, err
	}
	values := make([]any, len(elems))
	for i, e := range elems {
		if values[i], err = toScript(vm, t.Elems[i%len(t.Elems)], e); err != nil {
			return nil, err
		}
	}
	if t.Kind != cqltype.KindMap {
		return vm.NewArray(values...), nil
	}
	pairs := make([]any, 0, len(values)/2)
	for i := 0; i+1 < len(values); i += 2 {
		pairs = append(pairs, vm.NewArray(values[i], values[i+1]))
	}
	return vm.New(vm.Get("Map"), vm.NewArray(pairs...))
}

func recordToScript(vm *goja.Runtime, t *cqltype.Type, raw []byte) (goja.Value, error) {
	fields, err := t.Fields(raw)
	if err != nil {
		return nil, err
	}
	values := make([]any, len(fields))
	object := vm.NewObject()
	for i, f := range fields {
		v, err := toScript(vm, t.Elems[i], f)
		if err != nil {
			return nil, err
		}
		values[i] = v
		if t.Kind == cqltype.KindUDT {
			if err := object.Set(t.FieldNames[i], v); err != nil {
				return nil, err
			}
		}
	}
	if t.Kind == cqltype.KindTuple {
		return vm.NewArray(values...), nil
	}
	return object, nil
}

// depthMax bounds how deep a result may nest.
const depthMax = 64

func fromScript(vm *goja.Runtime, t *cqltype.Type, v goja.Value, depth int) ([]byte, error) {
	if v == nil || goja.IsNull(v) || goja.IsUndefined(v) {
		return nil, nil
	}
	if depth > depthMax {
		return nil, fmt.Errorf("the result nests deeper than %d", depthMax)
	}
	bad := func() ([]byte, error) {
		return nil, fmt.Errorf("a %s can't be made of %.100s", t, v.String())
	}
	switch t.Kind {
	case cqltype.KindInt, cqltype.KindSmallint, cqltype.KindTinyint, cqltype.KindBigint, cqltype.KindCounter, cqltype.KindTime, cqltype.KindVarint:
		n, ok := wholeNumber(v)
		if !ok {
			return bad()
		}
		if t.Kind == cqltype.KindVarint {
			return cqltype.AppendVarint(nil, n), nil
		}
		raw, err := t.ParseText(n.String())
		if t.Kind == cqltype.KindTime {
			if !n.IsInt64() {
				return bad()
			}
			raw, err = cqltype.AppendBigint(nil, n.Int64()), nil
		}
		if err != nil {
			return bad()
		}
		return raw, nil
	case cqltype.KindFloat, cqltype.KindDouble:
		switch v.Export().(type) {
		case int64, float64:
		default:
			return bad()
		}
		if t.Kind == cqltype.KindFloat {
			return cqltype.AppendFloat(nil, float32(v.ToFloat())), nil
		}
		return cqltype.AppendDouble(nil, v.ToFloat()), nil
	case cqltype.KindBoolean:
		b, ok := v.Export().(bool)
		if !ok {
			return bad()
		}
		return cqltype.AppendBoolean(nil, b), nil
	case cqltype.KindText, cqltype.KindASCII:
		s, ok := v.Export().(string)
		if !ok {
			return bad()
		}
		return append([]byte{}, s...), nil
	case cqltype.KindTimestamp:
		if at, ok := v.Export().(time.Time); ok {
			return cqltype.AppendBigint(nil, at.UnixMilli()), nil
		}
		if n, ok := wholeNumber(v); ok && n.IsInt64() {
			return cqltype.AppendBigint(nil, n.Int64()), nil
		}
		return bad()
	case cqltype.KindBlob:
		switch b := v.Export().(type) {
		case []byte:
			return append([]byte{}, b...), nil
		case goja.ArrayBuffer:
			return append([]byte{}, b.Bytes()...), nil
		}
		return bad()
	case cqltype.KindList, cqltype.KindSet, cqltype.KindVector, cqltype.KindTuple:
		return partsFromScript(vm, t, v, depth)
	case cqltype.KindMap:
		return mapFromScript(vm, t, v, depth)
	case cqltype.KindUDT:
		o, ok := v.(*goja.Object)
		if !ok {
			return bad()
		}
		parts := make([][]byte, len(t.Elems))
		for i, name := range t.FieldNames {
			var err error
			if parts[i], err = fromScript(vm, t.Elems[i], o.Get(name), depth+1); err != nil {
				return nil, err
			}
		}
		return t.Join(parts), nil
	}
	raw, err := t.ParseText(v.String())
	if err != nil {
		return bad()
	}
	return raw, nil
}

// wholeNumber takes integers, BigInts and doubles without a fraction.
func wholeNumber(v goja.Value) (*big.Int, bool) {
	switch n := v.Export().(type) {
	case int64:
		return big.NewInt(n), true
	case *big.Int:
		return n, true
	case float64:
		if n != math.Trunc(n) || math.IsInf(n, 0) {
			return nil, false
		}
		whole, _ := big.NewFloat(n).Int(nil)
		return whole, true
	}
	return nil, false
}

// elementsMax bounds the elements of a collection that a script makes.
const elementsMax = 1 << 20

// elementsOf are what iterating over a value gives.
func elementsOf(vm *goja.Runtime, t *cqltype.Type, v goja.Value) (all []goja.Value, err error) {
	if _, ok := v.(*goja.Object); !ok {
		return nil, fmt.Errorf("a %s can't be made of %.100s", t, v.String())
	}
	vm.ForOf(v, func(e goja.Value) bool {
		if all = append(all, e); len(all) > elementsMax {
			err = fmt.Errorf("a %s of more than %d elements", t, elementsMax)
		}
		return err == nil
	})
	return all, err
}

func partsFromScript(vm *goja.Runtime, t *cqltype.Type, v goja.Value, depth int) ([]byte, error) {
	elems, err := elementsOf(vm, t, v)
	if err != nil {
		return nil, err
	}
	if t.Kind == cqltype.KindVector && len(elems) != t.Dimension || t.Kind == cqltype.KindTuple && len(elems) > len(t.Elems) {
		return nil, fmt.Errorf("a %s can't be made of %d elements", t, len(elems))
	}
	parts := make([][]byte, len(elems))
	for i, e := range elems {
		if parts[i], err = fromScript(vm, t.Elems[i%len(t.Elems)], e, depth+1); err != nil {
			return nil, err
		}
		if parts[i] == nil && t.Kind != cqltype.KindTuple {
			return nil, errors.New("elements of collections can't be null")
		}
	}
	if t.Kind == cqltype.KindSet {
		parts = t.SortSet(parts)
	}
	return t.Join(parts), nil
}

// mapFromScript takes a Map, or an object whose keys are read as text.
func mapFromScript(vm *goja.Runtime, t *cqltype.Type, v goja.Value, depth int) ([]byte, error) {
	o, ok := v.(*goja.Object)
	if !ok {
		return nil, fmt.Errorf("a %s can't be made of %.100s", t, v.String())
	}
	var parts [][]byte
	add := func(key []byte, value goja.Value) error {
		raw, err := fromScript(vm, t.Elems[1], value, depth+1)
		if err == nil && (raw == nil || key == nil) {
			err = errors.New("keys and values of maps can't be null")
		}
		parts = append(parts, key, raw)
		return err
	}
	if !vm.InstanceOf(o, vm.Get("Map").ToObject(vm)) {
		for _, name := range o.Keys() {
			key, err := t.Elems[0].ParseText(name)
			if err != nil {
				return nil, fmt.Errorf("a key %s can't be made of %s", t.Elems[0], strconv.Quote(name))
			}
			if err := add(key, o.Get(name)); err != nil {
				return nil, err
			}
		}
		return t.Join(t.SortMap(parts)), nil
	}
	pairs, err := elementsOf(vm, t, v)
	if err != nil {
		return nil, err
	}
	for _, p := range pairs {
		pair := p.ToObject(vm)
		key, err := fromScript(vm, t.Elems[0], pair.Get("0"), depth+1)
		if err != nil {
			return nil, err
		}
		if err := add(key, pair.Get("1")); err != nil {
			return nil, err
		}
	}
	return t.Join(t.SortMap(parts)), nil
}
