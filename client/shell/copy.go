package shell

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"helenus/client"
	"helenus/internal/cqltype"
)

// copyJob is a COPY that has been understood.
type copyJob struct {
	keyspace, table string
	columns         []string // empty: all
	to              bool
	file            string // empty: standard output or input
	options         copyOptions
}

// copyOptions are those of cqlsh that this shell acts on; any other is refused.
type copyOptions struct {
	delimiter, quote, escape rune
	null                     string
	header                   bool
	pageSize                 int32
	batch                    int // rows under way at once on import
	skipRows, maxRows        int // -1: no bound
	maxErrors                int
	errFile                  string
	skipColumns              map[string]bool
	timestampLayout          string
	boolean                  string
	rate                     int // rows a second on import; 0: any
}

var copyForm = regexp.MustCompile(`(?is)^(?:("[^"]+"|\w+)\.)?("[^"]+"|\w+)\s*(?:\(([^)]*)\))?\s+(TO|FROM)\s+('(?:[^']|'')*'|STDOUT|STDIN)\s*(?:WITH\s+(.*))?$`)

// runCopy exports or imports CSV.
func (s *Shell) runCopy(ctx context.Context, args string) error {
	m := copyForm.FindStringSubmatch(strings.TrimSpace(args))
	if m == nil {
		return fmt.Errorf("Improper COPY command: COPY table [(columns)] TO|FROM '<file>' [WITH option = value AND …]")
	}
	job := copyJob{keyspace: unquoteName(m[1]), table: unquoteName(m[2]), to: strings.EqualFold(m[4], "TO")}
	if job.keyspace == "" {
		job.keyspace = s.keyspace
	}
	if job.keyspace == "" {
		return fmt.Errorf("No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename")
	}
	for _, c := range strings.Split(m[3], ",") {
		if c = strings.TrimSpace(c); c != "" {
			job.columns = append(job.columns, unquoteName(c))
		}
	}
	if strings.HasPrefix(m[5], "'") {
		var err error
		if job.file, err = fileArgument(m[5]); err != nil {
			return err
		}
	} else if job.to != strings.EqualFold(m[5], "STDOUT") {
		return fmt.Errorf("COPY TO goes to STDOUT or a file, COPY FROM reads STDIN or a file")
	}
	if err := job.parseOptions(m[6]); err != nil {
		return err
	}
	columns, err := s.tableColumns(ctx, &job)
	if err != nil {
		return err
	}
	if job.to {
		return s.copyTo(ctx, &job, columns)
	}
	return s.copyFrom(ctx, &job, columns)
}

func unquoteName(name string) string {
	if strings.HasPrefix(name, `"`) {
		return strings.Trim(name, `"`)
	}
	return strings.ToLower(name)
}

var optionForm = regexp.MustCompile(`(?is)^\s*(\w+)\s*=\s*('(?:[^']|'')*'|[^\s]+)\s*$`)

func (j *copyJob) parseOptions(text string) error {
	o := &j.options
	*o = copyOptions{delimiter: ',', quote: '"', escape: '\\', pageSize: 1000, batch: 64, maxRows: -1, maxErrors: 1000, skipColumns: map[string]bool{}, boolean: "True,False"}
	if strings.TrimSpace(text) == "" {
		return nil
	}
	for _, part := range splitAnd(text) {
		m := optionForm.FindStringSubmatch(part)
		if m == nil {
			return fmt.Errorf("Improper COPY option: %s", part)
		}
		value := strings.Trim(m[2], "'")
		if strings.HasPrefix(m[2], "'") {
			value = strings.ReplaceAll(m[2][1:len(m[2])-1], "''", "'")
		}
		if err := o.set(strings.ToUpper(m[1]), value, j.to); err != nil {
			return err
		}
	}
	return nil
}

// splitAnd cuts options at AND outside quotes.
func splitAnd(text string) []string {
	var parts []string
	start, quoted := 0, false
	for i := 0; i < len(text); i++ {
		if text[i] == '\'' {
			quoted = !quoted
		}
		if !quoted && i+5 <= len(text) && strings.EqualFold(text[i:i+5], " and ") {
			parts = append(parts, text[start:i])
			start = i + 5
			i += 4
		}
	}
	return append(parts, text[start:])
}

