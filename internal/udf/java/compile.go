package java

import (
	"fmt"
	"strconv"
	"strings"
)

// Bounds of a body.
const (
	bodyMax    = 64 << 10 // bytes
	nestingMax = 200      // of expressions and statements
	localsMax  = 256
)

// expr is an expression that was checked.
type expr struct {
	t *jtype
	// ev computes it; a nil konst means that it is no constant.
	ev    func(*frame) any
	konst any
	// put assigns to it; nil where it can't be assigned to.
	put func(*frame, any)
	// what says in messages why it is null: "<parameter1>".
	what string
	at   token
	// statement is true for expressions that may stand alone: calls, assignments, ++ and --, new.
	statement bool
	// local is the variable that it is, if it is one.
	local *local
}

// local is a variable of the body.
type local struct {
	name     string
	t        *jtype
	index    int
	slot     int // as the JVM counts: long and double take two
	param    int // from 1; 0: no parameter
	final    bool
	assigned bool // definitely, here
	konst    any  // of a final variable that begins with a constant
}

// compiler parses a body and makes closures of it.
type compiler struct {
	tokens []token
	at     int
	depth  int
	ret    *jtype
	// scopes are the variables in sight, innermost last.
	scopes [][]*local
	locals int // most that there are at once
	live   int
	slots  int
	// loops are the breakable statements around, innermost last.
	loops []*loop
	// caught are the exceptions that are handled around here.
	caught [][]*jtype
	// strings are the literals, one object each.
	strings map[string]*String
}

type loop struct {
	label  string
	isLoop bool // else a switch or a labelled block
	breaks bool // some break leaves it
	// breakAssigned is what was assigned at each break, joined.
	breakAssigned map[*local]bool
}

func (c *compiler) cur() token { return c.tokens[c.at] }
func (c *compiler) ahead(n int) token {
	return c.tokens[min(c.at+n, len(c.tokens)-1)]
}

func (c *compiler) advance() token {
	t := c.cur()
	if t.kind != tokEOF {
		c.at++
	}
	return t
}

func (c *compiler) accept(op string) bool {
	if c.cur().is(op) {
		c.at++
		return true
	}
	return false
}

func (c *compiler) acceptWord(w string) bool {
	if c.cur().word(w) {
		c.at++
		return true
	}
	return false
}

// want takes an operator or says that it is missing.
func (c *compiler) want(op string) {
	if c.accept(op) {
		return
	}
	into := map[string]string{";": "BlockStatements", ")": "Expression", "}": "Block", "]": "Expression", ":": "Expression"}[op]
	if into == "" {
		into = "Statement"
	}
	c.fail(c.last(), "Syntax error, insert %q to complete %s", op, into)
}

// last is the token before the current one, which errors about what is missing are told at.
func (c *compiler) last() token { return c.tokens[max(c.at-1, 0)] }

// fail ends the compilation.
func (c *compiler) fail(at token, format string, args ...any) {
	panic(&Error{at.line, fmt.Sprintf(format, args...)})
}

func (c *compiler) unexpected() {
	t := c.cur()
	if t.kind == tokEOF {
		c.fail(c.last(), "Syntax error, unexpected end of the body")
	}
	c.fail(t, "Syntax error on token %q, delete this token", t.text)
}

func (c *compiler) enter() {
	if c.depth++; c.depth > nestingMax {
		c.fail(c.cur(), "Nested deeper than %d levels", nestingMax)
	}
}

func (c *compiler) leave() { c.depth-- }

func (c *compiler) find(name string) *local {
	for i := len(c.scopes) - 1; i >= 0; i-- {
		for _, l := range c.scopes[i] {
			if l.name == name {
				return l
			}
		}
	}
	return nil
}

// declare adds a variable to the innermost scope.
func (c *compiler) declare(at token, name string, t *jtype) *local {
	if c.find(name) != nil {
		c.fail(at, "Duplicate local variable %s", name)
	}
	l := &local{name: name, t: t, index: c.live, slot: c.slots}
	if c.live++; c.live > localsMax {
		c.fail(at, "More than %d local variables", localsMax)
	}
	c.slots++
	if t.kind == kLong || t.kind == kDouble {
		c.slots++
	}
	c.locals = max(c.locals, c.live)
	top := len(c.scopes) - 1
	c.scopes[top] = append(c.scopes[top], l)
	return l
}

func (c *compiler) push() func() {
	c.scopes = append(c.scopes, nil)
	live, slots := c.live, c.slots
	return func() {
		c.scopes = c.scopes[:len(c.scopes)-1]
		c.live, c.slots = live, slots
	}
}

