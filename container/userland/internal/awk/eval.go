package awk

import (
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"helenus/container/userland/internal/posix"
)

func (r *run) text(e expr) string       { return r.eval(e).text(r.variable("CONVFMT")) }
func (r *run) number(e expr) float64    { return r.eval(e).number() }
func (r *run) variable(n string) string { return r.globals[n].text("%.6g") }

// eval computes an expression.
func (r *run) eval(e expr) value {
	switch e := e.(type) {
	case number:
		return num(float64(e))
	case str:
		return text(string(e))
	case pattern:
		return truth(r.regexp(e).MatchString(r.record0()))
	case *variable:
		if e.local >= 0 {
			return r.frame[e.local].v
		}
		if e.name == "NF" {
			r.splitRecord()
		}
		return r.globals[e.name]
	case *element:
		array, key := r.array(e.array), r.key(e.index)
		v, ok := array[key]
		if !ok {
			array[key] = value{}
		}
		return v
	case *field:
		return r.field(int(r.number(e.index)))
	case *group:
		return r.eval(e.x)
	case *exprList:
		return text(r.key(e.all))
	case *unary:
		switch e.op {
		case "!":
			return truth(!r.eval(e.x).truth())
		case "-":
			return num(-r.number(e.x))
		}
		return num(r.number(e.x))
	case *binary:
		return r.binary(e)
	case *conditional:
		if r.eval(e.test).truth() {
			return r.eval(e.yes)
		}
		return r.eval(e.no)
	case *assignment:
		v := r.eval(e.value)
		if e.op != "" {
			v = num(arithmetic(r, e.op, r.number(e.target), v.number()))
		}
		r.assign(e.target, v)
		return v
	case *increment:
		old := r.number(e.target)
		r.assign(e.target, num(old+e.by))
		if e.prefix {
			return num(old + e.by)
		}
		return num(old)
	case *membership:
		_, ok := r.array(e.array)[r.key(e.index)]
		return truth(ok)
	case *getline:
		return num(r.getline(e))
	case *call:
		if e.builtin {
			return r.builtin(e)
		}
		return r.call(e)
	}
	panic(fault{fmt.Errorf("no value: %T", e)})
}

func (r *run) binary(e *binary) value {
	switch e.op {
	case "&&":
		return truth(r.eval(e.x).truth() && r.eval(e.y).truth())
	case "||":
		return truth(r.eval(e.x).truth() || r.eval(e.y).truth())
	case "~", "!~":
		subject := r.text(e.x)
		return truth(r.regexp(e.y).MatchString(subject) == (e.op == "~"))
	case "":
		x := r.text(e.x)
		return text(x + r.text(e.y))
	case "<", "<=", "==", "!=", ">", ">=":
		x, y := r.eval(e.x), r.eval(e.y)
		order := compare(x, y, r.variable("CONVFMT"))
		return truth(map[string]bool{"<": order < 0, "<=": order <= 0, "==": order == 0, "!=": order != 0, ">": order > 0, ">=": order >= 0}[e.op])
	}
	x := r.number(e.x)
	return num(arithmetic(r, e.op, x, r.number(e.y)))
}

func arithmetic(r *run, op string, x, y float64) float64 {
	switch op {
	case "+":
		return x + y
	case "-":
		return x - y
	case "*":
		return x * y
	case "/", "%":
		if y == 0 {
			r.fail(errors.New("division by zero"))
		}
		if op == "%" {
			return math.Mod(x, y)
		}
		return x / y
	}
	return math.Pow(x, y)
}

// regexp compiles an expression: a literal, or a string that is one.
func (r *run) regexp(e expr) *regexp.Regexp {
	source := ""
	if p, ok := e.(pattern); ok {
		source = string(p)
	} else {
		source = r.text(e)
	}
	if re := r.regexps[source]; re != nil {
		return re
	}
	re, err := posix.Compile(source, posix.Extended, false)
	if err != nil {
		r.fail(err)
	}
	r.regexps[source] = re
	return re
}

// array returns the array of a name.
func (r *run) array(v *variable) map[string]value {
	if v.local >= 0 {
		c := &r.frame[v.local]
		if c.array == nil {
			c.array = map[string]value{}
		}
		return c.array
	}
	if r.arrays[v.name] == nil {
		r.arrays[v.name] = map[string]value{}
	}
	return r.arrays[v.name]
}

func (r *run) key(index []expr) string {
	parts := make([]string, len(index))
	for i, e := range index {
		parts[i] = r.text(e)
	}
	return strings.Join(parts, r.variable("SUBSEP"))
}

// sortedKeys gives for-in an order that does not change: numbers first.
func sortedKeys(array map[string]value) []string {
	keys := make([]string, 0, len(array))
	for k := range array {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return compare(input(a), input(b), "%.6g") })
	return keys
}

