package exec

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/plan"
	"helenus/internal/protocol"
	"helenus/internal/row"
)

// sortedRowsMax bounds the rows that ORDER BY over several partitions keeps in memory.
const sortedRowsMax = 100_000

// scratchBytesMax is the largest copy of a page whose memory stays with the pooled execution.
const scratchBytesMax = 1 << 20

// gatherStep is how much a result grows between looks at the memory that is left.
const gatherStep = 64 << 10

// errStrained ends a request that had begun. It is said before anything was written.
var errStrained = cassandra.Overloadedf("The node is short of memory")

// selectScratch is what a SELECT needs while it runs; it stays with the pooled execution.
type selectScratch struct {
	plan   *plan.Select // that row was made for
	row    *plan.Row
	cmd    row.Command
	header row.HeaderView
	static row.View
	view   row.View
}

// execSelect runs a SELECT: it walks the rows that the plan's command reaches and appends those that pass to the response.
func (x *execution) execSelect(q *plan.Select, p *planned) error {
	w := walk{x: x, q: q, s: &x.sel}
	if x.executor.guardsReads {
		if err := x.guardSelect(q); err != nil {
			return err
		}
	}
	if err := w.begin(); err != nil {
		return err
	}
	x.resp.Kind = Read
	switch {
	case x.params.Consistency.IsSerial():
		x.resp.Kind = SerialRead
	case w.s.cmd.Partitions == nil:
		x.resp.Kind = RangeRead
	}
	if q.IsAggregate() {
		x.warnAggregate(q)
	}
	if q.Sorted() && w.pageSize > 0 && (q.IsAggregate() || !w.nothing || q.ReadsStatics(&w.s.cmd)) {
		return cassandra.Invalidf("Cannot page queries with both ORDER BY and a IN restriction on the partition key; " +
			"you must either remove the ORDER BY or the IN and sort client side, or disable paging for this query")
	}
	at := len(x.resp.Body)
	meta := x.metadata(p)
	body, countAt := protocol.AppendRowsHeader(x.resp.Body, &meta)
	w.body, w.start = body, len(body)
	defer func() { x.executor.gathered.Add(-w.gathered) }()
	if err := w.run(); err != nil {
		return x.readError(&w, err)
	}
	if w.more != nil {
		state := x.pagingState(q, w.more)
		rows := append(x.scratch[:0], w.body[w.start:]...)
		x.scratch = rows
		meta.PagingState = state
		w.body, countAt = protocol.AppendRowsHeader(w.body[:at], &meta)
		w.body = append(w.body, rows...)
		if cap(x.scratch) > scratchBytesMax {
			x.scratch = nil
		}
	}
	protocol.PatchRowCount(w.body, countAt, w.rows)
	x.resp.Body = w.body
	return nil
}

func (x *execution) warnAggregate(q *plan.Select) {
	switch {
	case !q.RestrictsPartitions():
		x.warn("Aggregation query used without partition key")
	case q.InPartitions():
		x.warn("Aggregation query used on multiple partition keys (IN restriction)")
	}
}

// metadata returns the result metadata as the client wants it.
func (x *execution) metadata(p *planned) protocol.Metadata {
	m := protocol.Metadata{Columns: p.columns}
	if x.statement == nil {
		return m
	}
	if x.req.Version >= protocol.V5 && string(x.metadataID) != string(p.resultID) {
		m.NewID = p.resultID
		return m
	}
	m.Skip = x.params.SkipMetadata
	return m
}

// walk is one SELECT on its way over the rows.
type walk struct {
	x      *execution
	q      *plan.Select
	s      *selectScratch
	cursor row.Cursor
	cmd    *row.Command // what cursor walks
	filter *plan.Filter
	run_   *plan.Run

	sortedBytes int   // of what ORDER BY keeps
	gathered    int64 // of the executor's count
	ungathered  int   // not counted yet
	pageSize    int   // 0: not paged
	limit       int   // rows or groups still wanted; -1: all
	perPart     int   // of each partition; 0: all
	inPart      int   // of the current partition, already there
	rows        int
	body        []byte
	start       int
	nearest     *plan.Nearest
	scores      []float32 // of sorted, when nearest is set
	full        bool      // the page is full: one more row means that there are more
	last        position  // of the last row that went out
	more        *position // set when the page ended before the rows did
	sorted      []*plan.Row
	group       *plan.Row // the first row of the group under way
	groupLast   position  // the last row taken into it
	resumed     bool
	resumedAt   []byte // the partition that the page before ended in
	walked      int    // rows looked at
	nothing     bool   // WHERE leaves nothing to read
}