// snapshot is which variables are assigned now; restore and meet change that back or to what two ways have in common.
func (c *compiler) snapshot() map[*local]bool {
	m := map[*local]bool{}
	for _, s := range c.scopes {
		for _, l := range s {
			if l.assigned {
				m[l] = true
			}
		}
	}
	return m
}

func (c *compiler) restore(m map[*local]bool) {
	for _, s := range c.scopes {
		for _, l := range s {
			l.assigned = m[l]
		}
	}
}

// meet leaves assigned what is so in all of the ways that lead here; a nil map stands for a way that leads nowhere.
func (c *compiler) meet(ways ...map[*local]bool) {
	for _, s := range c.scopes {
		for _, l := range s {
			l.assigned = true
			for _, w := range ways {
				if w != nil && !w[l] {
					l.assigned = false
				}
			}
		}
	}
}

// typeAt reads a type where one begins at the current token; ok is false, and nothing taken, where none does.
func (c *compiler) typeAt() (t *jtype, ok bool) {
	start := c.at
	if t, ok = c.simpleType(); !ok {
		c.at = start
		return nil, false
	}
	for c.cur().is("[") && c.ahead(1).is("]") {
		c.at += 2
		t = arrayOf(t)
	}
	return t, true
}

func (c *compiler) simpleType() (*jtype, bool) {
	if c.cur().kind != tokIdent {
		return nil, false
	}
	if p, ok := primitives[c.cur().text]; ok {
		c.at++
		return p, true
	}
	name, ok := c.className()
	if !ok {
		return nil, false
	}
	t := class(name)
	if !c.cur().is("<") {
		return t, true
	}
	n, generic := generics[name]
	if !generic {
		return t, true // a comparison
	}
	c.at++
	if c.accept(">") {
		return &jtype{kind: kClass, name: name, args: []*jtype{}}, true // a diamond
	}
	for {
		if c.accept("?") {
			if c.acceptWord("extends") || c.acceptWord("super") {
				c.fail(c.last(), "Bounded wildcards are not supported")
			}
			t.args = append(t.args, tObject)
		} else {
			a, ok := c.typeAt()
			if !ok || a.isPrimitive() {
				return nil, false
			}
			t.args = append(t.args, a)
		}
		if !c.accept(",") {
			break
		}
	}
	if !c.accept(">") || len(t.args) != n {
		return nil, false
	}
	return t, true
}

// className reads a class's name, simple or with its package.
func (c *compiler) className() (string, bool) {
	words := []string{c.cur().text}
	n := 1
	for c.ahead(n).is(".") && c.ahead(n+1).kind == tokIdent {
		words = append(words, c.ahead(n+1).text)
		n += 2
	}
	if words[0] == "Map" && len(words) > 1 && words[1] == "Entry" {
		c.at += 3
		return "Map.Entry", true
	}
	if packages[words[0]] != "" {
		c.at++
		return words[0], true
	}
	if words[0] == "Entry" {
		return "", false
	}
	for i := 1; i < len(words); i++ {
		name, from := words[i], strings.Join(words[:i], ".")
		if p := packages[name]; p != "" && p == from {
			c.at += 1 + 2*i
			if name == "Map" && i+1 < len(words) && words[i+1] == "Entry" {
				c.at += 2
				name = "Map.Entry"
			}
			return name, true
		}
	}
	return "", false
}

// mismatch is the error of a value that does not fit its place.
func (c *compiler) mismatch(e *expr, to *jtype) {
	c.fail(e.at, "Type mismatch: cannot convert from %s to %s", e.t, to)
}

// assign converts an expression to the type of the place it is assigned to.
func (c *compiler) assign(e *expr, to *jtype) *expr {
	out, ok := c.assignable(e, to)
	if !ok {
		c.mismatch(e, to)
	}
	return out
}

func (c *compiler) assignable(e *expr, to *jtype) (*expr, bool) {
	if e.t.kind == kVoid {
		return nil, false
	}
	if n, ok := constantInt(e); ok { // a constant may narrow when it fits
		target := to.unboxed()
		if target != nil && target.kind >= kByte && target.kind <= kInt && e.t.kind <= kInt && fitsIn(n, target.kind) {
			v := narrow(n, target.kind)
			return &expr{t: to, konst: v, ev: func(*frame) any { return v }, at: e.at}, true
		}
	}
	return c.convertible(e, to, true)
}

