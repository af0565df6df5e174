package differential

import (
	"context"
	"regexp"
	"slices"
	"strings"
)

// shrinker makes a script that shows a difference at its last statement shorter, as long as it still shows one of the same signature.
type shrinker struct {
	pair  *pair
	list  []*statement
	sign  string
	tries int // left
}

// shrink takes whole statements away, then parts of those that are left.
func (s *shrinker) shrink(ctx context.Context) error {
	if ok, err := s.shows(ctx, s.list); err != nil || !ok {
		return err // it does not show again from an empty keyspace; the script stays whole
	}
	last := s.list[len(s.list)-1]
	for _, needless := range []func(*statement) bool{
		func(st *statement) bool { return st != last && st.kind() == "SELECT" },
		func(st *statement) bool { return st != last && !st.pure },
		func(st *statement) bool { return st != last && st.kind() != "CREATE TYPE" && !sharesTable(st, last) },
	} {
		try := slices.DeleteFunc(slices.Clone(s.list), needless)
		ok, err := s.shows(ctx, try)
		if err != nil {
			return err
		}
		if ok {
			s.list = try
		}
	}
	if err := s.statements(ctx); err != nil {
		return err
	}
	return s.parts(ctx)
}

// shows runs a script anew and says whether its last statement differs as it should.
func (s *shrinker) shows(ctx context.Context, list []*statement) (bool, error) {
	if s.tries == 0 {
		return false, nil
	}
	s.tries--
	if err := s.pair.begin(ctx); err != nil {
		return false, err
	}
	text := script(list)
	for i, st := range list {
		want, got := s.pair.ask(ctx, text, st)
		how := difference(want, got, st.mask != "")
		if i == len(list)-1 {
			return how != "" && excuse(st, want, got) == "" && strings.HasPrefix(s.sign, signature(how, st, want, got)), nil
		}
		if how != "" && how != "text" && excuse(st, want, got) == "" || diverges(how, st, want, got) {
			return false, nil // another difference comes first
		}
	}
	return false, nil
}

// statements is delta debugging: ever smaller spans are left out.
func (s *shrinker) statements(ctx context.Context) error {
	for span := max(1, (len(s.list)-1)/2); ; span = max(1, span/2) {
		removed := false
		for at := max(0, len(s.list)-1-span); ; at -= span {
			from := max(0, at)
			to := min(at+span, len(s.list)-1)
			if from < to {
				try := slices.Concat(s.list[:from], s.list[to:])
				ok, err := s.shows(ctx, try)
				if err != nil {
					return err
				}
				if ok {
					s.list, removed = try, true
				}
			}
			if at <= 0 {
				break
			}
		}
		if span == 1 && !removed || s.tries == 0 {
			return nil
		}
	}
}

// parts leaves out what stands between commas and ANDs, what is in parentheses with it, options, and markers.
func (s *shrinker) parts(ctx context.Context) error {
	for i := len(s.list) - 1; i >= 0; i-- {
		for changed := true; changed && s.tries > 0; {
			changed = false
			for _, simpler := range variants(s.list[i]) {
				try := slices.Clone(s.list)
				try[i] = simpler
				ok, err := s.shows(ctx, try)
				if err != nil {
					return err
				}
				if ok {
					s.list, changed = try, true
					break
				}
			}
		}
	}
	return nil
}

var clauses = regexp.MustCompile(` ALLOW FILTERING| (PER PARTITION )?LIMIT \S+| ORDER BY [^()]*?( LIMIT| PER| ALLOW|$)| USING [^()]*?( SET| WHERE|$)| IF [^;]*$| WITH .*$| GROUP BY [^()]*?( LIMIT| PER| ALLOW| ORDER|$)`)

// variants are simpler forms of a statement, the most simplified first.
func variants(s *statement) []*statement {
	var out []*statement
	with := func(change func(*statement)) {
		c := *s
		change(&c)
		out = append(out, &c)
	}
	if len(s.bound) > 0 {
		with(func(c *statement) { c.bound = nil })
	}
	if s.paging > 0 {
		with(func(c *statement) { c.paging = 0 })
	}
	for _, at := range clauses.FindAllStringSubmatchIndex(s.template, -1) {
		with(func(c *statement) {
			end := at[1]
			for n := 4; n < len(at); n += 2 {
				if at[n] >= 0 && at[n] < end && at[n+1] == end {
					end = at[n] // the next clause's word stays
				}
			}
			c.template = s.template[:at[0]] + s.template[end:]
		})
	}
	for _, cut := range items(s.template) {
		with(func(c *statement) { c.template = cut })
	}
	return out
}

