package java

import "fmt"

// expression reads an expression with assignment, the loosest operator.
func (c *compiler) expression() *expr {
	c.enter()
	defer c.leave()
	left := c.ternary()
	op := c.assignmentOp()
	if op == nil {
		return left
	}
	if left.put == nil {
		if left.local != nil && left.local.final {
			c.fail(left.at, "The final local variable %s cannot be assigned. It must be blank and not using a compound assignment", left.local.name)
		}
		c.fail(left.at, "The left-hand side of an assignment must be a variable")
	}
	right := c.expression()
	if op.text == "=" {
		return c.assignment(left, c.assign(right, left.t), *op)
	}
	c.checkAssigned(left)
	return c.compound(left, *op, right)
}

// assignmentOp takes an assignment operator; nil when there is none. >>= and >>>= are several tokens.
func (c *compiler) assignmentOp() *token {
	t := c.cur()
	switch {
	case t.kind != tokOp:
		return nil
	case t.text == "=", t.text == "+=", t.text == "-=", t.text == "*=", t.text == "/=", t.text == "%=", t.text == "&=", t.text == "|=", t.text == "^=", t.text == "<<=":
		c.at++
		return &t
	case t.text == ">":
		n := 1
		for n < 3 && c.ahead(n).is(">") && c.ahead(n).at == t.at+n {
			n++
		}
		if n <= 2 && c.ahead(n).is(">=") && c.ahead(n).at == t.at+n {
			c.at += n + 1
			if n == 1 {
				t.text = ">>="
			} else {
				t.text = ">>>="
			}
			return &t
		}
	}
	return nil
}

func (c *compiler) assignment(left, right *expr, at token) *expr {
	if left.local != nil {
		left.local.assigned = true
	}
	put, ev := left.put, right.ev
	return &expr{t: left.t, at: at, statement: true, ev: func(f *frame) any {
		v := ev(f)
		put(f, v)
		return v
	}}
}

// compound is a op= b: the result is cast to a's type.
func (c *compiler) compound(left *expr, op token, right *expr) *expr {
	op.text = op.text[:len(op.text)-1]
	result := c.binary(op, left, right)
	return c.assignment(left, c.castTo(result, left.t, op), op)
}

// castTo is a cast, or fails.
func (c *compiler) castTo(e *expr, to *jtype, at token) *expr {
	bad := func() { c.fail(at, "Cannot cast from %s to %s", e.t, to) }
	switch {
	case e.t.kind == kVoid:
		bad()
	case e.t.equal(to):
		return retyped(e, to)
	case e.t.isPrimitive() && to.isPrimitive():
		if !e.t.isNumeric() || !to.isNumeric() {
			bad()
		}
		return convertPrimitive(e, to)
	case e.t.isPrimitive(), to.isPrimitive() && e.t.unboxed() != nil:
		if out, ok := c.convertible(e, to, true); ok {
			return out
		}
		bad()
	case to.isPrimitive():
		if !to.boxed().subtype(e.t) {
			bad()
		}
		return unbox(c.castTo(e, to.boxed(), at))
	case e.t.subtype(to):
		return retyped(e, to)
	case !to.subtype(e.t) && !castable(e.t, to):
		bad()
	}
	ev := e.ev
	return &expr{t: to, at: at, what: e.what, ev: func(f *frame) any {
		v := ev(f)
		if v != nil && !instance(v, to) {
			panic(castError(v, fullName(to.name)))
		}
		return v
	}}
}

// castable says whether a value of one class may turn out to be of another.
func castable(a, b *jtype) bool {
	open := func(t *jtype) bool {
		switch t.name {
		case "Object", "CharSequence", "Comparable", "Iterable", "Collection", "List", "Set", "Map", "Number", "Throwable", "Exception", "RuntimeException":
			return true
		}
		return false
	}
	return a.kind == kClass && b.kind == kClass && (isA(a.name, b.name) || isA(b.name, a.name)) || a.kind == kClass && b.kind == kClass && open(a) && open(b)
}

func (c *compiler) ternary() *expr {
	cond := c.binaryAt(0)
	if !c.cur().is("?") {
		return cond
	}
	op := c.advance()
	x := c.condition(cond)
	before := c.snapshot()
	a := c.expression()
	afterA := c.snapshot()
	c.restore(before)
	c.want(":")
	b := c.lambdaless()
	c.meet(afterA, c.snapshot())
	return c.choose(op, x, a, b)
}

// lambdaless is a ternary's last operand: no assignment, but another ternary.
func (c *compiler) lambdaless() *expr {
	c.enter()
	defer c.leave()
	return c.ternary()
}

