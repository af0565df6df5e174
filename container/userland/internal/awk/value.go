package awk

import (
	"math"
	"strconv"
	"strings"
)

// value is a number, a string, both (input that looks like a number), or nothing yet.
type value struct {
	s   string
	n   float64
	num bool // n is its number
	txt bool // it compares as a string
}

func num(n float64) value { return value{n: n, num: true} }
func text(s string) value { return value{s: s, txt: true} }

func truth(b bool) value {
	if b {
		return num(1)
	}
	return num(0)
}

// input is a value from outside: a number too where it looks like one.
func input(s string) value {
	trimmed := strings.TrimSpace(s)
	if trimmed == "" {
		return text(s)
	}
	unsigned := strings.TrimLeft(trimmed, "+-")
	if len(trimmed)-len(unsigned) <= 1 && unsigned != "" && numberLength(unsigned) == len(unsigned) {
		return value{s: s, n: leading(trimmed), num: true, txt: false}
	}
	return text(s)
}

// leading is the number that a text begins with.
func leading(s string) float64 {
	s = strings.TrimLeft(s, " \t\n\r")
	sign := 0
	if s != "" && (s[0] == '-' || s[0] == '+') {
		sign = 1
	}
	n, err := strconv.ParseFloat(s[:sign+numberLength(s[sign:])], 64)
	if err != nil && !math.IsInf(n, 0) {
		return 0
	}
	return n
}

func (v value) number() float64 {
	if v.num {
		return v.n
	}
	return leading(v.s)
}

// text returns the value as a string; format is CONVFMT or OFMT.
func (v value) text(format string) string {
	if !v.num || v.s != "" {
		return v.s
	}
	if v.n == math.Trunc(v.n) && math.Abs(v.n) < 1e16 {
		return strconv.FormatInt(int64(v.n), 10)
	}
	s, err := sprintf(format, []value{num(v.n)}, format)
	if err != nil {
		return strconv.FormatFloat(v.n, 'g', 6, 64)
	}
	return s
}

func (v value) truth() bool {
	if v.num && !v.txt {
		return v.n != 0
	}
	return v.s != ""
}

// compare orders as numbers where both are, else as strings.
func compare(a, b value, format string) int {
	aNumber, bNumber := !a.txt, !b.txt
	if aNumber && bNumber {
		switch x, y := a.number(), b.number(); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	return strings.Compare(a.text(format), b.text(format))
}
