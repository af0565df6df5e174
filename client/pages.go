package client

import (
	"context"
	"iter"
)

// pageRows is the page size of Pages when none is asked for; drivers use the same.
const pageRows = 5000

// Pages executes a statement and goes through the pages of its result, fetching each when it is asked for. It ends after an error.
func (c *Conn) Pages(ctx context.Context, statement string, p *Params) iter.Seq2[*Result, error] {
	if p == nil {
		p = One()
	}
	return func(yield func(*Result, error) bool) {
		page := *p
		if page.PageSize == 0 {
			page.PageSize = pageRows
		}
		for {
			res, err := c.Query(ctx, statement, &page)
			if !yield(res, err) || err != nil || res.PagingState == nil {
				return
			}
			page.PagingState = res.PagingState
		}
	}
}