func (o *copyOptions) set(name, value string, to bool) error {
	number := func(at *int) error {
		n, err := strconv.Atoi(value)
		if err != nil {
			return fmt.Errorf("COPY option %s takes a number, not %s", name, value)
		}
		*at = n
		return nil
	}
	letter := func(at *rune) error {
		r := []rune(strings.ReplaceAll(value, `\t`, "\t"))
		if len(r) != 1 {
			return fmt.Errorf("COPY option %s takes one character, not %q", name, value)
		}
		*at = r[0]
		return nil
	}
	switch name {
	case "DELIMITER":
		return letter(&o.delimiter)
	case "QUOTE":
		return letter(&o.quote)
	case "ESCAPE":
		return letter(&o.escape)
	case "NULL", "NULLVAL":
		o.null = value
	case "HEADER":
		o.header = strings.EqualFold(value, "true")
	case "ENCODING":
		if !strings.EqualFold(value, "utf8") && !strings.EqualFold(value, "utf-8") {
			return fmt.Errorf("COPY option ENCODING is %s; allowed: utf8", value)
		}
	case "DATETIMEFORMAT":
		o.timestampLayout = strftime(value)
	case "BOOLSTYLE":
		if strings.Count(value, ",") != 1 {
			return fmt.Errorf("COPY option BOOLSTYLE takes two words such as True,False")
		}
		o.boolean = value
	case "PAGESIZE":
		n := 0
		err := number(&n)
		o.pageSize = int32(max(n, 1))
		return err
	case "MAXBATCHSIZE", "CHUNKSIZE":
		return number(&o.batch)
	case "SKIPROWS":
		return number(&o.skipRows)
	case "MAXROWS":
		return number(&o.maxRows)
	case "MAXINSERTERRORS", "MAXPARSEERRORS":
		return number(&o.maxErrors)
	case "INGESTRATE":
		return number(&o.rate)
	case "ERRFILE":
		o.errFile = value
	case "SKIPCOLS":
		for _, c := range strings.Split(value, ",") {
			o.skipColumns[strings.TrimSpace(c)] = true
		}
	default:
		direction := map[bool]string{true: "TO", false: "FROM"}[to]
		return fmt.Errorf("Unrecognized COPY %s option: %s", direction, name)
	}
	return nil
}

// strftime turns Python's date directives into Go's layout.
func strftime(format string) string {
	return strings.NewReplacer("%Y", "2006", "%m", "01", "%d", "02", "%H", "15", "%M", "04", "%S", "05", "%f", "000000", "%z", "-0700", "%y", "06", "%%", "%").Replace(format)
}

// tableColumns returns the columns to copy with their types, as the server describes them.
func (s *Shell) tableColumns(ctx context.Context, j *copyJob) ([]client.Column, error) {
	st, err := s.conn.Prepare(ctx, "SELECT "+columnList(j.columns)+" FROM "+j.name(), "")
	if err != nil {
		return nil, err
	}
	var kept []client.Column
	for _, c := range st.Columns() {
		if !j.options.skipColumns[c.Name] || !j.to {
			kept = append(kept, c)
		}
	}
	return kept, nil
}

func (j *copyJob) name() string { return maybeQuote(j.keyspace) + "." + maybeQuote(j.table) }

func columnList(names []string) string {
	if len(names) == 0 {
		return "*"
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = maybeQuote(n)
	}
	return strings.Join(quoted, ", ")
}

func names(columns []client.Column) []string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = c.Name
	}
	return all
}

func (s *Shell) copyTo(ctx context.Context, j *copyJob, columns []client.Column) (err error) {
	out := s.out
	if j.file != "" {
		f, err := os.Create(j.file)
		if err != nil {
			return fmt.Errorf("Can't open '%s' for writing: %w", j.file, err)
		}
		defer func() {
			if closeErr := f.Close(); err == nil {
				err = closeErr
			}
		}()
		out = f
	}
	w := newCSVWriter(out, &j.options)
	if j.options.header {
		if err := w.write(names(columns)); err != nil {
			return err
		}
	}
	progress := s.newProgress(j.file != "")
	f := formatter{zone: s.options.Zone, digits: 17, layout: j.options.timestampLayout, null: j.options.null}
	if f.layout == "" {
		f.layout = "2006-01-02 15:04:05.000-0700"
	}
	yes, no, _ := strings.Cut(j.options.boolean, ",")
	rows := 0
	p := &client.Params{Consistency: s.consistency, PageSize: j.options.pageSize}
	for r, err := range s.conn.Pages(ctx, "SELECT "+columnList(names(columns))+" FROM "+j.name(), p) {
		if err != nil {
			return err
		}
		for _, row := range r.Rows {
			if j.options.maxRows >= 0 && rows >= j.options.maxRows {
				break
			}
			fields := make([]string, len(row))
			for i, v := range row {
				switch t := r.Columns[i].Type; {
				case t.Kind == cqltype.KindBoolean && len(v) == 1:
					fields[i] = map[bool]string{true: yes, false: no}[v[0] != 0]
				case v != nil && (t.Kind == cqltype.KindText || t.Kind == cqltype.KindASCII):
					fields[i] = string(v)
				default:
					fields[i] = f.format(t, v, false)
				}
			}
			if err := w.write(fields); err != nil {
				return err
			}
			rows++
		}
		progress.show(rows)
	}
	if err := w.flush(); err != nil {
		return err
	}
	progress.end(rows, "exported to", j.file)
	return nil
}
