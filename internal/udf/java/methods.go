package java

import (
	"strings"
	"sync"
)

// method is one overload that bodies can call.
type method struct {
	class, name string
	static      bool
	varargs     bool // the last parameter is an array whose elements may be given one by one
	params      []*jtype
	ret         *jtype
	// erased are the parameters as the JVM shows them.
	erased string
	// run gets the receiver (of instance methods) and the arguments; nothing is null but arguments.
	run func(m *Meter, a []any) any
}

// declared is a method as the tables write it: "static Math.max(int,int):int". E, K and V stand for the parameters of the receiver's class, T for
// what an argument tells. A constructor is called new.
type declared struct {
	signature string
	run       func(m *Meter, a []any) any
}

// methods by class and name, parsed when the first body is compiled.
var methods = sync.OnceValue(func() map[string][]*method {
	all := map[string][]*method{}
	for _, table := range [][]declared{
		objectMethods, stringMethods, builderMethods, numberMethods, mathMethods, bigMethods, collectionMethods, mapMethods, utilityMethods, cqlMethods, exceptionMethods(),
	} {
		for _, d := range table {
			m := parseSignature(d.signature)
			m.run = d.run
			key := m.class + "." + m.name
			all[key] = append(all[key], m)
		}
	}
	return all
})

func parseSignature(text string) *method {
	m := &method{}
	text, m.static = strings.CutPrefix(text, "static ")
	open := strings.IndexByte(text, '(')
	end := strings.LastIndexByte(text, ')')
	dot := strings.LastIndexByte(text[:open], '.')
	m.class, m.name = text[:dot], text[dot+1:open]
	m.ret = parseType(text[end+2:])
	m.static = m.static || m.name == "new"
	var erased []string
	for _, p := range splitTypes(text[open+1 : end]) {
		if p, m.varargs = strings.CutSuffix(p, "..."); m.varargs {
			p += "[]"
		}
		t := parseType(p)
		m.params = append(m.params, t)
		base, _, _ := strings.Cut(p, "<")
		if len(base) == 1 {
			base = "Object"
		}
		if base != "Object" && base != "String" && packages[base] != "" {
			base = fullName(base)
		}
		erased = append(erased, base)
	}
	m.erased = strings.Join(erased, ", ")
	return m
}

// splitTypes splits at the commas that are not inside <>.
func splitTypes(text string) (all []string) {
	depth, from := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '<':
			depth++
		case '>':
			depth--
		case ',':
			if depth == 0 {
				all = append(all, text[from:i])
				from = i + 1
			}
		}
	}
	if text != "" {
		all = append(all, text[from:])
	}
	return all
}

func parseType(text string) *jtype {
	if elem, ok := strings.CutSuffix(text, "[]"); ok {
		return arrayOf(parseType(elem))
	}
	if text == "void" {
		return tVoid
	}
	if p, ok := primitives[text]; ok {
		return p
	}
	base, rest, generic := strings.Cut(text, "<")
	t := class(base)
	if generic {
		for _, a := range splitTypes(strings.TrimSuffix(rest, ">")) {
			t.args = append(t.args, parseType(a))
		}
	}
	return t
}

// replace puts what is known in the place of E, K, V and T; what is not known becomes Object, or makes a generic class raw.
func (t *jtype) replace(known map[string]*jtype) *jtype {
	switch {
	case t.kind == kArray:
		return arrayOf(t.args[0].replace(known))
	case t.kind != kClass:
		return t
	case len(t.name) == 1:
		if k := known[t.name]; k != nil {
			return k
		}
		return tObject
	case len(t.args) == 0:
		return t
	}
	out := &jtype{kind: kClass, name: t.name}
	for _, a := range t.args {
		if len(a.name) == 1 && a.kind == kClass && known[a.name] == nil {
			return class(t.name)
		}
		out.args = append(out.args, a.replace(known))
	}
	return out
}

// learn notes what an argument of type a says of T in a parameter of type p.
func learn(p, a *jtype, known map[string]*jtype) {
	switch {
	case p.kind == kArray && a.kind == kArray:
		learn(p.args[0], a.args[0], known)
	case p.kind != kClass:
	case p.name == "T":
		if known["T"] == nil && a.kind != kNull {
			known["T"] = a.boxed()
		}
	default:
		for i := range p.args {
			if i < len(a.args) {
				learn(p.args[i], a.args[i], known)
			}
		}
	}
}

