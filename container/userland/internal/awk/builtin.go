package awk

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// arity are the least and most arguments of each function.
var arity = map[string][2]int{
	"length": {0, 1}, "substr": {2, 3}, "index": {2, 2}, "split": {2, 3}, "sub": {2, 3}, "gsub": {2, 3}, "match": {2, 2}, "sprintf": {1, 1000}, "sin": {1, 1}, "cos": {1, 1},
	"atan2": {2, 2}, "exp": {1, 1}, "log": {1, 1}, "sqrt": {1, 1}, "int": {1, 1}, "rand": {0, 0}, "srand": {0, 1}, "tolower": {1, 1}, "toupper": {1, 1}, "system": {1, 1},
	"close": {1, 1}, "fflush": {0, 1},
}

var mathFunctions = map[string]func(float64) float64{"sin": math.Sin, "cos": math.Cos, "exp": math.Exp, "log": math.Log, "sqrt": math.Sqrt, "int": math.Trunc}

func (r *run) builtin(c *call) value {
	if n := arity[c.name]; len(c.args) < n[0] || len(c.args) > n[1] {
		r.fail(fmt.Errorf("%s takes %d to %d arguments", c.name, n[0], n[1]))
	}
	if f := mathFunctions[c.name]; f != nil {
		return num(f(r.number(c.args[0])))
	}
	switch c.name {
	case "length":
		return num(r.length(c.args))
	case "substr":
		return text(r.substr(c.args))
	case "index":
		s, find := r.text(c.args[0]), r.text(c.args[1])
		at := strings.Index(s, find)
		if at < 0 {
			return num(0)
		}
		return num(float64(utf8.RuneCountInString(s[:at]) + 1))
	case "split":
		return num(r.splitInto(c.args))
	case "sub", "gsub":
		return num(r.substitute(c))
	case "match":
		s := r.text(c.args[0])
		start, length := 0, -1
		if span := r.regexp(c.args[1]).FindStringIndex(s); span != nil {
			start, length = utf8.RuneCountInString(s[:span[0]])+1, utf8.RuneCountInString(s[span[0]:span[1]])
		}
		r.globals["RSTART"], r.globals["RLENGTH"] = num(float64(start)), num(float64(length))
		return num(float64(start))
	case "sprintf":
		var args []value
		for _, a := range c.args[1:] {
			args = append(args, r.eval(a))
		}
		s, err := sprintf(r.text(c.args[0]), args, r.variable("CONVFMT"))
		if err != nil {
			r.fail(err)
		}
		return text(s)
	case "atan2":
		y := r.number(c.args[0])
		return num(math.Atan2(y, r.number(c.args[1])))
	case "rand":
		return num(r.random.Float64())
	case "srand":
		old := r.seed
		r.seed = float64(time.Now().Unix())
		if len(c.args) > 0 {
			r.seed = r.number(c.args[0])
		}
		r.random = rand.New(rand.NewPCG(math.Float64bits(r.seed), 0))
		return num(old)
	case "tolower":
		return text(strings.ToLower(r.text(c.args[0])))
	case "toupper":
		return text(strings.ToUpper(r.text(c.args[0])))
	case "system":
		r.flush()
		return num(float64(r.o.System(r.text(c.args[0]))))
	case "close":
		return num(r.closeStream(r.text(c.args[0])))
	}
	r.flush() // fflush
	return num(0)
}

func (r *run) length(args []expr) float64 {
	if len(args) == 0 {
		return float64(utf8.RuneCountInString(r.record0()))
	}
	if v, ok := args[0].(*variable); ok {
		if array := r.passed(v); array != nil {
			return float64(len(array))
		}
	}
	return float64(utf8.RuneCountInString(r.text(args[0])))
}

// substr counts characters from 1 and rounds its bounds.
func (r *run) substr(args []expr) string {
	s := []rune(r.text(args[0]))
	from := math.Round(r.number(args[1]))
	to := float64(len(s) + 1)
	if len(args) > 2 {
		to = from + math.Round(r.number(args[2]))
	}
	from, to = max(from, 1), min(to, float64(len(s)+1))
	if !(from < to) { // also for what is no number
		return ""
	}
	return string(s[int(from)-1 : int(to)-1])
}

func (r *run) splitInto(args []expr) float64 {
	v, ok := args[1].(*variable)
	if !ok {
		r.fail(errors.New("split takes an array"))
	}
	s := r.text(args[0])
	var parts []string
	switch {
	case len(args) < 3:
		parts = r.splitText(s, r.variable("FS"))
	default:
		if _, literal := args[2].(pattern); literal {
			if s != "" {
				parts = r.regexp(args[2]).Split(s, -1)
			}
		} else {
			parts = r.splitText(s, r.text(args[2]))
		}
	}
	array := r.array(v)
	clear(array)
	for i, p := range parts {
		array[strconv.Itoa(i+1)] = input(p)
	}
	return float64(len(parts))
}

// substitute is sub and gsub; & in the replacement is the match, \& an ampersand.
func (r *run) substitute(c *call) float64 {
	var target expr = &field{number(0)}
	if len(c.args) > 2 {
		target = c.args[2]
	}
	re, replacement, s := r.regexp(c.args[0]), r.text(c.args[1]), r.text(target)
	most := 1
	if c.name == "gsub" {
		most = -1
	}
	spans := re.FindAllStringIndex(s, most)
	if spans == nil {
		return 0
	}
	var out strings.Builder
	end := 0
	for _, span := range spans {
		out.WriteString(s[end:span[0]])
		for i := 0; i < len(replacement); i++ {
			switch {
			case replacement[i] == '\\' && i+1 < len(replacement) && strings.IndexByte(`&\`, replacement[i+1]) >= 0:
				i++
				out.WriteByte(replacement[i])
			case replacement[i] == '&':
				out.WriteString(s[span[0]:span[1]])
			default:
				out.WriteByte(replacement[i])
			}
		}
		end = span[1]
	}
	out.WriteString(s[end:])
	r.assign(target, text(out.String()))
	return float64(len(spans))
}
