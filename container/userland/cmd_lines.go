//go:build linux

package userland

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// readLines returns all lines of the inputs, without their ends.
func (c *Call) readLines(names []string) ([]string, error) {
	var all []string
	err := c.eachInput(names, func(_ string, in io.Reader) error {
		return eachLine(in, func(line string) { all = append(all, line) })
	})
	return all, err
}

func eachLine(in io.Reader, f func(line string)) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			f(strings.TrimSuffix(line, "\n"))
		}
		if err != nil {
			return orEnd(err)
		}
	}
}

// sortKey is one -k: fields from 1, to included; letters are how it compares.
type sortKey struct {
	from, to int
	letters  string
}

func runSort(_ context.Context, c *Call) error {
	o, names, err := c.parse("bfnrusVt:k:o:", map[string]byte{
		"ignore-leading-blanks": 'b', "ignore-case": 'f', "numeric-sort": 'n', "reverse": 'r', "unique": 'u', "stable": 's', "version-sort": 'V', "field-separator": 't', "key": 'k',
	})
	if err != nil {
		return err
	}
	if o.has('o') {
		return usageError("-o is not supported; redirect the output")
	}
	var keys []sortKey
	for _, text := range o.values['k'] {
		k, err := parseSortKey(text)
		if err != nil {
			return err
		}
		keys = append(keys, k)
	}
	lines, err := c.readLines(names)
	if err != nil {
		return err
	}
	var global strings.Builder
	for letter := range o.set {
		if strings.IndexByte("bfnrV", letter) >= 0 {
			global.WriteByte(letter)
		}
	}
	byKeys := func(a, b string) int {
		if len(keys) == 0 {
			return compareText(a, b, global.String())
		}
		for _, k := range keys {
			letters := k.letters
			if letters == "" {
				letters = global.String()
			}
			if order := compareText(k.of(a, o.value('t', "")), k.of(b, o.value('t', "")), letters); order != 0 {
				return order
			}
		}
		return 0
	}
	slices.SortStableFunc(lines, func(a, b string) int {
		if order := byKeys(a, b); order != 0 || o.has('s') || o.has('u') {
			return order
		}
		if o.has('r') {
			return strings.Compare(b, a)
		}
		return strings.Compare(a, b)
	})
	for i, line := range lines {
		if i > 0 && o.has('u') && byKeys(lines[i-1], line) == 0 {
			continue
		}
		c.printf("%s\n", line)
	}
	return nil
}

// parseSortKey reads 2, 2,3, 2n or 2nr,3. Positions within a field are refused.
func parseSortKey(text string) (sortKey, error) {
	from, to, hasTo := strings.Cut(text, ",")
	k := sortKey{to: 1 << 30}
	var err error
	read := func(text string) int {
		digits := strings.TrimRight(text, "bfnrV")
		k.letters += text[len(digits):]
		n, convErr := strconv.Atoi(digits)
		if convErr != nil || n < 1 {
			err = usageError("-k is " + text + "; allowed: FIELD[,FIELD] with the letters b, f, n, r, V")
		}
		return n
	}
	k.from = read(from)
	if hasTo {
		k.to = read(to)
	}
	return k, err
}

// of returns a line's part that a key compares.
func (k sortKey) of(line, separator string) string {
	var fields []string
	if separator == "" {
		fields, separator = strings.Fields(line), " "
	} else {
		fields = strings.Split(line, separator)
	}
	if k.from > len(fields) {
		return ""
	}
	return strings.Join(fields[k.from-1:min(k.to, len(fields))], separator)
}

func compareText(a, b, letters string) int {
	if strings.Contains(letters, "b") {
		a, b = strings.TrimLeft(a, " \t"), strings.TrimLeft(b, " \t")
	}
	if strings.Contains(letters, "f") {
		a, b = strings.ToUpper(a), strings.ToUpper(b)
	}
	var order int
	switch {
	case strings.Contains(letters, "n"):
		order = cmp.Compare(leadingNumber(a), leadingNumber(b))
	case strings.Contains(letters, "V"):
		order = compareVersions(a, b)
	default:
		order = strings.Compare(a, b)
	}
	if strings.Contains(letters, "r") {
		return -order
	}
	return order
}

// leadingNumber is the number that a text begins with, 0 where none.
func leadingNumber(text string) float64 {
	text = strings.TrimLeft(text, " \t")
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || text[end] == '.' || text[end] == '-' && end == 0) {
		end++
	}
	n, err := strconv.ParseFloat(text[:end], 64)
	if err != nil {
		return 0
	}
	return n
}