// lineage is a class with all that it is.
func lineage(name string) []string {
	all := append([]string{name}, parents[name]...)
	if name != "Object" {
		all = append(all, "Object")
	}
	return all
}

// known is what a receiver's type says of E, K and V.
func (t *jtype) known() map[string]*jtype {
	switch {
	case len(t.args) == 1:
		return map[string]*jtype{"E": t.args[0]}
	case len(t.args) == 2:
		return map[string]*jtype{"K": t.args[0], "V": t.args[1]}
	}
	return map[string]*jtype{}
}

// arguments reads (a, b).
func (c *compiler) arguments() (all []*expr) {
	c.want("(")
	if c.accept(")") {
		return nil
	}
	for {
		e := c.expression()
		if e.t.kind == kVoid {
			c.fail(e.at, "Syntax error, an argument has no value")
		}
		all = append(all, e)
		if !c.accept(",") {
			break
		}
	}
	c.want(")")
	return all
}

// call is receiver.name(args), or Class.name(args).
func (c *compiler) call(on *expr, name token) *expr {
	args := c.arguments()
	if on.t.isPrimitive() {
		c.fail(on.at, "Cannot invoke %s(%s) on the primitive type %s", name.text, typeList(args), on.t)
	}
	if on.t.kind == kVoid || on.t.kind == kNull {
		c.fail(name, "Cannot invoke %s(%s) on %s", name.text, typeList(args), on.t)
	}
	owner := on.t.name
	if on.t.kind == kArray {
		owner = "Object"
		if name.text == "clone" && len(args) == 0 {
			return c.cloneArray(on, name)
		}
	}
	var candidates []*method
	for _, of := range lineage(owner) {
		candidates = append(candidates, methods()[of+"."+name.text]...)
	}
	m, converted := c.choosePlain(candidates, on, args)
	if m == nil {
		if len(candidates) > 0 {
			c.fail(name, "The method %s(%s) in the type %s is not applicable for the arguments (%s)", name.text, candidates[0].shownParams(on.t.known()), on.t, typeList(args))
		}
		c.fail(name, "The method %s(%s) is undefined for the type %s: it is none of those that Helenus runs", name.text, typeList(args), on.t.withoutStatic())
	}
	if on.t.kind == kStatic && !m.static {
		c.fail(name, "Cannot make a static reference to the non-static method %s(%s) from the type %s", name.text, m.shownParams(nil), on.t.name)
	}
	return c.invoke(m, on, converted, args, name)
}

func (t *jtype) withoutStatic() string {
	if t.kind == kStatic {
		return t.name
	}
	return t.String()
}

func (m *method) shownParams(known map[string]*jtype) string {
	texts := make([]string, len(m.params))
	for i, p := range m.params {
		texts[i] = p.replace(known).String()
	}
	return strings.Join(texts, ", ")
}

func typeList(args []*expr) string {
	texts := make([]string, len(args))
	for i, a := range args {
		texts[i] = a.t.String()
	}
	return strings.Join(texts, ", ")
}

func (c *compiler) cloneArray(on *expr, name token) *expr {
	ev := on.ev
	return &expr{t: on.t, at: name, statement: true, ev: func(f *frame) any {
		a, ok := ev(f).(*array)
		if !ok {
			throw("NullPointerException", nullMessage("Object.clone()", on.what))
		}
		f.meter.charge(16 * len(a.elems))
		return &array{elem: a.elem, elems: append([]any(nil), a.elems...)}
	}}
}

// construct reads the arguments of new T and makes the call.
func (c *compiler) construct(at token, t *jtype) *expr {
	args := c.arguments()
	if c.cur().is("{") {
		c.fail(c.cur(), "Anonymous classes are not supported")
	}
	candidates := methods()[t.name+".new"]
	if candidates == nil {
		c.fail(at, "Cannot instantiate the type %s", t)
	}
	on := &expr{t: t, at: at}
	m, converted := c.choosePlain(candidates, on, args)
	if m == nil {
		c.fail(at, "The constructor %s(%s) is undefined", t.name, typeList(args))
	}
	e := c.invoke(m, &expr{t: &jtype{kind: kStatic, name: t.name}, at: at}, converted, args, at)
	e.t = t
	return e
}