// choose is cond ? a : b with the type that Java gives it.
func (c *compiler) choose(op token, cond, a, b *expr) *expr {
	t := c.chosenType(a, b)
	if t == nil {
		c.fail(op, "Incompatible conditional operand types %s and %s", a.t, b.t)
	}
	x, ok1 := c.assignable(a, t)
	y, ok2 := c.assignable(b, t)
	if !ok1 {
		c.mismatch(a, t)
	}
	if !ok2 {
		c.mismatch(b, t)
	}
	is, l, r := cond.ev, x.ev, y.ev
	e := &expr{t: t, at: op, ev: func(f *frame) any {
		if is(f).(bool) {
			return l(f)
		}
		return r(f)
	}}
	return fold(e, cond, x, y)
}

func (c *compiler) chosenType(a, b *expr) *jtype {
	ua, ub := a.t.unboxed(), b.t.unboxed()
	switch {
	case a.t.kind == kVoid || b.t.kind == kVoid:
		return nil
	case a.t.equal(b.t):
		return a.t
	case a.t.kind == kNull:
		return b.t.boxed()
	case b.t.kind == kNull:
		return a.t.boxed()
	case ua != nil && ub != nil && ua.isNumeric() && ub.isNumeric():
		if ua.kind == ub.kind {
			return ua
		}
		if n, ok := constantInt(b); ok && ub.kind == kInt && ua.kind < kInt && fitsIn(n, ua.kind) {
			return ua
		}
		if n, ok := constantInt(a); ok && ua.kind == kInt && ub.kind < kInt && fitsIn(n, ub.kind) {
			return ub
		}
		return promoted(ua, ub)
	case ua != nil && ua == ub:
		return ua
	case a.t.boxed().subtype(b.t):
		return b.t
	case b.t.boxed().subtype(a.t):
		return a.t
	}
	return tObject
}

// precedence of binary operators, loosest first.
var precedence = [][]string{
	{"||"}, {"&&"}, {"|"}, {"^"}, {"&"}, {"==", "!="}, {"<", "<=", ">", ">=", "instanceof"}, {"<<", ">>", ">>>"}, {"+", "-"}, {"*", "/", "%"},
}

// binaryOp returns the operator at the current token if it is of a level, and how many tokens it takes.
func (c *compiler) binaryOp(level int) (op token, n int) {
	op = c.cur()
	if op.kind != tokOp && !op.word("instanceof") {
		return op, 0
	}
	n = 1
	if op.text == ">" {
		for n < 3 && c.ahead(n).is(">") && c.ahead(n).at == op.at+n {
			n++
		}
		if c.ahead(n).is(">=") && c.ahead(n).at == op.at+n {
			return op, 0 // an assignment
		}
		op.text = ">>>"[:n]
	}
	for _, o := range precedence[level] {
		if o == op.text {
			return op, n
		}
	}
	return op, 0
}

func (c *compiler) binaryAt(level int) *expr {
	if level == len(precedence) {
		return c.unary()
	}
	left := c.binaryAt(level + 1)
	for chain := 0; ; chain++ {
		op, n := c.binaryOp(level)
		if n == 0 {
			return left
		}
		if chain > nestingMax*10 {
			c.fail(op, "More than %d operators in one expression", nestingMax*10)
		}
		c.at += n
		if op.text == "instanceof" {
			left = c.instanceOf(op, left)
			continue
		}
		if op.text == "&&" || op.text == "||" {
			before := c.snapshot()
			right := c.binaryAt(level + 1)
			c.restore(before)
			left = c.binary(op, left, right)
			continue
		}
		left = c.binary(op, left, c.binaryAt(level+1))
	}
}

func (c *compiler) instanceOf(op token, left *expr) *expr {
	at := c.cur()
	t, ok := c.typeAt()
	if !ok {
		c.fail(at, "%s cannot be resolved to a type", at.text)
	}
	if c.cur().kind == tokIdent {
		c.fail(c.cur(), "Patterns of instanceof are not supported")
	}
	if left.t.isPrimitive() || t.isPrimitive() || !t.subtype(left.t) && !left.t.subtype(t) && !castable(left.t, t) {
		c.fail(op, "Incompatible conditional operand types %s and %s", left.t, t)
	}
	ev := left.ev
	return &expr{t: tBoolean, at: op, ev: func(f *frame) any { v := ev(f); return v != nil && instance(v, t) }}
}

