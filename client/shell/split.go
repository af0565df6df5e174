package shell

import "strings"

// unit is one statement or command of a script.
type unit struct {
	text string
	line int // that it ends on, from 1
}

// splitter cuts lines into units: statements end at a semicolon, shell commands at a semicolon or the end of their line. It knows
// quotes, comments, $$ bodies and batches.
type splitter struct {
	buffer strings.Builder
	line   int
	quote  string // open: ', ", $$ or */
}

// feed takes a line with its end and returns the units that it completes.
func (p *splitter) feed(line string) []unit {
	p.line++
	var done []unit
	finish := func() {
		if text := strings.TrimSpace(p.buffer.String()); text != "" {
			done = append(done, unit{text, p.line})
		}
		p.buffer.Reset()
	}
	for i := 0; i < len(line); {
		rest := line[i:]
		if p.quote != "" {
			if strings.HasPrefix(rest, p.quote) {
				i += len(p.quote)
				if p.quote != "*/" {
					p.buffer.WriteString(p.quote)
				}
				p.quote = ""
				continue
			}
			if p.quote != "*/" {
				p.buffer.WriteByte(line[i])
			}
			i++
			continue
		}
		switch {
		case rest[0] == '\'' || rest[0] == '"':
			p.quote = rest[:1]
			p.buffer.WriteByte(rest[0])
			i++
		case strings.HasPrefix(rest, "$$"):
			p.quote = "$$"
			p.buffer.WriteString("$$")
			i += 2
		case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "//"):
			p.buffer.WriteByte('\n')
			i = len(line)
		case strings.HasPrefix(rest, "/*"):
			p.quote = "*/"
			i += 2
		case rest[0] == ';':
			i++
			if p.inBatch() {
				p.buffer.WriteByte(';')
				continue
			}
			finish()
		default:
			p.buffer.WriteByte(rest[0])
			i++
		}
	}
	if p.quote == "" {
		if text := strings.TrimSpace(p.buffer.String()); endsAtLine(text) {
			finish()
		}
	}
	return done
}

// inBatch says whether the buffer is a batch that has not reached APPLY BATCH.
func (p *splitter) inBatch() bool {
	words := strings.Fields(strings.ToUpper(p.buffer.String()))
	if len(words) < 2 || words[0] != "BEGIN" || words[1] != "BATCH" && (len(words) < 3 || words[2] != "BATCH") {
		return false
	}
	n := len(words)
	return n < 2 || words[n-2] != "APPLY" || words[n-1] != "BATCH"
}

// rest returns what waits for its end.
func (p *splitter) rest() (text string, line int) {
	return strings.TrimSpace(p.buffer.String()), p.line
}

// reset forgets what waits.
func (p *splitter) reset() {
	p.buffer.Reset()
	p.quote = ""
}

// endsAtLine says whether a line is a shell command that needs no semicolon.
func endsAtLine(text string) bool {
	c, _, ok := findCommand(text)
	return ok && c.line
}
