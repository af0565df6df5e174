package shell

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// csvWriter and csvReader know CSV with any quote and escape character, which encoding/csv does not.
type csvWriter struct {
	out *bufio.Writer
	o   *copyOptions
}

func newCSVWriter(out io.Writer, o *copyOptions) *csvWriter {
	return &csvWriter{bufio.NewWriter(out), o}
}

func (w *csvWriter) write(fields []string) error {
	for i, f := range fields {
		if i > 0 {
			if _, err := w.out.WriteRune(w.o.delimiter); err != nil {
				return err
			}
		}
		if _, err := w.out.WriteString(w.field(f)); err != nil {
			return err
		}
	}
	_, err := w.out.WriteString("\r\n")
	return err
}

func (w *csvWriter) field(f string) string {
	if !strings.ContainsAny(f, "\r\n"+string(w.o.delimiter)+string(w.o.quote)+string(w.o.escape)) {
		return f
	}
	var b strings.Builder
	b.WriteRune(w.o.quote)
	for _, r := range f {
		if r == w.o.quote || r == w.o.escape {
			b.WriteRune(w.o.escape)
		}
		b.WriteRune(r)
	}
	b.WriteRune(w.o.quote)
	return b.String()
}

func (w *csvWriter) flush() error { return w.out.Flush() }

type csvReader struct {
	in *bufio.Reader
	o  *copyOptions
}

func newCSVReader(in io.Reader, o *copyOptions) *csvReader { return &csvReader{bufio.NewReader(in), o} }

// recordBytesMax bounds one record.
const recordBytesMax = 64 << 20

var errRecord = errors.New("a record of the file is longer than 64 MiB; is a quote missing?")

// read returns the next record, io.EOF after the last.
func (c *csvReader) read() ([]string, error) {
	var fields []string
	var b strings.Builder
	quoted, any := false, false
	for size := 0; ; size++ {
		if size > recordBytesMax {
			return nil, errRecord
		}
		r, _, err := c.in.ReadRune()
		if err == io.EOF {
			if !any {
				return nil, io.EOF
			}
			return append(fields, b.String()), nil
		}
		if err != nil {
			return nil, err
		}
		switch {
		case quoted && r == c.o.escape && c.o.escape != c.o.quote:
			if r, _, err = c.in.ReadRune(); err != nil {
				return nil, errRecord
			}
			b.WriteRune(r)
		case r == c.o.quote && quoted:
			if next, _, err := c.in.ReadRune(); err == nil {
				if next == c.o.quote {
					b.WriteRune(next)
					continue
				}
				if err := c.in.UnreadRune(); err != nil {
					return nil, err
				}
			}
			quoted = false
		case r == c.o.quote && b.Len() == 0:
			quoted, any = true, true
		case quoted:
			b.WriteRune(r)
		case r == c.o.delimiter:
			fields = append(fields, b.String())
			b.Reset()
			any = true
		case r == '\r':
		case r == '\n':
			if !any && b.Len() == 0 {
				continue // an empty line is no record
			}
			return append(fields, b.String()), nil
		default:
			any = true
			b.WriteRune(r)
		}
	}
}