func (c *compiler) unary() *expr {
	t := c.cur()
	switch {
	case t.is("-") && c.ahead(1).kind == tokInt && !c.ahead(2).is("."):
		c.at += 2
		literal := c.intLiteral(c.last(), true)
		return c.postfix(c.prefix(t, literal))
	case t.is("-"), t.is("+"), t.is("!"), t.is("~"):
		c.enter()
		defer c.leave()
		c.at++
		return c.prefix(t, c.unary())
	case t.is("++"), t.is("--"):
		c.enter()
		defer c.leave()
		c.at++
		return c.step(t, c.unary(), true)
	case t.is("("):
		if e := c.castExpression(); e != nil {
			return e
		}
	}
	return c.postfix(c.primary())
}

// castExpression reads (Type) operand; nil, and nothing taken, when the parenthesis is none.
func (c *compiler) castExpression() *expr {
	start := c.at
	open := c.advance()
	t, ok := c.typeAt()
	if !ok || !c.cur().is(")") {
		c.at = start
		return nil
	}
	c.at++
	next := c.cur()
	if !t.isPrimitive() || t.kind == kArray {
		operand := next.kind == tokString || next.kind == tokChar || next.kind == tokInt || next.kind == tokFloat || next.is("(") || next.is("!") || next.is("~") ||
			next.kind == tokIdent && !next.word("instanceof")
		if !operand {
			c.at = start
			return nil
		}
	}
	c.enter()
	defer c.leave()
	return c.castTo(c.unary(), t, open)
}

// step is ++ and --, before or after a variable.
func (c *compiler) step(op token, e *expr, before bool) *expr {
	u, ok := c.numeric(e)
	if !ok {
		c.fail(op, "Type mismatch: cannot convert from %s to int", e.t)
	}
	if e.put == nil {
		c.fail(op, "Invalid argument to operation %s", op.text)
	}
	c.checkAssigned(e)
	one := constant(op, tInt, int32(1))
	plus := op
	plus.text = op.text[:1]
	next := c.castTo(c.binary(plus, u, one), u.t, op)
	ev, compute, put := u.ev, next.ev, e.put
	if before {
		return &expr{t: e.t, at: op, statement: true, ev: func(f *frame) any {
			v := compute(f)
			put(f, v)
			return v
		}}
	}
	return &expr{t: e.t, at: op, statement: true, ev: func(f *frame) any {
		v := ev(f)
		put(f, compute(f))
		return v
	}}
}

func (c *compiler) checkAssigned(e *expr) {
	if e.local != nil && !e.local.assigned {
		c.fail(e.at, "The local variable %s may not have been initialized", e.local.name)
	}
}

// postfix reads what follows a primary: members, calls, indexes, ++ and --.
func (c *compiler) postfix(e *expr) *expr {
	for chain := 0; ; chain++ {
		if chain > nestingMax {
			c.fail(c.cur(), "Nested deeper than %d levels", nestingMax)
		}
		switch t := c.cur(); {
		case t.is("."):
			c.at++
			name := c.cur()
			if name.kind != tokIdent {
				c.unexpected()
			}
			c.at++
			if c.cur().is("(") {
				e = c.call(e, name)
				continue
			}
			e = c.member(e, name)
		case t.is("["):
			e = c.index(e)
		case t.is("++"), t.is("--"):
			c.at++
			e = c.step(t, e, false)
		case t.is("::"):
			c.fail(t, "Method references are not supported")
		default:
			if e.t.kind == kStatic {
				c.fail(e.at, "%s cannot be resolved to a variable", e.t.name)
			}
			return e
		}
	}
}

// member is a field: an array's length, or a static constant.
func (c *compiler) member(e *expr, name token) *expr {
	if e.t.kind == kArray && name.text == "length" {
		ev, what := e.ev, e.what
		return &expr{t: tInt, at: name, ev: func(f *frame) any {
			a, ok := ev(f).(*array)
			if !ok {
				throw("NullPointerException", nullText("Cannot read the array length", what))
			}
			return int32(len(a.elems))
		}}
	}
	if e.t.kind == kStatic {
		if name.text == "class" {
			v := classOf{fullName(e.t.name)}
			return &expr{t: class("Class", class(e.t.name)), at: name, ev: func(*frame) any { return v }}
		}
		if v, ok := statics[e.t.name+"."+name.text]; ok {
			value := v.value
			out := &expr{t: v.t, at: name, ev: func(*frame) any { return value }}
			if v.t.isPrimitive() {
				out.konst = value
			}
			return out
		}
		c.fail(name, "%s.%s cannot be resolved to a variable", e.t.name, name.text)
	}
	if e.t.isPrimitive() {
		c.fail(name, "The primitive type %s of %s does not have a field %s", e.t, e.at.text, name.text)
	}
	c.fail(name, "%s cannot be resolved or is not a field", name.text)
	return nil
}

