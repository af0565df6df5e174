package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"helenus/client"
)

// importer sends rows, several under way at once.
type importer struct {
	shell   *Shell
	job     *copyJob
	columns []client.Column
	insert  *client.Statement
	slots   chan struct{}
	running sync.WaitGroup

	mu     sync.Mutex
	failed int            // guarded by mu
	first  error          // guarded by mu
	errOut io.WriteCloser // guarded by mu
}

func (s *Shell) copyFrom(ctx context.Context, j *copyJob, columns []client.Column) (err error) {
	in := io.Reader(os.Stdin)
	if j.file != "" {
		f, err := os.Open(j.file)
		if err != nil {
			return fmt.Errorf("Can't open '%s' for reading: %w", j.file, err)
		}
		defer f.Close()
		in = f
	}
	r := newCSVReader(in, &j.options)
	if j.options.header {
		header, err := r.read()
		if err != nil {
			return fmt.Errorf("read the header of %s: %w", j.file, err)
		}
		if len(j.columns) == 0 {
			if columns, err = byHeader(columns, header); err != nil {
				return err
			}
		}
	}
	m := &importer{shell: s, job: j, columns: columns, slots: make(chan struct{}, max(1, j.options.batch))}
	var wanted []client.Column
	for _, c := range columns {
		if !j.options.skipColumns[c.Name] {
			wanted = append(wanted, c)
		}
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(wanted)), ", ")
	if m.insert, err = s.conn.Prepare(ctx, "INSERT INTO "+j.name()+" ("+columnList(names(wanted))+") VALUES ("+marks+")", ""); err != nil {
		return err
	}
	rows, err := m.readAll(ctx, r)
	m.running.Wait()
	if m.errOut != nil {
		err = errors.Join(err, m.errOut.Close())
	}
	if err != nil {
		return err
	}
	s.newProgress(j.file != "").end(rows-m.failed, "imported from", j.file)
	if m.failed > 0 {
		return fmt.Errorf("%d rows were not imported; the first: %w", m.failed, m.first)
	}
	return nil
}

// byHeader puts columns in the order of a file's header.
func byHeader(columns []client.Column, header []string) ([]client.Column, error) {
	var out []client.Column
	for _, name := range header {
		found := false
		for _, c := range columns {
			if c.Name == strings.TrimSpace(name) {
				out, found = append(out, c), true
			}
		}
		if !found {
			return nil, fmt.Errorf("the header names %s, which is no column of the table", name)
		}
	}
	return out, nil
}

func (m *importer) readAll(ctx context.Context, r *csvReader) (rows int, err error) {
	o := &m.job.options
	progress := m.shell.newProgress(m.job.file != "")
	began := time.Now()
	for n := 0; ctx.Err() == nil; n++ {
		record, err := r.read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		if n < o.skipRows {
			continue
		}
		if o.maxRows >= 0 && rows >= o.maxRows {
			return rows, nil
		}
		rows++
		if o.rate > 0 {
			if ahead := time.Duration(rows)*time.Second/time.Duration(o.rate) - time.Since(began); ahead > 0 {
				select {
				case <-time.After(ahead):
				case <-ctx.Done():
				}
			}
		}
		m.send(ctx, record)
		if rows%1000 == 0 {
			progress.show(rows)
		}
		m.mu.Lock()
		stop := m.failed > o.maxErrors
		m.mu.Unlock()
		if stop {
			return rows, fmt.Errorf("Exceeded maximum number of errors %d: %w", o.maxErrors, m.first)
		}
	}
	return rows, ctx.Err()
}

// send inserts a record in the background.
func (m *importer) send(ctx context.Context, record []string) {
	values, err := m.values(record)
	if err != nil {
		m.reject(record, err)
		return
	}
	m.slots <- struct{}{}
	m.running.Go(func() {
		defer func() { <-m.slots }()
		ctx, cancel := context.WithTimeout(ctx, m.shell.options.RequestTimeout)
		defer cancel()
		if _, err := m.shell.conn.Execute(ctx, m.insert, &client.Params{Consistency: m.shell.consistency, Values: values}); err != nil {
			m.reject(record, err)
		}
	})
}

func (m *importer) values(record []string) ([]client.Value, error) {
	if len(record) != len(m.columns) {
		return nil, fmt.Errorf("Invalid row length %d should be %d", len(record), len(m.columns))
	}
	var values []client.Value
	for i, c := range m.columns {
		if m.job.options.skipColumns[c.Name] {
			continue
		}
		if record[i] == m.job.options.null {
			values = append(values, client.Value{})
			continue
		}
		raw, err := parseField(c.Type, record[i], &m.job.options)
		if err != nil {
			return nil, fmt.Errorf("Failed to parse %s for column %s: %w", record[i], c.Name, err)
		}
		values = append(values, client.Value{Bytes: raw})
	}
	return values, nil
}

// reject counts a row that did not go in and keeps it in the error file.
func (m *importer) reject(record []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failed++
	if m.first == nil {
		m.first = err
	}
	if m.job.options.errFile == "" {
		return
	}
	if m.errOut == nil {
		f, openErr := os.Create(m.job.options.errFile)
		if openErr != nil {
			m.shell.fail("%v", openErr)
			m.job.options.errFile = ""
			return
		}
		m.errOut = f
	}
	w := newCSVWriter(m.errOut, &m.job.options)
	if err := errors.Join(w.write(record), w.flush()); err != nil {
		m.shell.fail("%v", err)
	}
}
