package java

import "math"

// frame is one run of a body.
type frame struct {
	locals []any
	meter  *Meter
	// result is what return gave; label is where a labelled break or continue goes.
	result any
	label  string
}

// narrow makes an integer a value of an integral type, as a cast does.
func narrow(n int64, k kind) any {
	switch k {
	case kByte:
		return int8(n)
	case kShort:
		return int16(n)
	case kChar:
		return uint16(n)
	case kInt:
		return int32(n)
	case kLong:
		return n
	case kFloat:
		return float32(n)
	}
	return float64(n)
}

// truncate is a cast of a float to int or long: NaN is 0, what is out of range the nearest.
func truncate(v float64, k kind) any {
	least, most := float64(math.MinInt64), float64(math.MaxInt64)
	if k != kLong {
		least, most = math.MinInt32, math.MaxInt32
	}
	var n int64
	switch {
	case v != v:
	case v <= least && k == kLong:
		n = math.MinInt64
	case v >= most && k == kLong:
		n = math.MaxInt64
	case v <= least:
		n = math.MinInt32
	case v >= most:
		n = math.MaxInt32
	default:
		n = int64(v)
	}
	return narrow(n, k)
}

// castNumber makes a numeric value one of another numeric type.
func castNumber(v any, k kind) any {
	switch v := v.(type) {
	case float32:
		switch k {
		case kFloat:
			return v
		case kDouble:
			return float64(v)
		}
		return truncate(float64(v), k)
	case float64:
		switch k {
		case kFloat:
			return float32(v)
		case kDouble:
			return v
		}
		return truncate(v, k)
	}
	n, _ := integral(v)
	return narrow(n, k)
}

// convertPrimitive converts between numeric types; a constant stays one.
func convertPrimitive(e *expr, to *jtype) *expr {
	if e.t.kind == to.kind {
		return retyped(e, to)
	}
	if e.konst != nil {
		return constant(e.at, to, castNumber(e.konst, to.kind))
	}
	ev, k := e.ev, to.kind
	return &expr{t: to, at: e.at, ev: func(f *frame) any { return castNumber(ev(f), k) }}
}

// promoted is the type that two numbers are computed in.
func promoted(a, b *jtype) *jtype {
	switch {
	case a.kind == kDouble || b.kind == kDouble:
		return tDouble
	case a.kind == kFloat || b.kind == kFloat:
		return tFloat
	case a.kind == kLong || b.kind == kLong:
		return tLong
	}
	return tInt
}

// binary makes a binary operation.
func (c *compiler) binary(op token, a, b *expr) *expr {
	bad := func() {
		c.fail(op, "The operator %s is undefined for the argument type(s) %s, %s", op.text, a.t, b.t)
	}
	if a.t.kind == kVoid || b.t.kind == kVoid {
		bad()
	}
	switch op.text {
	case "+":
		if a.t.isString() || b.t.isString() {
			return c.concat(op, a, b)
		}
		return c.arithmetic(op, a, b, bad)
	case "-", "*", "/", "%":
		return c.arithmetic(op, a, b, bad)
	case "<<", ">>", ">>>":
		return c.shift(op, a, b, bad)
	case "<", "<=", ">", ">=":
		return c.order(op, a, b, bad)
	case "==", "!=":
		return c.equality(op, a, b)
	case "&&", "||":
		x, y := c.condition(a), c.condition(b)
		l, r, or := x.ev, y.ev, op.text == "||"
		e := &expr{t: tBoolean, at: op, ev: func(f *frame) any {
			if l(f).(bool) == or {
				return or
			}
			return r(f)
		}}
		return fold(e, x, y)
	}
	return c.bitwise(op, a, b, bad)
}

// fold computes an operation on constants at once. Division by zero stays for the run.
func fold(e *expr, operands ...*expr) *expr {
	for _, o := range operands {
		if o.konst == nil {
			return e
		}
	}
	func() {
		defer func() {
			if r := recover(); r != nil {
				if _, ok := r.(*thrown); !ok {
					panic(r)
				}
			}
		}()
		e.konst = e.ev(&frame{meter: constantMeter()})
	}()
	if e.konst != nil {
		v := e.konst
		e.ev = func(*frame) any { return v }
	}
	return e
}

