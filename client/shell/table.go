package shell

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"

	"helenus/client"
	"helenus/internal/cqltype"
)

// Colours of cqlsh's tables.
const (
	colorName  = "\x1b[0;1;35m"
	colorKey   = "\x1b[0;1;31m"
	colorValue = "\x1b[0;1;33m"
	colorOther = "\x1b[0;1;32m"
	colorNull  = "\x1b[0;1;31m"
	colorReset = "\x1b[0m"
)

func (s *Shell) formatter() formatter {
	return formatter{zone: s.options.Zone, digits: floatDigits, null: "null"}
}

// showRows draws a page of rows; before is how many were shown already.
func (s *Shell) showRows(r *client.Result, before int) {
	f := s.formatter()
	cells := make([][]string, len(r.Rows))
	for i, row := range r.Rows {
		cells[i] = make([]string, len(row))
		for j, v := range row {
			cells[i][j] = f.format(r.Columns[j].Type, v, false)
		}
	}
	draw := drawTable
	if s.expand {
		draw = drawExpanded
	}
	out := s.out
	if s.capture != nil {
		out = io.MultiWriter(s.out, s.capture)
	}
	if err := draw(out, r, cells, before, s.options.Color && s.capture == nil); err != nil {
		s.fail("%v", err)
	}
}

func pad(text string, width int, left bool) string {
	blank := strings.Repeat(" ", max(0, width-runewidth.StringWidth(text)))
	if left {
		return text + blank
	}
	return blank + text
}

func colorOf(t *cqltype.Type, null bool) string {
	switch {
	case null:
		return colorNull
	case t.Kind == cqltype.KindText || t.Kind == cqltype.KindASCII:
		return colorValue
	}
	return colorOther
}

func paint(on bool, color, text string) string {
	if !on {
		return text
	}
	return color + text + colorReset
}

func drawTable(out io.Writer, r *client.Result, cells [][]string, _ int, color bool) error {
	widths := make([]int, len(r.Columns))
	for j, c := range r.Columns {
		widths[j] = runewidth.StringWidth(c.Name)
		for i := range cells {
			widths[j] = max(widths[j], runewidth.StringWidth(cells[i][j]))
		}
	}
	var b strings.Builder
	b.WriteByte('\n')
	var header, rule []string
	for j, c := range r.Columns {
		name := pad(c.Name, widths[j], true)
		if j == len(r.Columns)-1 {
			name = c.Name
		}
		header = append(header, paint(color, colorName, name))
		rule = append(rule, strings.Repeat("-", widths[j]))
	}
	b.WriteString(" " + strings.Join(header, " | ") + "\n-" + strings.Join(rule, "-+-") + "-\n")
	for i := range cells {
		var row []string
		for j := range cells[i] {
			row = append(row, paint(color, colorOf(r.Columns[j].Type, r.Rows[i][j] == nil), pad(cells[i][j], widths[j], false)))
		}
		b.WriteString(" " + strings.Join(row, " | ") + "\n")
	}
	if len(cells) == 0 {
		b.WriteByte('\n')
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func drawExpanded(out io.Writer, r *client.Result, cells [][]string, before int, color bool) error {
	names, values := 0, 0
	for j, c := range r.Columns {
		names = max(names, runewidth.StringWidth(c.Name))
		for i := range cells {
			values = max(values, runewidth.StringWidth(cells[i][j]))
		}
	}
	var b strings.Builder
	for i := range cells {
		fmt.Fprintf(&b, "\n@ Row %d\n%s+%s\n", before+i+1, strings.Repeat("-", names+2), strings.Repeat("-", values+2))
		for j, c := range r.Columns {
			fmt.Fprintf(&b, " %s | %s\n", paint(color, colorName, pad(c.Name, names, true)), paint(color, colorOf(c.Type, r.Rows[i][j] == nil), cells[i][j]))
		}
	}
	b.WriteByte('\n')
	_, err := io.WriteString(out, b.String())
	return err
}