// cancelEvery is how many rows are walked between two looks at whether anybody still waits.
const cancelEvery = 1024

func (w *walk) begin() (err error) {
	w.s.view.Claim = w.q.Table.ClaimColumn()
	x, q, s := w.x, w.q, w.s
	if s.plan != q {
		s.plan, s.row = q, q.NewRow()
	}
	w.pageSize = int(x.params.PageSize)
	w.limit = -1
	n, err := q.Limit(&x.env)
	if err != nil {
		return err
	}
	if n > 0 {
		w.limit = n
	}
	if w.perPart, err = q.PerPartitionLimit(&x.env); err != nil {
		return err
	}
	if q.IsNearest() {
		if w.nearest, err = q.Nearest(&x.env, n); err != nil {
			return err
		}
		if w.pageSize > 0 && w.pageSize < n {
			x.warn(fmt.Sprintf("Top-K queries do not support paging and the page size is set to %d, which is less than LIMIT %d. The page size has been set to %d to match the LIMIT.", w.pageSize, n, n))
		}
		w.pageSize = 0
	}
	w.run_ = q.NewRun(&x.env, x.masked)
	if err := q.CheckSelectors(w.run_); err != nil {
		return err
	}
	if w.filter, err = q.Filter(&x.env); err != nil { // before the keys, as in Cassandra: even where they leave nothing to read
		return err
	}
	ok, err := q.Command(&x.env, &s.cmd)
	if err != nil {
		return err
	}
	w.nothing = !ok
	if ok || q.ReadsStatics(&s.cmd) {
		if err := q.CheckKeys(&s.cmd); err != nil {
			return err
		}
	}
	if ok {
		if x.executor.guardsReads {
			if err := x.guardKeys(q, &s.cmd, n); err != nil {
				return err
			}
		}
	}
	if x.params.PagingState != nil {
		if err := w.resume(); err != nil {
			return err
		}
	}
	if !ok {
		return nil
	}
	if !q.Table.Stored() {
		w.cursor = x.executor.options.System.Read(&s.cmd, x.isSuperuser())
		return nil
	}
	s.cmd.Wanted = w.wanted()
	s.cmd.Watch = x.watch(q, n)
	if w.nearest != nil && w.filter == nil {
		w.nearest.ByIndex(&s.cmd, n, x.env.Now)
	}
	w.cmd = &s.cmd
	w.cursor, err = x.coordinator().Read(&s.cmd, x.params.Consistency, x.env.Now)
	return err
}

// wanted is about how many rows will be taken from the cursor, 0 when that can't be known.
func (w *walk) wanted() int {
	if w.filter != nil && !w.q.FiltersByIndex() || w.q.IsAggregate() || w.q.Sorted() || w.nearest != nil || w.perPart > 0 {
		return 0
	}
	switch {
	case w.pageSize > 0 && w.limit > 0:
		return min(w.pageSize+1, w.limit)
	case w.pageSize > 0:
		return w.pageSize + 1 // one more tells whether there is another page
	}
	return max(w.limit, 0)
}

func (w *walk) run() (err error) {
	if w.cursor != nil {
		defer func() { err = errors.Join(err, w.cursor.Close()) }()
		if err := w.walk(); err != nil {
			return err
		}
		for w.nearest != nil && w.mayBeNearer() {
			if err := w.widen(); err != nil {
				return err
			}
			if err := w.walk(); err != nil {
				return err
			}
		}
	}
	if err := w.finish(); err != nil {
		return err
	}
	w.warnSize()
	return nil
}

// walk goes over the rows of the cursor.
func (w *walk) walk() error {
	for w.more == nil && w.limit != 0 && w.cursor.NextPartition() {
		if err := w.partition(); err != nil {
			return err
		}
		w.resumed = false
	}
	return w.cursor.Err()
}

// nearestWider is how many times as many rows are asked for when some of the nearest turned out to be gone or elsewhere, nearestCountMax how many at most: past it all
// rows are compared.
const (
	nearestWider    = 4
	nearestCountMax = 16_000
)