func (c *compiler) concat(op token, a, b *expr) *expr {
	l, r := a.ev, b.ev
	e := &expr{t: tString, at: op, ev: func(f *frame) any {
		x := text(f.meter, l(f))
		return concat(f.meter, x, text(f.meter, r(f)))
	}}
	if a.konst != nil && b.konst != nil {
		m := constantMeter()
		return c.literal(op, concat(m, text(m, a.konst), text(m, b.konst)))
	}
	return e
}

func (c *compiler) arithmetic(op token, a, b *expr, bad func()) *expr {
	x, ok1 := c.numeric(a)
	y, ok2 := c.numeric(b)
	if !ok1 || !ok2 {
		bad()
	}
	t := promoted(x.t, y.t)
	x, y = convertPrimitive(x, t), convertPrimitive(y, t)
	l, r := x.ev, y.ev
	e := &expr{t: t, at: op}
	switch t.kind {
	case kInt:
		e.ev = integerOp[int32](op.text, l, r)
	case kLong:
		e.ev = integerOp[int64](op.text, l, r)
	case kFloat:
		e.ev = floatOp[float32](op.text, l, r)
	default:
		e.ev = floatOp[float64](op.text, l, r)
	}
	return fold(e, x, y)
}

func integerOp[T int32 | int64](op string, l, r func(*frame) any) func(*frame) any {
	switch op {
	case "+":
		return func(f *frame) any { x := l(f).(T); return x + r(f).(T) }
	case "-":
		return func(f *frame) any { x := l(f).(T); return x - r(f).(T) }
	case "*":
		return func(f *frame) any { x := l(f).(T); return x * r(f).(T) }
	}
	return func(f *frame) any {
		x := l(f).(T)
		y := r(f).(T)
		switch {
		case y == 0:
			throw("ArithmeticException", "/ by zero")
		case y == -1 && op == "/":
			return -x // the least integer stays what it is
		case y == -1:
			return T(0)
		}
		if op == "/" {
			return x / y
		}
		return x % y
	}
}

func floatOp[T float32 | float64](op string, l, r func(*frame) any) func(*frame) any {
	switch op {
	case "+":
		return func(f *frame) any { x := l(f).(T); return x + r(f).(T) }
	case "-":
		return func(f *frame) any { x := l(f).(T); return x - r(f).(T) }
	case "*":
		return func(f *frame) any { x := l(f).(T); return T(x * r(f).(T)) }
	case "/":
		return func(f *frame) any { x := l(f).(T); return x / r(f).(T) }
	}
	return func(f *frame) any { x := l(f).(T); return T(math.Mod(float64(x), float64(r(f).(T)))) }
}

func (c *compiler) shift(op token, a, b *expr, bad func()) *expr {
	x, ok1 := c.numeric(a)
	y, ok2 := c.numeric(b)
	if !ok1 || !ok2 || !x.t.isIntegral() || !y.t.isIntegral() {
		bad()
	}
	t := promoted(x.t, tInt)
	x, y = convertPrimitive(x, t), convertPrimitive(y, tLong)
	l, r, long, o := x.ev, y.ev, t.kind == kLong, op.text
	e := &expr{t: t, at: op, ev: func(f *frame) any {
		v := l(f)
		n := uint(r(f).(int64))
		if long {
			x, n := v.(int64), n&63
			switch o {
			case "<<":
				return x << n
			case ">>":
				return x >> n
			}
			return int64(uint64(x) >> n)
		}
		x := v.(int32)
		n &= 31
		switch o {
		case "<<":
			return x << n
		case ">>":
			return x >> n
		}
		return int32(uint32(x) >> n)
	}}
	return fold(e, x, y)
}

func (c *compiler) order(op token, a, b *expr, bad func()) *expr {
	x, ok1 := c.numeric(a)
	y, ok2 := c.numeric(b)
	if !ok1 || !ok2 {
		bad()
	}
	t := promoted(x.t, y.t)
	x, y = convertPrimitive(x, t), convertPrimitive(y, t)
	e := &expr{t: tBoolean, at: op}
	switch t.kind {
	case kInt:
		e.ev = orderOp[int32](op.text, x.ev, y.ev)
	case kLong:
		e.ev = orderOp[int64](op.text, x.ev, y.ev)
	case kFloat:
		e.ev = orderOp[float32](op.text, x.ev, y.ev)
	default:
		e.ev = orderOp[float64](op.text, x.ev, y.ev)
	}
	return fold(e, x, y)
}

