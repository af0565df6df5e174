package java

import (
	"errors"
	"fmt"
	"time"

	"helenus/internal/cqltype"
)

// Signature is what a body is compiled for.
type Signature struct {
	ArgNames []string
	ArgTypes []*cqltype.Type
	Return   *cqltype.Type
	// CalledOnNull makes arguments and result boxed; else they are primitives where Java has them.
	CalledOnNull bool
}

// Program is a body that was checked. It is immutable and safe for concurrent use.
type Program struct {
	signature Signature
	run       func(*frame) control
	locals    int
	context   *udfContext
}

// Compile checks a body. The error is an *Error.
func Compile(s Signature, body string) (p *Program, err error) {
	if len(body) > bodyMax {
		return nil, &Error{1, fmt.Sprintf("The body has %d bytes; %d are the most", len(body), bodyMax)}
	}
	tokens, err := tokenize(body)
	if err != nil {
		return nil, err
	}
	c := &compiler{tokens: tokens, ret: typeOf(s.Return, !s.CalledOnNull), strings: map[string]*String{}, slots: 1}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			p, err = nil, r
		case abort: // a constant that is too large
			p, err = nil, &Error{1, "A constant expression is too large"}
		default:
			panic(r)
		}
	}()
	c.scopes = [][]*local{nil}
	context := &udfContext{result: s.Return, args: map[string]*cqltype.Type{}, order: s.ArgTypes}
	for i, t := range s.ArgTypes {
		l := c.declare(tokens[0], s.ArgNames[i], typeOf(t, !s.CalledOnNull))
		l.assigned, l.param = true, i+1
		context.args[s.ArgNames[i]] = t
	}
	if c.find("udfContext") == nil {
		l := &local{name: "udfContext", t: class("UDFContext"), index: c.live, final: true, assigned: true}
		c.live++
		c.locals = max(c.locals, c.live)
		c.scopes[0] = append(c.scopes[0], l)
	}
	defer c.push()()
	s2 := c.statements(func() bool { return c.cur().kind == tokEOF })
	if c.cur().kind != tokEOF {
		c.unexpected()
	}
	if s2.completes {
		c.fail(c.last(), "This method must return a result of type %s", c.ret)
	}
	return &Program{signature: s, run: s2.run, locals: c.locals, context: context}, nil
}

// constantMeter bounds what the compiler computes.
func constantMeter() *Meter {
	return &Meter{BytesMax: 1 << 20, Now: func() time.Duration { return 0 }}
}

// Thrown is an exception that a body let out.
type Thrown struct{ text string }

func (t *Thrown) Error() string { return t.text }

// Run computes the function. Arguments and result are serialized, nil is null. The error is a *Thrown, ErrTime or ErrMemory, or says what is
// wrong with a value.
func (p *Program) Run(m *Meter, args [][]byte) (result []byte, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *thrown:
			result, err = nil, &Thrown{r.String()}
		case abort:
			result, err = nil, r.err
		default:
			panic(r)
		}
	}()
	f := &frame{locals: make([]any, p.locals), meter: m}
	for i, t := range p.signature.ArgTypes {
		if f.locals[i], err = toJava(m, t, args[i]); err != nil {
			return nil, err
		}
	}
	if n := len(p.signature.ArgTypes); n < len(f.locals) {
		f.locals[n] = p.context
	}
	if r := p.run(f); r != returns {
		return nil, errors.New("the body ended without a result")
	}
	m.look()
	return fromJava(m, p.signature.Return, f.result, 0)
}