func (r *run) assign(target expr, v value) {
	switch t := target.(type) {
	case *variable:
		if t.local >= 0 {
			r.frame[t.local].v = v
		} else {
			r.setGlobal(t.name, v)
		}
	case *element:
		r.array(t.array)[r.key(t.index)] = v
	case *field:
		r.setField(int(r.number(t.index)), v)
	case *group:
		r.assign(t.x, v)
	}
}

func (r *run) setGlobal(name string, v value) {
	if name != "NF" {
		r.globals[name] = v
		return
	}
	r.splitRecord()
	for n := int(v.number()); len(r.fields) != n && n >= 0; {
		if len(r.fields) > n {
			r.fields = r.fields[:n]
		} else {
			r.fields = append(r.fields, value{})
		}
	}
	r.joinFields()
}

// setRecord makes a text $0; it is split when a field is asked for.
func (r *run) setRecord(s string) { r.record, r.split = s, false }

func (r *run) record0() string { return r.record }

func (r *run) splitRecord() {
	if r.split {
		return
	}
	r.split = true
	r.fields = r.fields[:0]
	for _, part := range r.splitText(r.record, r.variable("FS")) {
		r.fields = append(r.fields, input(part))
	}
	r.globals["NF"] = num(float64(len(r.fields)))
}

// splitText splits at a separator: blanks for a blank, a byte, or an expression.
func (r *run) splitText(s, separator string) []string {
	if r.variable("RS") == "" && separator != " " {
		s = strings.ReplaceAll(s, "\n", separator)
	}
	switch {
	case separator == " ":
		return strings.Fields(s)
	case s == "":
		return nil
	case separator == "":
		return strings.Split(s, "")
	case len(separator) == 1 && separator != "\\":
		return strings.Split(s, separator)
	}
	return r.regexp(str(separator)).Split(s, -1)
}

func (r *run) field(n int) value {
	if n == 0 {
		return input(r.record)
	}
	r.splitRecord()
	if n < 0 {
		r.fail(fmt.Errorf("there is no field %d", n))
	}
	if n > len(r.fields) {
		return value{}
	}
	return r.fields[n-1]
}

// fieldsMax bounds the fields of a record.
const fieldsMax = 1 << 20

func (r *run) setField(n int, v value) {
	if n == 0 {
		r.setRecord(v.text(r.variable("CONVFMT")))
		return
	}
	if n < 0 || n > fieldsMax {
		r.fail(fmt.Errorf("there is no field %d", n))
	}
	r.splitRecord()
	for len(r.fields) < n {
		r.fields = append(r.fields, value{})
	}
	r.fields[n-1] = v
	r.joinFields()
}

func (r *run) joinFields() {
	parts := make([]string, len(r.fields))
	for i, f := range r.fields {
		parts[i] = f.text(r.variable("CONVFMT"))
	}
	r.record = strings.Join(parts, r.variable("OFS"))
	r.globals["NF"] = num(float64(len(r.fields)))
}

// getline reads a record: 1, 0 at the end, -1 when that fails.
func (r *run) getline(g *getline) float64 {
	var record string
	if g.from == nil {
		var ok bool
		if record, ok = r.nextRecord(); !ok {
			return 0
		}
	} else {
		s, err := r.reading(r.text(g.from), g.pipe)
		if err != nil {
			return -1
		}
		record, err = readRecord(s.in, r.variable("RS"))
		if errors.Is(err, io.EOF) {
			return 0
		}
		if err != nil {
			return -1
		}
		if g.pipe {
			r.globals["NR"] = num(r.globals["NR"].n + 1)
		}
	}
	if g.target == nil {
		r.setRecord(record)
	} else {
		r.assign(g.target, input(record))
	}
	return 1
}

// call calls a function of the program. Arrays are passed as they are, values as copies.
func (r *run) call(c *call) (result value) {
	f := r.program.functions[c.name]
	if f == nil {
		r.fail(fmt.Errorf("there is no function %s", c.name))
	}
	if len(c.args) > len(f.params) {
		r.fail(fmt.Errorf("%s takes %s arguments at most", c.name, strconv.Itoa(len(f.params))))
	}
	if r.depth++; r.depth > depthMax {
		r.fail(fmt.Errorf("functions call each other more than %d deep", depthMax))
	}
	frame := make([]cell, len(f.params))
	for i, arg := range c.args {
		if v, ok := arg.(*variable); ok {
			frame[i].array = r.passed(v)
		}
		frame[i].v = r.eval(arg)
	}
	before := r.frame
	r.frame = frame
	defer func() {
		r.frame = before
		r.depth--
		if j, ok := recover().(*jump); ok {
			if j.word != "return" {
				panic(j)
			}
			result = j.value
		}
	}()
	r.block(f.body)
	return value{}
}

// passed returns the array that a name without a value may stand for in a call; the function may fill one that is new.
func (r *run) passed(v *variable) map[string]value {
	if v.local >= 0 && r.frame[v.local].v != (value{}) || v.local < 0 && r.globals[v.name] != (value{}) {
		return nil
	}
	return r.array(v)
}
