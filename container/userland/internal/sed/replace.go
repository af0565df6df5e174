package sed

import "strings"

// piece is a part of a replacement: text, a group, or a change of case for what follows.
type piece struct {
	text  string
	group int  // -1: none
	fold  byte // U, L, u, l or E; 0: none
}

// parseReplacement reads & and \1 as groups and \n, \t, \U as what they stand for.
func parseReplacement(text string) []piece {
	var pieces []piece
	add := func(s string) {
		if n := len(pieces); n > 0 && pieces[n-1].group < 0 && pieces[n-1].fold == 0 {
			pieces[n-1].text += s
			return
		}
		pieces = append(pieces, piece{text: s, group: -1})
	}
	for i := 0; i < len(text); i++ {
		b := text[i]
		if b == '&' {
			pieces = append(pieces, piece{group: 0})
			continue
		}
		if b != '\\' || i+1 == len(text) {
			add(text[i : i+1])
			continue
		}
		i++
		switch b := text[i]; {
		case b >= '0' && b <= '9':
			pieces = append(pieces, piece{group: int(b - '0')})
		case strings.IndexByte("ULulE", b) >= 0:
			pieces = append(pieces, piece{group: -1, fold: b})
		case b == 'n':
			add("\n")
		case b == 't':
			add("\t")
		case b == 'r':
			add("\r")
		default:
			add(text[i : i+1])
		}
	}
	return pieces
}

// substitute replaces matches in a line and says whether there was one.
func (c *command) substitute(line string) (string, bool) {
	var out strings.Builder
	end, done := 0, false
	for n, m := range c.re.FindAllStringSubmatchIndex(line, -1) {
		if c.nth > 0 && n+1 < c.nth {
			continue
		}
		out.WriteString(line[end:m[0]])
		c.expand(&out, line, m)
		end, done = m[1], true
		if !c.global {
			break
		}
	}
	out.WriteString(line[end:])
	return out.String(), done
}

// expand writes the replacement of one match.
func (c *command) expand(out *strings.Builder, line string, m []int) {
	lasting, once := byte('E'), byte(0)
	for _, p := range c.replace {
		text := p.text
		switch {
		case p.fold == 'u' || p.fold == 'l':
			once = p.fold
			continue
		case p.fold != 0:
			lasting = p.fold
			continue
		case p.group >= 0:
			text = ""
			if 2*p.group+1 < len(m) && m[2*p.group] >= 0 {
				text = line[m[2*p.group]:m[2*p.group+1]]
			}
		}
		text = fold(lasting, text)
		if once != 0 && text != "" {
			first := []rune(text)[:1]
			text = fold(map[byte]byte{'u': 'U', 'l': 'L'}[once], string(first)) + text[len(string(first)):]
			once = 0
		}
		out.WriteString(text)
	}
}

func fold(how byte, text string) string {
	switch how {
	case 'U':
		return strings.ToUpper(text)
	case 'L':
		return strings.ToLower(text)
	}
	return text
}