func nullText(text, what string) string {
	if what != "" {
		text += " because " + what + " is null"
	}
	return text
}

// index is array[i].
func (c *compiler) index(e *expr) *expr {
	at := c.advance()
	i := c.expression()
	c.want("]")
	if e.t.kind != kArray {
		c.fail(at, "The type of the expression must be an array type but it resolved to %s", e.t)
	}
	n, ok := c.numeric(i)
	if !ok || promoted(n.t, tInt) != tInt {
		c.mismatch(i, tInt)
	}
	ev, place, what := e.ev, convertPrimitive(n, tInt).ev, e.what
	at2 := func(f *frame, verb string) (*array, int) {
		a, _ := ev(f).(*array)
		k := int(place(f).(int32))
		if a == nil {
			throw("NullPointerException", nullText("Cannot "+verb+" "+e.t.args[0].String()+" array", what))
		}
		if k < 0 || k >= len(a.elems) {
			throw("ArrayIndexOutOfBoundsException", fmt.Sprintf("Index %d out of bounds for length %d", k, len(a.elems)))
		}
		return a, k
	}
	return &expr{t: e.t.args[0], at: at, ev: func(f *frame) any {
		a, k := at2(f, "load from")
		return a.elems[k]
	}, put: func(f *frame, v any) {
		a, k := at2(f, "store to")
		a.elems[k] = v
	}}
}

// primary reads a literal, variable, class, new, or parenthesis.
func (c *compiler) primary() *expr {
	t := c.cur()
	switch t.kind {
	case tokInt:
		c.at++
		return c.intLiteral(t, false)
	case tokFloat:
		c.at++
		return c.floatLiteral(t)
	case tokString:
		c.at++
		return c.literal(t, wideString(t.value))
	case tokChar:
		c.at++
		return constant(t, tChar, t.value[0])
	case tokIdent:
		return c.named()
	}
	if c.accept("(") {
		if c.cur().is(")") || c.cur().kind == tokIdent && (c.ahead(1).is(",") || c.ahead(1).is(")") && c.ahead(2).is("->")) {
			c.fail(t, "Lambda expressions are not supported")
		}
		e := c.expression()
		c.want(")")
		out := *e
		out.statement = false
		return &out
	}
	c.unexpected()
	return nil
}

func (c *compiler) named() *expr {
	t := c.cur()
	switch t.text {
	case "true", "false":
		c.at++
		return constant(t, tBoolean, t.text == "true")
	case "null":
		c.at++
		return &expr{t: tNull, at: t, ev: func(*frame) any { return nil }, what: `"null"`}
	case "new":
		return c.creation()
	case "switch":
		c.fail(t, "Switch expressions are not supported")
	case "this", "super":
		c.fail(t, "%s is not supported: a body can't use the class that Cassandra would make of it", t.text)
	}
	if l := c.find(t.text); l != nil {
		c.at++
		e := localExpr(l, t)
		if op := c.cur(); !(op.is("=") && !c.ahead(1).is("=")) {
			c.checkAssigned(e)
		}
		return e
	}
	if c.ahead(1).is("->") {
		c.fail(t, "Lambda expressions are not supported")
	}
	if c.ahead(1).is("(") {
		c.fail(t, "The method %s is undefined: only methods of values and of known classes can be called", t.text)
	}
	if reservedWords[t.text] {
		c.unexpected()
	}
	if name, ok := c.className(); ok {
		return &expr{t: &jtype{kind: kStatic, name: name}, at: t}
	}
	if p, ok := primitives[t.text]; ok {
		c.fail(t, "Syntax error on token %q, delete this token", p.name)
	}
	if c.ahead(1).is(".") {
		name := t.text
		n := 1
		for c.ahead(n).is(".") && c.ahead(n+1).kind == tokIdent && !c.ahead(n+2).is("(") {
			name += "." + c.ahead(n+1).text
			n += 2
		}
		c.fail(t, "%s cannot be resolved", name)
	}
	c.fail(t, "%s cannot be resolved to a variable", t.text)
	return nil
}