// compareVersions compares runs of digits as numbers.
func compareVersions(a, b string) int {
	for a != "" && b != "" {
		na, nb := digits(a), digits(b)
		if na > 0 && nb > 0 {
			x, y := strings.TrimLeft(a[:na], "0"), strings.TrimLeft(b[:nb], "0")
			if order := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); order != 0 {
				return order
			}
			a, b = a[na:], b[nb:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

func digits(text string) int {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}

func runUnique(_ context.Context, c *Call) error {
	o, names, err := c.parse("cdiu", map[string]byte{"count": 'c', "repeated": 'd', "ignore-case": 'i', "unique": 'u'})
	if err != nil {
		return err
	}
	if len(names) > 1 {
		return usageError("one file is taken; redirect the output")
	}
	lines, err := c.readLines(names)
	if err != nil {
		return err
	}
	for i := 0; i < len(lines); {
		j := i + 1
		for j < len(lines) && (lines[i] == lines[j] || o.has('i') && strings.EqualFold(lines[i], lines[j])) {
			j++
		}
		if n := j - i; !(o.has('d') && n == 1 || o.has('u') && n > 1) {
			if o.has('c') {
				c.printf("%7d ", n)
			}
			c.printf("%s\n", lines[i])
		}
		i = j
	}
	return nil
}

func runCut(_ context.Context, c *Call) error {
	o, names, err := c.parse("b:c:f:d:s", map[string]byte{"bytes": 'b', "characters": 'c', "fields": 'f', "delimiter": 'd', "only-delimited": 's', "output-delimiter": 'o'})
	if err != nil {
		return err
	}
	var letter byte
	for _, l := range []byte("bcf") {
		if o.has(l) {
			letter = l
		}
	}
	if letter == 0 {
		return usageError("one of -b, -c, -f is needed")
	}
	wanted, err := parseRanges(o.value(letter, ""))
	if err != nil {
		return err
	}
	delimiter := o.value('d', "\t")
	return c.eachInput(names, func(_ string, in io.Reader) error {
		return eachLine(in, func(line string) {
			var parts []string
			join := ""
			switch letter {
			case 'f':
				if !strings.Contains(line, delimiter) {
					if !o.has('s') {
						c.printf("%s\n", line)
					}
					return
				}
				parts, join = strings.Split(line, delimiter), delimiter
			case 'c':
				parts = strings.Split(line, "")
			default:
				for i := range len(line) {
					parts = append(parts, line[i:i+1])
				}
			}
			var kept []string
			for i, part := range parts {
				if wanted(i + 1) {
					kept = append(kept, part)
				}
			}
			c.printf("%s\n", strings.Join(kept, join))
		})
	})
}

// parseRanges reads 1,3-5,7-.
func parseRanges(text string) (func(int) bool, error) {
	var ranges [][2]int
	for _, part := range strings.Split(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		r := [2]int{1, 1 << 30}
		var err error
		if from != "" {
			r[0], err = strconv.Atoi(from)
		}
		if err == nil && to != "" {
			r[1], err = strconv.Atoi(to)
		}
		if !isRange {
			r[1] = r[0]
		}
		if err != nil || part == "" || part == "-" || r[0] < 1 || r[1] < r[0] {
			return nil, usageError(fmt.Sprintf("%q is no list; allowed: numbers and ranges such as 1,3-5,7-", text))
		}
		ranges = append(ranges, r)
	}
	return func(n int) bool {
		return slices.ContainsFunc(ranges, func(r [2]int) bool { return n >= r[0] && n <= r[1] })
	}, nil
}

func runSequence(_ context.Context, c *Call) error {
	args, separator, pad := c.Args, "\n", false
	for len(args) > 0 && (args[0] == "-w" || strings.HasPrefix(args[0], "-s")) {
		switch rest, isSeparator := strings.CutPrefix(args[0], "-s"); {
		case !isSeparator:
			pad = true
		case rest != "":
			separator = rest
		case len(args) < 2:
			return usageError("-s takes a separator")
		default:
			separator, args = args[1], args[1:]
		}
		args = args[1:]
	}
	if len(args) == 0 || len(args) > 3 {
		return usageError("one to three numbers are taken")
	}
	decimals := 0
	numbers := make([]float64, len(args))
	for i, arg := range args {
		n, err := strconv.ParseFloat(arg, 64)
		if err != nil {
			return usageError(arg + " is no number")
		}
		numbers[i] = n
		if _, fraction, ok := strings.Cut(arg, "."); ok {
			decimals = max(decimals, len(fraction))
		}
	}
	first, step, last := 1.0, 1.0, numbers[len(numbers)-1]
	if len(numbers) > 1 {
		first = numbers[0]
	}
	if len(numbers) > 2 {
		step = numbers[1]
	}
	if step == 0 {
		return usageError("the step is 0")
	}
	width := 0
	if pad {
		width = max(len(strconv.FormatFloat(first, 'f', decimals, 64)), len(strconv.FormatFloat(last, 'f', decimals, 64)))
	}
	out := bufio.NewWriter(c.Out)
	for i := 0; ; i++ {
		n := first + float64(i)*step
		if step > 0 && n > last || step < 0 && n < last {
			if i > 0 {
				fmt.Fprintln(out)
			}
			return out.Flush()
		}
		if i > 0 {
			fmt.Fprint(out, separator)
		}
		if _, err := fmt.Fprintf(out, "%0*.*f", width, decimals, n); err != nil {
			return err
		}
	}
}

func runTranslate(_ context.Context, c *Call) error {
	o, sets, err := c.parse("cCds", map[string]byte{"complement": 'c', "delete": 'd', "squeeze-repeats": 's'})
	if err != nil {
		return err
	}
	if len(sets) == 0 || len(sets) == 1 && !o.has('d') && !o.has('s') {
		return usageError("two sets are needed, or one with -d or -s")
	}
	from, err := expandSet(sets[0])
	if err != nil {
		return err
	}
	var to []rune
	if len(sets) > 1 {
		if to, err = expandSet(sets[1]); err != nil {
			return err
		}
		if len(to) == 0 {
			return usageError("the second set is empty")
		}
	}
	squeezed := from
	if len(sets) > 1 {
		squeezed = to
	}
	complement := o.has('c') || o.has('C')
	in, out := bufio.NewReader(c.stdin()), bufio.NewWriter(c.Out)
	last := rune(-1)
	for {
		r, _, err := in.ReadRune()
		if err != nil {
			if flushErr := out.Flush(); flushErr != nil {
				return flushErr
			}
			return orEnd(err)
		}
		at := slices.Index(from, r)
		if complement {
			if at >= 0 {
				at = -1
			} else {
				at = len(from)
			}
		}
		if at >= 0 && o.has('d') {
			continue
		}
		if at >= 0 && len(to) > 0 && !o.has('d') {
			r = to[min(at, len(to)-1)]
		}
		if o.has('s') && r == last && (slices.Contains(squeezed, r) || complement && len(sets) == 1 && at >= 0) {
			continue
		}
		last = r
		if _, err := out.WriteRune(r); err != nil {
			return err
		}
	}
}

// setClasses are tr's named sets.
var setClasses = map[string]string{
	"lower": "a-z", "upper": "A-Z", "alpha": "A-Za-z", "digit": "0-9", "alnum": "0-9A-Za-z", "space": `\t\n\v\f\r `, "blank": ` \t`, "punct": "!-/:-@[-`{-~", "xdigit": "0-9A-Fa-f",
	"cntrl": "\x00-\x1f\x7f", "print": " -~", "graph": "!-~",
}

// expandSet reads a-z, [:space:], \n and plain characters.
func expandSet(text string) ([]rune, error) {
	for name, set := range setClasses {
		text = strings.ReplaceAll(text, "[:"+name+":]", set)
	}
	var all []rune
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		if r == '\\' && i+1 < len(runes) {
			i++
			if escaped, ok := map[rune]rune{'n': '\n', 't': '\t', 'r': '\r', 'v': '\v', 'f': '\f', 'a': '\a', 'b': '\b', '0': 0}[runes[i]]; ok {
				r = escaped
			} else {
				r = runes[i]
			}
		} else if i+2 < len(runes) && runes[i+1] == '-' {
			if runes[i+2] < r {
				return nil, usageError(fmt.Sprintf("range %c-%c is in reverse", r, runes[i+2]))
			}
			for ; r < runes[i+2]; r++ {
				all = append(all, r)
			}
			i += 2
		}
		all = append(all, r)
	}
	return all, nil
}
