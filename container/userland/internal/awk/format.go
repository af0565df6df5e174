package awk

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// sprintf formats values; convert is how numbers become strings.
func sprintf(format string, args []value, convert string) (string, error) {
	var out strings.Builder
	next := func() value {
		if len(args) == 0 {
			return value{}
		}
		v := args[0]
		args = args[1:]
		return v
	}
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			out.WriteByte(format[i])
			continue
		}
		if i+1 < len(format) && format[i+1] == '%' {
			out.WriteByte('%')
			i++
			continue
		}
		spec := "%"
		for i++; i < len(format) && strings.IndexByte("-+ #0123456789.*", format[i]) >= 0; i++ {
			if format[i] == '*' {
				spec += fmt.Sprint(int(next().number()))
			} else {
				spec += format[i : i+1]
			}
		}
		for i < len(format) && strings.IndexByte("lhq", format[i]) >= 0 {
			i++
		}
		if i == len(format) {
			return "", fmt.Errorf("the format %q ends inside a %%", format)
		}
		switch verb := format[i]; verb {
		case 'd', 'i':
			fmt.Fprintf(&out, spec+"d", int64(next().number()))
		case 'o', 'x', 'X', 'u':
			if verb == 'u' {
				verb = 'd'
			}
			fmt.Fprintf(&out, spec+string(verb), uint64(next().number()))
		case 'e', 'E', 'f', 'F', 'g', 'G':
			if (verb == 'g' || verb == 'G') && !strings.Contains(spec, ".") {
				spec += ".6"
			}
			fmt.Fprintf(&out, spec+string(verb), next().number())
		case 's':
			fmt.Fprintf(&out, spec+"s", next().text(convert))
		case 'c':
			v := next()
			s := v.s
			if v.num && s == "" {
				s = string(rune(int(v.n)))
			} else if s != "" {
				_, size := utf8.DecodeRuneInString(s)
				s = s[:size]
			}
			fmt.Fprintf(&out, spec+"s", s)
		default:
			return "", fmt.Errorf("the format %q has an unknown %%%c", format, verb)
		}
	}
	return out.String(), nil
}