// items are the texts in which one item of a list, or one restriction, is missing. In an INSERT a column goes with its value.
func items(text string) []string {
	var out []string
	lists := split(text)
	if strings.HasPrefix(text, "INSERT") && len(lists) >= 2 && len(lists[0]) == len(lists[1]) {
		for i := range lists[0] {
			if a, b := lists[0][i], lists[1][i]; a[0] <= a[1] && a[1] <= b[0] && b[0] <= b[1] {
				out = append(out, text[:a[0]]+text[a[1]:b[0]]+text[b[1]:])
			}
		}
	}
	for _, list := range lists {
		for _, item := range list {
			if item[0] > item[1] {
				continue // the words of the statement leave nothing of it
			}
			out = append(out, text[:item[0]]+text[item[1]:])
		}
	}
	for _, at := range conjunction.FindAllStringIndex(text, -1) {
		// the restriction before the AND, or the one behind it
		before := max(strings.LastIndex(text[:at[0]], " AND ")+5, strings.LastIndex(text[:at[0]], " WHERE ")+7, strings.LastIndex(text[:at[0]], " IF ")+4)
		out = append(out, text[:before]+text[at[1]:])
		end := len(text)
		for _, next := range []string{" AND ", " IF ", " GROUP ", " ORDER ", " PER ", " LIMIT ", " ALLOW ", ";"} {
			if n := strings.Index(text[at[1]:], next); n >= 0 {
				end = min(end, at[1]+n)
			}
		}
		out = append(out, text[:at[0]]+text[end:])
	}
	return out
}

// split finds the lists of a text: for each the spans of its items, with the comma that goes when the item does.
func split(text string) [][][2]int {
	type open struct{ start, comma int }
	stack := []open{{0, -1}}
	found := [][][2]int{nil}
	index := []int{0}
	var out [][][2]int
	quote := byte(0)
	item := func(end int) {
		top := &stack[len(stack)-1]
		span := [2]int{top.start, end}
		if top.comma >= 0 {
			span[0] = top.comma
		}
		n := index[len(index)-1]
		found[n] = append(found[n], span)
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '(' || c == '[' || c == '{' || c == '<':
			stack = append(stack, open{i + 1, -1})
			found = append(found, nil)
			index = append(index, len(found)-1)
		case (c == ')' || c == ']' || c == '}' || c == '>') && len(stack) > 1:
			item(i)
			stack, index = stack[:len(stack)-1], index[:len(index)-1]
		case c == ',':
			item(i)
			stack[len(stack)-1].comma = i
			stack[len(stack)-1].start = i
		}
	}
	item(len(text))
	for _, list := range found[1:] {
		if len(list) > 1 {
			// the first item goes with the comma behind it
			list[0][1] = list[1][0] + 1
			out = append(out, list)
		}
	}
	if top := found[0]; len(top) > 1 {
		// what stands before the first comma and behind the last has words of the statement in it
		first := max(strings.LastIndex(text[:top[0][1]], " SET ")+5, strings.Index(text[:top[0][1]], " ")+1)
		top[0] = [2]int{first, top[1][0] + 1}
		last := &top[len(top)-1]
		for _, next := range []string{" FROM ", " WHERE ", " GROUP ", " ORDER ", " PER ", " LIMIT "} {
			if last[0] > last[1] {
				break
			}
			if n := strings.Index(text[last[0]:last[1]], next); n >= 0 {
				last[1] = last[0] + n
			}
		}
		out = append(out, top)
	}
	return out
}

var conjunction = regexp.MustCompile(` AND `)

var tableName = regexp.MustCompile(`\b[tm][0-9]\b`)

// sharesTable says whether two statements name a table both.
func sharesTable(a, b *statement) bool {
	for _, name := range tableName.FindAllString(b.template, -1) {
		if slices.Contains(tableName.FindAllString(a.template, -1), name) {
			return true
		}
	}
	return false
}
