package engine

import (
	"strconv"
	"strings"
)

// screen returns the lines that a terminal shows in the end: colours are gone, and what was written over, as a prompt is when the window's size
// changes, is there once.
func screen(sent string) string {
	lines := [][]rune{nil}
	column := 0
	text := []rune(sent)
	for i := 0; i < len(text); i++ {
		line := &lines[len(lines)-1]
		switch r := text[i]; {
		case r == '\n':
			lines, column = append(lines, nil), 0
		case r == '\r':
			column = 0
		case r == '\b':
			column = max(0, column-1)
		case r == 0x1b && i+1 < len(text) && text[i+1] == '[':
			begin := i + 2
			for i = begin; i < len(text) && (text[i] < '@' || text[i] > '~'); i++ {
			}
			if i == len(text) {
				break
			}
			n, err := strconv.Atoi(string(text[begin:i]))
			switch {
			case text[i] == 'K' && (err != nil || n == 0): // erase to the end
				*line = (*line)[:min(column, len(*line))]
			case text[i] == 'G': // to a column, counted from 1
				column = max(n, 1) - 1
			case text[i] == 'C':
				column += max(n, 1)
			case text[i] == 'D':
				column = max(0, column-max(n, 1))
			}
		case r < ' ':
		default:
			for len(*line) <= column {
				*line = append(*line, ' ')
			}
			(*line)[column] = r
			column++
		}
	}
	var out strings.Builder
	for i, line := range lines {
		if i > 0 {
			out.WriteByte('\n')
		}
		out.WriteString(string(line))
	}
	return out.String()
}