// choosePlain picks the overload that Java would: without boxing first, then with it, then with arguments one by one for an array; of several the
// most specific.
func (c *compiler) choosePlain(candidates []*method, on *expr, args []*expr) (*method, []*expr) {
	for phase := range 3 {
		var best *method
		var converted []*expr
		for _, m := range candidates {
			out, ok := c.applicable(m, on, args, phase)
			if ok && (best == nil || m.moreSpecific(best)) {
				best, converted = m, out
			}
		}
		if best != nil {
			return best, converted
		}
	}
	return nil, nil
}

func (m *method) bind(on *expr, args []*expr) map[string]*jtype {
	known := on.t.known()
	for i, a := range args {
		switch {
		case i < len(m.params)-1 || i < len(m.params) && !(m.varargs && a.t.kind != kArray):
			learn(m.params[i], a.t, known)
		case m.varargs:
			learn(m.params[len(m.params)-1].args[0], a.t, known)
		}
	}
	return known
}

func (c *compiler) applicable(m *method, on *expr, args []*expr, phase int) ([]*expr, bool) {
	known := m.bind(on, args)
	if phase < 2 && len(args) != len(m.params) || phase == 2 && (!m.varargs || len(args) < len(m.params)-1) {
		return nil, false
	}
	out := make([]*expr, 0, len(args))
	for i, a := range args {
		var p *jtype
		if phase == 2 && i >= len(m.params)-1 {
			p = m.params[len(m.params)-1].args[0]
		} else {
			p = m.params[i]
		}
		e, ok := c.convertible(a, p.replace(known), phase > 0)
		if !ok {
			return nil, false
		}
		out = append(out, e)
	}
	if phase < 2 {
		return out, true
	}
	fixed := len(m.params) - 1
	rest := append([]*expr(nil), out[fixed:]...)
	elem := m.params[fixed].args[0].replace(known)
	out = append(out[:fixed:fixed], &expr{t: arrayOf(elem), ev: func(f *frame) any {
		a := makeArray(f.meter, elem, len(rest))
		for i, e := range rest {
			a.elems[i] = e.ev(f)
		}
		return a
	}})
	return out, true
}

// moreSpecific says whether whatever m takes o takes, too.
func (m *method) moreSpecific(o *method) bool {
	if len(m.params) != len(o.params) {
		return false
	}
	for i, p := range m.params {
		q := o.params[i]
		if p.isPrimitive() && q.isPrimitive() && widens(p.kind, q.kind) || p.equal(q) || !p.isPrimitive() && !q.isPrimitive() && p.replace(nil).subtype(q.replace(nil)) {
			continue
		}
		return false
	}
	return true
}

func (c *compiler) invoke(m *method, on *expr, converted, args []*expr, name token) *expr {
	ret := m.ret.replace(m.bind(on, args))
	shown := m.shownName(on.t)
	e := &expr{t: ret, at: name, statement: true, what: `the return value of "` + shown + `"`}
	run, receiver, what := m.run, on.ev, on.what
	evs := make([]func(*frame) any, len(converted))
	for i, a := range converted {
		evs[i] = a.ev
	}
	if m.static {
		e.ev = func(f *frame) any {
			f.meter.tick()
			a := make([]any, len(evs))
			for i, ev := range evs {
				a[i] = ev(f)
			}
			return run(f.meter, a)
		}
		return e
	}
	e.ev = func(f *frame) any {
		f.meter.tick()
		a := make([]any, 1+len(evs))
		a[0] = receiver(f)
		for i, ev := range evs {
			a[i+1] = ev(f)
		}
		if a[0] == nil {
			throw("NullPointerException", nullMessage(shown, what))
		}
		return run(f.meter, a)
	}
	return e
}

// shownName is a method as the JVM's messages show it: java.util.Map.get(Object).
func (m *method) shownName(on *jtype) string {
	name := on.name
	if on.kind == kArray {
		name = "Object"
	}
	if name != "String" && name != "Object" {
		name = fullName(name)
	}
	return name + "." + m.name + "(" + m.erased + ")"
}
