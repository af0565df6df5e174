package awk

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// reader is an open file or command of getline.
type reader struct {
	in    *bufio.Reader
	close func() error
}

// writer is an open file or command of print.
type writer struct {
	out   *bufio.Writer
	close func() error
}

// reading returns the stream of a name, opened at first use.
func (r *run) reading(name string, pipe bool) (*reader, error) {
	if s := r.readers[name]; s != nil {
		return s, nil
	}
	var in io.ReadCloser
	var err error
	if pipe {
		r.flush()
		in, err = r.o.Command(name)
	} else {
		in, err = r.o.Open(name)
	}
	if err != nil {
		return nil, err
	}
	s := &reader{bufio.NewReader(in), in.Close}
	r.readers[name] = s
	return s, nil
}

// writing returns the stream of a name for print's mode: >, >> or |.
func (r *run) writing(name, mode string) (*writer, error) {
	switch {
	case mode != "|" && (name == "/dev/stdout" || name == "-"):
		return &writer{out: r.out}, nil
	case mode != "|" && name == "/dev/stderr":
		r.flush()
		return &writer{out: r.errs}, nil
	}
	if s := r.writers[name]; s != nil {
		return s, nil
	}
	var out io.WriteCloser
	var err error
	switch mode {
	case "|":
		r.flush()
		out, err = r.o.Pipe(name)
	default:
		out, err = r.o.Create(name, mode == ">>")
	}
	if err != nil {
		return nil, err
	}
	s := &writer{bufio.NewWriter(out), out.Close}
	r.writers[name] = s
	return s, nil
}

// flush writes out what waits, so that it stands before what a command prints.
func (r *run) flush() {
	_ = r.out.Flush() // an error comes again at the end
	_ = r.errs.Flush()
	for _, w := range r.writers {
		_ = w.out.Flush()
	}
}

// closeStream closes a file or command and returns its status, -1 where none of the name is open.
func (r *run) closeStream(name string) float64 {
	result := -1.0
	if s := r.readers[name]; s != nil {
		delete(r.readers, name)
		result = statusOf(s.close())
	}
	if s := r.writers[name]; s != nil {
		delete(r.writers, name)
		result = statusOf(errors.Join(s.out.Flush(), s.close()))
	}
	return result
}

func statusOf(err error) float64 {
	var code Status
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return float64(code)
	}
	return -1
}

// Status is how a command that a program ran has ended.
type Status int

func (s Status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }
