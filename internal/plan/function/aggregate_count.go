package function

import "helenus/internal/cqltype"

// CountRows is count(*); its result column is named count.
func CountRows() *Function { return countRows }

var countRows = &Function{
	Name: Name{system, "count_rows"}, Return: cqltype.Bigint,
	state:  func() State { return &rowCount{} },
	column: func([]string) string { return "count" },
}

// countFunctions are count(x), and count(*) under the names it can be called by.
func countFunctions() []*Function {
	count := &Function{Name: Name{system, "count"}, ArgTypes: types(cqltype.Blob), Return: cqltype.Bigint, state: func() State { return &valueCount{} }}
	return append(named(countRows, "countrows"), count)
}

// rowCount counts rows.
type rowCount struct{ n int64 }

func (c *rowCount) Add([][]byte) error      { c.n++; return nil }
func (c *rowCount) Result() ([]byte, error) { return cqltype.AppendBigint(nil, c.n), nil }

// valueCount counts what is not null.
type valueCount struct{ n int64 }

func (c *valueCount) Add(args [][]byte) error {
	if args[0] != nil {
		c.n++
	}
	return nil
}

func (c *valueCount) Result() ([]byte, error) { return cqltype.AppendBigint(nil, c.n), nil }