// convertible converts without a cast: by widening, boxing (where allowed) or to a supertype.
func (c *compiler) convertible(e *expr, to *jtype, boxing bool) (*expr, bool) {
	switch {
	case e.t.equal(to):
		return e, true
	case e.t.isPrimitive() && to.isPrimitive():
		if !widens(e.t.kind, to.kind) {
			return nil, false
		}
		return convertPrimitive(e, to), true
	case e.t.isPrimitive():
		if b := e.t.boxed(); boxing && b.subtype(to) {
			return retyped(e, to), true
		}
		return nil, false
	case to.isPrimitive():
		u := e.t.unboxed()
		if !boxing || u == nil || !widens(u.kind, to.kind) {
			return nil, false
		}
		return convertPrimitive(unbox(e), to), true
	case e.t.subtype(to):
		return retyped(e, to), true
	}
	return nil, false
}

func retyped(e *expr, t *jtype) *expr {
	out := *e
	out.t, out.put, out.local = t, nil, nil
	return &out
}

// unbox makes a primitive of a boxed value; null throws.
func unbox(e *expr) *expr {
	p := e.t.unboxed()
	if p == e.t {
		return e
	}
	ev, message := e.ev, nullMessage(fullName(e.t.name)+"."+p.name+"Value()", e.what)
	return &expr{t: p, at: e.at, ev: func(f *frame) any {
		v := ev(f)
		if v == nil {
			throw("NullPointerException", message)
		}
		return v
	}}
}

// nullMessage is what the JVM says of a method that is called on null.
func nullMessage(method, what string) string {
	text := "Cannot invoke \"" + method + "\""
	if what != "" {
		text += " because " + what + " is null"
	}
	return text
}

// numeric unboxes an operand and wants a number.
func (c *compiler) numeric(e *expr) (*expr, bool) {
	u := e.t.unboxed()
	if u == nil || !u.isNumeric() {
		return nil, false
	}
	return unbox(e), true
}

// condition wants a boolean.
func (c *compiler) condition(e *expr) *expr {
	u := e.t.unboxed()
	if u != tBoolean {
		c.mismatch(e, tBoolean)
	}
	return unbox(e)
}

func constantInt(e *expr) (int64, bool) {
	if e.konst == nil {
		return 0, false
	}
	return integral(e.konst)
}

func fitsIn(n int64, k kind) bool {
	switch k {
	case kByte:
		return n >= -128 && n <= 127
	case kShort:
		return n >= -32768 && n <= 32767
	case kChar:
		return n >= 0 && n <= 65535
	}
	return n == int64(int32(n))
}

// intLiteral reads an integer literal; negative says that a minus stands before it.
func (c *compiler) intLiteral(t token, negative bool) *expr {
	text := strings.ReplaceAll(strings.ToLower(t.text), "_", "")
	digits, long := strings.CutSuffix(text, "l")
	base := 10
	switch {
	case strings.HasPrefix(digits, "0x"):
		base, digits = 16, digits[2:]
	case strings.HasPrefix(digits, "0b"):
		base, digits = 2, digits[2:]
	case len(digits) > 1 && digits[0] == '0':
		base, digits = 8, digits[1:]
	}
	n, err := strconv.ParseUint(digits, base, 64)
	bits, name := 32, "int"
	if long {
		bits, name = 64, "long"
	}
	limit := uint64(1)<<(bits-1) - 1
	if base == 10 && negative {
		limit++
	}
	if base != 10 {
		limit = 1<<bits - 1
		if bits == 64 {
			limit = 1<<64 - 1
		}
	}
	if err != nil || n > limit {
		c.fail(t, "The literal %s of type %s is out of range ", t.text, name)
	}
	if long {
		return constant(t, tLong, int64(n))
	}
	return constant(t, tInt, int32(n))
}

func (c *compiler) floatLiteral(t token) *expr {
	text := strings.ReplaceAll(strings.ToLower(t.text), "_", "")
	if digits, single := strings.CutSuffix(text, "f"); single {
		v, err := strconv.ParseFloat(digits, 32)
		if err != nil {
			c.fail(t, "The literal %s of type float is out of range ", t.text)
		}
		return constant(t, tFloat, float32(v))
	}
	v, err := strconv.ParseFloat(strings.TrimSuffix(text, "d"), 64)
	if err != nil {
		c.fail(t, "The literal %s of type double is out of range ", t.text)
	}
	return constant(t, tDouble, v)
}

func constant(at token, t *jtype, v any) *expr {
	return &expr{t: t, konst: v, ev: func(*frame) any { return v }, at: at}
}

// literal is a String object that all equal literals share.
func (c *compiler) literal(at token, s *String) *expr {
	key := s.String()
	if old, ok := c.strings[key]; ok && old.equal(s) {
		s = old
	} else {
		c.strings[key] = s
	}
	return constant(at, tString, s)
}