func orderOp[T int32 | int64 | float32 | float64](op string, l, r func(*frame) any) func(*frame) any {
	switch op {
	case "<":
		return func(f *frame) any { x := l(f).(T); return x < r(f).(T) }
	case "<=":
		return func(f *frame) any { x := l(f).(T); return x <= r(f).(T) }
	case ">":
		return func(f *frame) any { x := l(f).(T); return x > r(f).(T) }
	case ">=":
		return func(f *frame) any { x := l(f).(T); return x >= r(f).(T) }
	case "==":
		return func(f *frame) any { x := l(f).(T); return x == r(f).(T) }
	}
	return func(f *frame) any { x := l(f).(T); return x != r(f).(T) }
}

// equality is == and !=: of numbers when one side is a primitive number, of booleans, else of references.
func (c *compiler) equality(op token, a, b *expr) *expr {
	incompatible := func() { c.fail(op, "Incompatible operand types %s and %s", a.t, b.t) }
	if a.t.isPrimitive() || b.t.isPrimitive() {
		if a.t.unboxed() == tBoolean && b.t.unboxed() == tBoolean {
			x, y := unbox(a), unbox(b)
			l, r, not := x.ev, y.ev, op.text == "!="
			return fold(&expr{t: tBoolean, at: op, ev: func(f *frame) any { v := l(f).(bool); return (v == r(f).(bool)) != not }}, x, y)
		}
		_, ok1 := c.numeric(a)
		_, ok2 := c.numeric(b)
		if !ok1 || !ok2 {
			incompatible()
		}
		return c.order(op, a, b, incompatible)
	}
	if !a.t.subtype(b.t) && !b.t.subtype(a.t) {
		incompatible()
	}
	l, r, not := a.ev, b.ev, op.text == "!="
	return &expr{t: tBoolean, at: op, ev: func(f *frame) any { v := l(f); return same(v, r(f)) != not }}
}

func (c *compiler) bitwise(op token, a, b *expr, bad func()) *expr {
	if a.t.unboxed() == tBoolean && b.t.unboxed() == tBoolean {
		x, y := unbox(a), unbox(b)
		l, r, o := x.ev, y.ev, op.text
		return fold(&expr{t: tBoolean, at: op, ev: func(f *frame) any {
			v := l(f).(bool)
			w := r(f).(bool)
			switch o {
			case "&":
				return v && w
			case "|":
				return v || w
			}
			return v != w
		}}, x, y)
	}
	x, ok1 := c.numeric(a)
	y, ok2 := c.numeric(b)
	if !ok1 || !ok2 || !x.t.isIntegral() || !y.t.isIntegral() {
		bad()
	}
	t := promoted(x.t, y.t)
	x, y = convertPrimitive(x, t), convertPrimitive(y, t)
	e := &expr{t: t, at: op}
	if t.kind == kLong {
		e.ev = bitOp[int64](op.text, x.ev, y.ev)
	} else {
		e.ev = bitOp[int32](op.text, x.ev, y.ev)
	}
	return fold(e, x, y)
}

func bitOp[T int32 | int64](op string, l, r func(*frame) any) func(*frame) any {
	switch op {
	case "&":
		return func(f *frame) any { x := l(f).(T); return x & r(f).(T) }
	case "|":
		return func(f *frame) any { x := l(f).(T); return x | r(f).(T) }
	}
	return func(f *frame) any { x := l(f).(T); return x ^ r(f).(T) }
}

// prefix is + - ~ ! before an operand.
func (c *compiler) prefix(op token, a *expr) *expr {
	bad := func() { c.fail(op, "The operator %s is undefined for the argument type(s) %s", op.text, a.t) }
	if op.text == "!" {
		if a.t.unboxed() != tBoolean {
			bad()
		}
		x := unbox(a)
		ev := x.ev
		return fold(&expr{t: tBoolean, at: op, ev: func(f *frame) any { return !ev(f).(bool) }}, x)
	}
	x, ok := c.numeric(a)
	if !ok || op.text == "~" && !x.t.isIntegral() {
		bad()
	}
	t := promoted(x.t, tInt)
	x = convertPrimitive(x, t)
	ev, o := x.ev, op.text
	if o == "+" {
		return fold(&expr{t: t, at: op, ev: ev}, x)
	}
	return fold(&expr{t: t, at: op, ev: func(f *frame) any {
		switch v := ev(f).(type) {
		case int32:
			if o == "~" {
				return ^v
			}
			return -v
		case int64:
			if o == "~" {
				return ^v
			}
			return -v
		case float32:
			return -v
		default:
			return -v.(float64)
		}
	}}, x)
}