// reservedWords can't be names.
var reservedWords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range []string{
		"abstract", "assert", "break", "case", "catch", "class", "const", "continue", "default", "do", "else", "enum", "extends", "final", "finally", "for",
		"goto", "if", "implements", "import", "instanceof", "interface", "native", "package", "private", "protected", "public", "return", "static",
		"strictfp", "synchronized", "throw", "throws", "transient", "try", "void", "volatile", "while",
	} {
		m[w] = true
	}
	return m
}()

func localExpr(l *local, at token) *expr {
	i := l.index
	what := fmt.Sprintf(`"<local%d>"`, l.slot)
	if l.param > 0 {
		what = fmt.Sprintf(`"<parameter%d>"`, l.param)
	}
	e := &expr{t: l.t, konst: l.konst, at: at, local: l, what: what, ev: func(f *frame) any { return f.locals[i] }}
	if v := l.konst; v != nil {
		e.ev = func(*frame) any { return v }
	}
	if !l.final {
		e.put = func(f *frame, v any) { f.locals[i] = v }
	}
	return e
}

// creation is new Class(args), new type[n] or new type[] {…}.
func (c *compiler) creation() *expr {
	at := c.advance()
	name := c.cur()
	t, ok := c.simpleType()
	if !ok {
		full := name.text
		for n := 1; c.ahead(n).is(".") && c.ahead(n+1).kind == tokIdent; n += 2 {
			full += "." + c.ahead(n+1).text
		}
		c.fail(name, "%s cannot be resolved to a type", full)
	}
	if c.cur().is("[") {
		return c.newArray(at, t)
	}
	if !c.cur().is("(") {
		c.unexpected()
	}
	return c.construct(at, t)
}

func (c *compiler) newArray(at token, t *jtype) *expr {
	var sizes []*expr
	dims := 0
	for c.cur().is("[") {
		c.at++
		if c.accept("]") {
			dims++
			continue
		}
		if dims > 0 {
			c.unexpected()
		}
		n, ok := c.numeric(c.expression())
		if !ok || promoted(n.t, tInt) != tInt {
			c.fail(at, "Type mismatch: cannot convert from %s to int", n.t)
		}
		sizes = append(sizes, convertPrimitive(n, tInt))
		c.want("]")
	}
	elem := t
	for range dims + len(sizes) - 1 {
		elem = arrayOf(elem)
	}
	whole := arrayOf(elem)
	if c.cur().is("{") {
		if len(sizes) > 0 {
			c.unexpected()
		}
		return c.arrayLiteral(whole)
	}
	if len(sizes) == 0 {
		c.fail(at, "Variable must provide either dimension expressions or an array initializer")
	}
	if len(sizes) > 2 {
		c.fail(at, "Arrays of more than two dimensions are not supported")
	}
	return &expr{t: whole, at: at, ev: func(f *frame) any {
		n := arraySize(f, sizes[0])
		if len(sizes) == 1 {
			return makeArray(f.meter, elem, n)
		}
		m := arraySize(f, sizes[1])
		a := makeArray(f.meter, elem, n)
		for i := range a.elems {
			a.elems[i] = makeArray(f.meter, elem.args[0], m)
		}
		return a
	}}
}

func arraySize(f *frame, e *expr) int {
	n := int(e.ev(f).(int32))
	if n < 0 {
		throw("NegativeArraySizeException", fmt.Sprint(n))
	}
	return n
}

func makeArray(m *Meter, elem *jtype, n int) *array {
	m.charge(16 * n)
	a := &array{elem: elem, elems: make([]any, n)}
	if zero := zeroOf(elem); zero != nil {
		for i := range a.elems {
			a.elems[i] = zero
		}
	}
	return a
}

// zeroOf is what a fresh element or field of a type is.
func zeroOf(t *jtype) any {
	switch t.kind {
	case kBoolean:
		return false
	case kByte, kShort, kChar, kInt, kLong, kFloat, kDouble:
		return narrow(0, t.kind)
	}
	return nil
}

// arrayLiteral reads {a, b} for an array type.
func (c *compiler) arrayLiteral(t *jtype) *expr {
	c.enter()
	defer c.leave()
	at := c.advance()
	var elems []*expr
	for !c.cur().is("}") {
		if c.cur().is("{") && t.args[0].kind == kArray {
			elems = append(elems, c.arrayLiteral(t.args[0]))
		} else {
			elems = append(elems, c.assign(c.expression(), t.args[0]))
		}
		if !c.accept(",") {
			break
		}
	}
	c.want("}")
	return &expr{t: t, at: at, ev: func(f *frame) any {
		a := makeArray(f.meter, t.args[0], len(elems))
		for i, e := range elems {
			a.elems[i] = e.ev(f)
		}
		return a
	}}
}