// mayBeNearer says whether a row that was left out may be among the nearest.
func (w *walk) mayBeNearer() bool {
	least, cut := row.Cut(w.cursor)
	return cut && (len(w.scores) < w.limit || w.scores[w.limit-1] < least)
}

// widen begins to read anew, for more of the nearest rows: replicas that had not heard of all changes have sent rows that are not there, or elsewhere.
func (w *walk) widen() error {
	cmd := *w.cmd
	by := cmd.Indexed[0]
	wider := *by.Nearest
	wider.Count *= nearestWider
	by.Nearest = &wider
	if cmd.Indexed = []row.IndexRange{by}; wider.Count > nearestCountMax {
		cmd.Indexed = nil
	}
	next, err := w.x.coordinator().Read(&cmd, w.x.params.Consistency, w.x.env.Now)
	if err != nil {
		return err
	}
	err = w.cursor.Close()
	w.cursor, w.cmd, w.sorted, w.scores = next, &cmd, nil, nil
	return err
}

// finish sends out what was held back: the last group, the one row of an aggregate, rows to be sorted.
func (w *walk) finish() error {
	if w.q.IsAggregate() && w.more == nil {
		if w.group == nil && !w.q.Grouped() {
			w.group = w.q.NewRow()
		}
		if w.group != nil && w.limit != 0 {
			return w.endGroup()
		}
		return nil
	}
	if w.sorted == nil {
		return nil
	}
	if w.nearest == nil {
		w.q.Sort(w.sorted)
	}
	for _, r := range w.sorted {
		if w.limit == 0 {
			break
		}
		if err := w.append(r); err != nil {
			return err
		}
	}
	return nil
}

// partition walks one partition's rows.
func (w *walk) partition() error {
	s, now := w.s, w.x.env.Now
	// the partition that the page before ended in may be gone, or have nothing left that a cursor would show
	w.resumed = w.resumed && bytes.Equal(w.cursor.Partition().Key, w.resumedAt)
	if !w.resumed {
		w.inPart = 0
	}
	if err := s.header.Reset(w.cursor.Header()); err != nil {
		return err
	}
	if err := s.row.SetPartition(w.cursor.Partition()); err != nil {
		return err
	}
	if err := s.static.Reset(w.cursor.Static(), s.header.Partition(), now); err != nil {
		return err
	}
	dropped := len(w.q.Table.Dropped) > 0
	if dropped {
		s.static.Forget(s.row.Has)
	}
	if err := s.row.SetStatic(&s.static); err != nil {
		return err
	}
	found := w.resumed
	for w.cursor.NextRow() {
		if w.walked++; w.walked%cancelEvery == 0 && w.x.ctx.Err() != nil {
			return w.x.ctx.Err() // the client is gone, or the node drains
		}
		clustering := w.cursor.Clustering()
		if err := s.view.Reset(w.cursor.Row(), s.header.Covering(clustering), now); err != nil {
			return err
		}
		if dropped {
			s.view.Forget(s.row.Has)
		}
		if !s.view.Live() {
			continue
		}
		found = true
		if err := s.row.SetRow(clustering, &s.view); err != nil {
			return err
		}
		if w.q.Distinct {
			return w.offer(nil, true)
		}
		if err := w.offer(clustering, false); err != nil || w.stopped() {
			return err
		}
	}
	if err := w.cursor.Err(); err != nil {
		return err
	}
	if !found && s.static.Live() && (w.q.Distinct || !w.q.RestrictsRows()) {
		if err := s.row.SetRow(nil, nil); err != nil {
			return err
		}
		return w.offer(nil, true)
	}
	return nil
}

// stopped says whether the partition has given all that is wanted of it. A group under way still wants its rows.
func (w *walk) stopped() bool {
	return w.more != nil || w.limit == 0 || w.perPart > 0 && w.inPart >= w.perPart && w.group == nil
}

// offer takes the current row, if it passes the filter.
func (w *walk) offer(clustering []byte, partitionDone bool) error {
	r := w.s.row
	if w.filter != nil && !w.filter.Matches(r) {
		return nil
	}
	switch {
	case w.q.IsAggregate():
		return w.fold(r, clustering, partitionDone)
	case w.nearest != nil:
		return w.compare(r)
	case w.q.Sorted():
		if len(w.sorted) >= sortedRowsMax {
			return cassandra.Invalidf("ORDER BY over several partitions would sort more than %d rows; restrict the query or sort in the client", sortedRowsMax)
		}
		kept := r.Keep()
		if w.sortedBytes += kept.Bytes(); w.sortedBytes > w.x.executor.options.ResultBytesMax {
			return w.tooLarge()
		}
		if err := w.gather(kept.Bytes()); err != nil {
			return err
		}
		w.sorted = append(w.sorted, kept)
		w.inPart++
		return nil
	case w.full:
		w.more = &w.last
		return nil
	}
	w.inPart++
	if err := w.append(r); err != nil {
		return err
	}
	if w.full = w.pageFull(); w.full {
		w.last.set(w.cursor.Partition(), clustering, partitionDone, w)
	}
	return nil
}

// pageFull says whether the page has all the rows that were asked for, or as many bytes as one may.
func (w *walk) pageFull() bool {
	return w.pageSize > 0 && (w.rows >= w.pageSize || len(w.body)-w.start >= w.x.executor.options.PageBytes)
}

// compare keeps a row when it is among the nearest so far; of those alike the earlier ones.
func (w *walk) compare(r *plan.Row) error {
	least := float32(math.Inf(-1))
	if len(w.scores) == w.limit && w.limit > 0 {
		least = w.scores[w.limit-1]
	}
	score, ok := w.nearest.Score(r, least)
	if !ok {
		return nil
	}
	at := len(w.scores)
	for at > 0 && w.scores[at-1] < score {
		at--
	}
	if at == w.limit {
		return nil
	}
	kept := r.Keep()
	if err := w.gather(kept.Bytes()); err != nil {
		return err
	}
	w.scores, w.sorted = slices.Insert(w.scores, at, score), slices.Insert(w.sorted, at, kept)
	if len(w.sorted) > w.limit {
		w.scores, w.sorted = w.scores[:w.limit], w.sorted[:w.limit]
	}
	return nil
}

// append sends a row out.
func (w *walk) append(r *plan.Row) (err error) {
	if err := w.checkSize(); err != nil {
		return err
	}
	before := len(w.body)
	if w.body, err = w.q.AppendRow(w.body, r, w.run_); err != nil {
		return err
	}
	w.rows++
	if w.limit > 0 {
		w.limit--
	}
	if len(w.body)-w.start > w.x.executor.options.ResultBytesMax {
		return w.tooLarge()
	}
	return w.gather(len(w.body) - before)
}

// gather counts bytes that the walk keeps with those of all others: their sum is bounded, but for a lone one.
func (w *walk) gather(n int) error {
	if w.ungathered += n; w.ungathered < gatherStep {
		return nil
	}
	n, w.ungathered = w.ungathered, 0
	w.gathered += int64(n)
	e := w.x.executor
	if all := e.gathered.Add(int64(n)); all > e.options.GatheredMax && all > w.gathered || e.options.Strained() {
		return errStrained
	}
	return nil
}

func (w *walk) tooLarge() error {
	return cassandra.Invalidf("The result is larger than %d MiB; set a page size or a LIMIT", w.x.executor.options.ResultBytesMax>>20)
}

// fold takes a row into its group; when it begins another group, the one before goes out.
func (w *walk) fold(r *plan.Row, clustering []byte, partitionDone bool) error {
	if w.group != nil && w.q.Grouped() {
		same, err := w.q.SameGroup(w.group, r, w.run_)
		if err != nil {
			return err
		}
		if !same {
			if err := w.endGroup(); err != nil || w.limit == 0 {
				return err
			}
			if w.pageFull() {
				w.groupLast.limit = w.limit // noted before the group went out
				w.more = &w.groupLast
				return nil
			}
		}
	}
	if w.perPart > 0 && w.group == nil && w.inPart >= w.perPart {
		return nil
	}
	if w.group == nil {
		w.group = r.Keep()
		w.q.ResetGroup(w.run_)
		w.inPart++
	}
	if w.q.Grouped() && w.pageSize > 0 {
		w.groupLast.set(w.cursor.Partition(), clustering, partitionDone, w)
	}
	return w.q.Add(r, w.run_)
}

func (w *walk) endGroup() error {
	err := w.append(w.group)
	w.group = nil
	return err
}
