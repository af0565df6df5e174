package sim

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/anishathalye/porcupine"

	"helenus/client"
	"helenus/internal/cassandra"
)

// The keys are few, so that requests meet.
const (
	registerKeys = 6
	casKeys      = 3
	counterKeys  = 2
	rowKeys      = 3

	doubtsMax = 8

	// transactions is the first of the numbers below 100 that stand for transactions.
	transactions = 45
)

var tables = []string{
	"CREATE TABLE ks.reg (k int PRIMARY KEY, v bigint, w bigint)",
	"CREATE INDEX ON ks.reg (v)",
	"CREATE INDEX ON ks.reg (w) USING 'sai'",
	"CREATE TABLE ks.cas (k int PRIMARY KEY, v int)",
	"CREATE TABLE ks.cnt (k int PRIMARY KEY, n counter)",
	"CREATE TABLE ks.rows (p int, c int, v int, PRIMARY KEY (p, c))",
	"CREATE TABLE ks.left (id int PRIMARY KEY, v int)",
	"CREATE TABLE ks.right (id int PRIMARY KEY, v int)",
}

// workload is what the clients asked and what they know by that.
type workload struct {
	c         *cluster
	problems  []string
	requests  int
	answered  int
	registers [registerKeys]register
	cas       map[int][]porcupine.Operation // by key
	lastCAS   map[int]int
	doubts    map[int]int // transactions of a key whose outcome is unknown
	nextCAS   int
	counters  [counterKeys]counter
	rows      [rowKeys]rowSet
	base      [baseKeys][baseRows]baseRow
	pairs     int
	schema    map[string]bool // table → must exist; absent: unknown
	nextTable int
	clients   int // those that still ask
	// so many of a hundred requests are of one kind, the one of a number below 100
	often, favourite int
	pause            int // the longest time between two requests of a client, in microseconds
	keys             int // of transactions
}

// problem notes that a promise was broken.
func (w *workload) problem(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.c.log.Info("SIM BROKEN " + text)
	if len(w.problems) < 10 {
		w.problems = append(w.problems, text)
	}
}

// register is a row whose value is the timestamp that it was written with. What a quorum has acknowledged, or a quorum read has seen, is the
// least that a later quorum read may see.
type register struct {
	floor   int64
	written map[int64]bool // by timestamp: true a value, false a deletion
	deleted int64          // the highest deletion that was tried
}

type counter struct {
	acknowledged, tried int64
	floor               int64
}

// rowSet is a partition whose rows are written once and deleted at most once, later.
type rowSet struct {
	next                 int
	tried, here, deleted map[int]bool // here: acknowledged; deleted: acknowledged deletions
	deleting             map[int]bool
}

// client is a task that asks for a while.
func (w *workload) client(id, requests int) {
	s := w.c.s
	w.clients++
	here := &runtime{s: s, process: world, skew: noSkew}
	s.spawn(world, func() {
		defer func() { w.clients-- }()
		for range requests {
			gate := here.NewGate()
			s.after(world, time.Duration(s.random.IntN(w.pause))*time.Microsecond, gate.Open)
			_ = gate.Pass(context.Background()) // it has no end
			m := w.c.machines[s.random.IntN(len(w.c.machines))]
			if !m.ready {
				continue
			}
			w.requests++
			if w.c.views && s.random.IntN(3) == 0 {
				if s.random.IntN(4) == 0 {
					w.readView(m)
				} else {
					w.writeBase(m)
				}
				continue
			}
			n := s.random.IntN(100)
			if s.random.IntN(100) < w.often {
				n = w.favourite
			}
			switch {
			case n < 22:
				w.writeRegister(m)
			case n < transactions:
				w.readRegister(m)
			case n < transactions+20:
				w.compareAndSet(m, id)
			case n < 75:
				w.count(m)
			case n < 85:
				w.writeRow(m)
			case n < 93:
				w.readRows(m)
			case n < 98:
				w.batch(m)
			default:
				w.changeSchema(m)
			}
		}
	})
}

func (w *workload) ask(m *machine, level cassandra.Consistency, cql string, args ...any) (*client.Result, error) {
	text := fmt.Sprintf(cql, args...)
	r, err := m.query(text, level, cassandra.Serial, 0, nil)
	if err == nil {
		w.answered++
	}
	w.c.log.Debug("SIM", "node", m.number, "level", level, "cql", text, "error", err, "rows", rowsText(r))
	return r, err
}

func rowsText(r *client.Result) string {
	if r == nil || len(r.Rows) == 0 {
		return ""
	}
	return fmt.Sprintf("%x", r.Rows)
}

func integer(b []byte) int64 {
	switch len(b) {
	case 4:
		return int64(int32(binary.BigEndian.Uint32(b)))
	case 8:
		return int64(binary.BigEndian.Uint64(b))
	case 1:
		return int64(b[0])
	}
	return 0
}

func (w *workload) writeRegister(m *machine) {
	s := w.c.s
	k := s.random.IntN(registerKeys)
	x := &w.registers[k]
	// a client's clock may be wrong too
	at := int64(1_000_000_000_000_000) + int64(s.now/time.Microsecond)*1000 + s.random.Int64N(1000)
	if s.random.IntN(5) == 0 && w.c.patrol == 0 { // what is written below a tombstone that was purged is there, by design
		at += s.random.Int64N(20_000_000_000) - 10_000_000_000
	}
	if _, taken := x.written[at]; taken {
		return
	}
	level := cassandra.Quorum
	if s.random.IntN(10) == 0 {
		level = cassandra.One
	}
	if x.written == nil {
		x.written = map[int64]bool{}
	}
	remove := s.random.IntN(6) == 0
	x.written[at] = !remove
	var err error
	if remove {
		x.deleted = max(x.deleted, at)
		_, err = w.ask(m, level, "DELETE FROM ks.reg USING TIMESTAMP %d WHERE k = %d", at, k)
	} else {
		_, err = w.ask(m, level, "INSERT INTO ks.reg (k, v, w) VALUES (%d, %d, %d) USING TIMESTAMP %d", k, at, at, at)
	}
	if err == nil && level == cassandra.Quorum {
		x.floor = max(x.floor, at)
	}
}

func (w *workload) readRegister(m *machine) {
	k := w.c.s.random.IntN(registerKeys)
	if w.c.s.random.IntN(4) == 0 {
		w.checkIndex(m, k, cassandra.Quorum)
		return
	}
	w.checkRegister(m, k, cassandra.Quorum)
}

// checkIndex asks for a register by an index: by the value that it has at least, or by values from that on.
func (w *workload) checkIndex(m *machine, k int, level cassandra.Consistency) (ok bool) {
	x := &w.registers[k]
	floor := x.floor
	if floor == 0 {
		return true
	}
	exactly := w.c.s.random.IntN(2) == 0
	where := fmt.Sprintf("w >= %d", floor)
	if exactly {
		where = fmt.Sprintf("v = %d", floor)
	}
	r, err := w.ask(m, level, "SELECT k, v, w FROM ks.reg WHERE %s", where)
	if err != nil {
		return false
	}
	found := false
	for _, row := range r.Rows {
		at, v, second := int(integer(row[0])), integer(row[1]), integer(row[2])
		switch value, written := w.registers[at].written[v]; {
		case v != second:
			w.problem("I3: register %d holds half a write by an index: %d and %d", at, v, second)
		case !written || !value:
			w.problem("I3: register %d holds %d by an index, which nobody wrote", at, v)
		case exactly && v != floor || !exactly && v < floor:
			w.problem("I13: register %d is %d, asked for was %s (node %d, %s)", at, v, where, m.number, level)
		case at == k && v < floor:
			w.problem("I1/I2: register %d is %d by an index, but %d was acknowledged or seen (node %d, %s)", k, v, floor, m.number, level)
		}
		found = found || at == k
	}
	newest := int64(0)
	for at := range x.written {
		newest = max(newest, at)
	}
	if !found && x.deleted < floor && (newest == floor || !exactly) {
		w.problem("I13: register %d, which is %d, is not found by %s (node %d, %s)", k, floor, where, m.number, level)
		w.dump("reg", k)
	}
	return true
}

// checkIndexes holds what indexes find on each node, once all replicas have the same, against all rows.
func (w *workload) checkIndexes(m *machine) bool {
	all, err := w.ask(m, cassandra.One, "SELECT k, v, w FROM ks.reg")
	if err != nil {
		return false
	}
	ranged, err := w.ask(m, cassandra.One, "SELECT k, v, w FROM ks.reg WHERE w >= 0")
	if err != nil {
		return false
	}
	if rowsText(ranged) != rowsText(all) {
		w.problem("I13: node %d finds %s by a range of an index, all rows are %s", m.number, rowsText(ranged), rowsText(all))
	}
	for _, row := range all.Rows {
		one, err := w.ask(m, cassandra.One, "SELECT k, v, w FROM ks.reg WHERE v = %d", integer(row[1]))
		if err != nil {
			return false
		}
		if want := fmt.Sprintf("%x", [][][]byte{row}); rowsText(one) != want {
			w.problem("I13: node %d finds %s by an index, want %s", m.number, rowsText(one), want)
		}
	}
	return true
}

func (w *workload) checkRegister(m *machine, k int, level cassandra.Consistency) (ok bool) {
	x := &w.registers[k]
	floor := x.floor
	r, err := w.ask(m, level, "SELECT v, w FROM ks.reg WHERE k = %d", k)
	if err != nil {
		return false
	}
	if len(r.Rows) == 0 {
		if floor != 0 && x.deleted < floor {
			w.problem("I1/I2: register %d is gone, but %d was acknowledged or seen (node %d, %s)", k, floor, m.number, level)
			w.dump("reg", k)
		}
		return true
	}
	v, second := integer(r.Rows[0][0]), integer(r.Rows[0][1])
	switch value, written := x.written[v]; {
	case v != second:
		w.problem("I3: register %d holds half a write: %d and %d", k, v, second)
	case !written || !value:
		w.problem("I3: register %d holds %d, which nobody wrote", k, v)
	case v < floor:
		w.problem("I1/I2: register %d is %d, but %d was acknowledged or seen (node %d, %s)", k, v, floor, m.number, level)
		w.dump("reg", k)
	default:
		x.floor = max(x.floor, v)
	}
	return true
}

// casInput and casOutput are what porcupine sees of a transaction.
type casInput struct {
	kind     byte // i: insert if not exists, u: update if v = expected, d: delete if exists, r: serial read
	expected int
	value    int
}

type casOutput struct {
	unknown bool
	applied bool
	found   int // what was there when it was not applied, or read; 0: nothing
}

var casModel = porcupine.Model{
	Init: func() any { return 0 },
	Step: func(state, input, output any) (bool, any) {
		now, in, out := state.(int), input.(casInput), output.(casOutput)
		next, applies := now, false
		switch in.kind {
		case 'i':
			applies, next = now == 0, in.value
		case 'u':
			applies, next = now == in.expected && now != 0, in.value
		case 'd':
			applies, next = now != 0, 0
		case 'r':
			return out.unknown || out.found == now, now
		}
		switch {
		case out.unknown && applies:
			return true, next
		case out.unknown:
			return true, now
		case out.applied != applies:
			return false, now
		case applies:
			return true, next
		}
		return in.kind == 'd' || out.found == now, now
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
}

func (w *workload) compareAndSet(m *machine, id int) {
	s := w.c.s
	k := s.random.IntN(w.keys)
	for w.doubts[k] >= doubtsMax {
		k += casKeys // a fresh one: histories with many unknown outcomes take too long to check
	}
	w.nextCAS++
	in := casInput{kind: 'r', value: w.nextCAS}
	called := s.now
	var r *client.Result
	var err error
	switch n := s.random.IntN(10); {
	case n < 3:
		r, err = w.ask(m, cassandra.Serial, "SELECT v FROM ks.cas WHERE k = %d", k)
	case n < 5:
		in.kind = 'i'
		r, err = w.ask(m, cassandra.Quorum, "INSERT INTO ks.cas (k, v) VALUES (%d, %d) IF NOT EXISTS", k, in.value)
	case n < 9:
		in.kind, in.expected = 'u', w.lastCAS[k]
		r, err = w.ask(m, cassandra.Quorum, "UPDATE ks.cas SET v = %d WHERE k = %d IF v = %d", in.value, k, in.expected)
	default:
		in.kind = 'd'
		r, err = w.ask(m, cassandra.Quorum, "DELETE FROM ks.cas WHERE k = %d IF EXISTS", k)
	}
	w.tookCAS(k, id, in, called, r, err)
}

// tookCAS notes what came of a transaction.
func (w *workload) tookCAS(k, id int, in casInput, called time.Duration, r *client.Result, err error) {
	out := casOutput{}
	switch {
	case err != nil && (!unknown(err) || in.kind == 'r'):
		return
	case err != nil:
		out.unknown = true
	default:
		if at := r.Column("[applied]"); at >= 0 {
			out.applied = integer(r.Rows[0][at]) == 1
		}
		if at := r.Column("v"); at >= 0 && len(r.Rows) > 0 {
			out.found = int(integer(r.Rows[0][at]))
		}
		if w.lastCAS[k] = out.found; out.applied {
			w.lastCAS[k] = in.value
		}
	}
	back := int64(w.c.s.now)
	if out.unknown {
		back = math.MaxInt64
		w.doubts[k]++
	}
	w.cas[k] = append(w.cas[k], porcupine.Operation{ClientId: id, Input: in, Output: out, Call: int64(called), Return: back})
}

func (w *workload) count(m *machine) {
	s := w.c.s
	k := s.random.IntN(counterKeys)
	if s.random.IntN(3) == 0 {
		w.checkCounter(m, k, cassandra.Quorum)
		return
	}
	x := &w.counters[k]
	by := 1 + s.random.Int64N(5)
	x.tried += by
	_, err := w.ask(m, cassandra.Quorum, "UPDATE ks.cnt SET n = n + %d WHERE k = %d", by, k)
	switch {
	case err == nil:
		x.acknowledged += by
	case !unknown(err):
		x.tried -= by
	}
}

func (w *workload) checkCounter(m *machine, k int, level cassandra.Consistency) bool {
	x := &w.counters[k]
	floor := max(x.acknowledged, x.floor)
	r, err := w.ask(m, level, "SELECT n FROM ks.cnt WHERE k = %d", k)
	if err != nil {
		return false
	}
	n := int64(0)
	if len(r.Rows) > 0 {
		n = integer(r.Rows[0][0])
	}
	if n < floor || n > x.tried {
		w.problem("I11: counter %d is %d, %d were acknowledged or seen and %d tried (node %d, %s)", k, n, floor, x.tried, m.number, level)
	}
	x.floor = max(x.floor, n)
	return true
}

func (w *workload) writeRow(m *machine) {
	s := w.c.s
	p := s.random.IntN(rowKeys)
	x := &w.rows[p]
	if x.tried == nil {
		x.tried, x.here, x.deleted, x.deleting = map[int]bool{}, map[int]bool{}, map[int]bool{}, map[int]bool{}
	}
	if x.next > 0 && s.random.IntN(4) == 0 {
		c := s.random.IntN(x.next)
		x.deleting[c] = true
		if _, err := w.ask(m, cassandra.Quorum, "DELETE FROM ks.rows USING TIMESTAMP %d WHERE p = %d AND c = %d", 2*c+11, p, c); err == nil {
			x.deleted[c] = true
		}
		return
	}
	c := x.next
	x.next++
	x.tried[c] = true
	if _, err := w.ask(m, cassandra.Quorum, "INSERT INTO ks.rows (p, c, v) VALUES (%d, %d, %d) USING TIMESTAMP %d", p, c, c, 2*c+10); err == nil {
		x.here[c] = true
	}
}

func (w *workload) readRows(m *machine) {
	w.checkRows(m, w.c.s.random.IntN(rowKeys), cassandra.Quorum, int32(1+w.c.s.random.IntN(20)))
}

func (w *workload) checkRows(m *machine, p int, level cassandra.Consistency, pageSize int32) bool {
	x := &w.rows[p]
	var must, mustNot []int
	for c := range x.next {
		switch {
		case x.deleted[c]:
			mustNot = append(mustNot, c)
		case x.here[c] && !x.deleting[c]:
			must = append(must, c)
		}
	}
	seen := map[int]bool{}
	var state []byte
	for {
		r, err := m.query(fmt.Sprintf("SELECT c, v FROM ks.rows WHERE p = %d", p), level, cassandra.Serial, pageSize, state)
		if err != nil {
			return false
		}
		for _, row := range r.Rows {
			c := int(integer(row[0]))
			switch {
			case !x.tried[c] || integer(row[1]) != int64(c):
				w.problem("I3: row %d of partition %d was never written so", c, p)
			case seen[c]:
				w.problem("paging: row %d of partition %d came twice", c, p)
			}
			seen[c] = true
		}
		if state = r.PagingState; state == nil {
			break
		}
	}
	for _, c := range must {
		if !seen[c] && !x.deleting[c] {
			w.problem("I1: row %d of partition %d was acknowledged and is gone (node %d, %s)", c, p, m.number, level)
			w.dump("rows", p)
			break
		}
	}
	for _, c := range mustNot {
		if seen[c] {
			w.problem("I9: row %d of partition %d was deleted and is back (node %d, %s)", c, p, m.number, level)
		}
	}
	return true
}

func (w *workload) batch(m *machine) {
	id := w.pairs
	w.pairs++
	_, _ = w.ask(m, cassandra.Quorum, "BEGIN BATCH INSERT INTO ks.left (id, v) VALUES (%d, 1); INSERT INTO ks.right (id, v) VALUES (%d, 1); APPLY BATCH", id, id) // any outcome is checked at the end
}

func (w *workload) changeSchema(m *machine) {
	s := w.c.s
	if w.schema == nil {
		w.schema = map[string]bool{}
	}
	if w.nextTable > 0 && s.random.IntN(3) == 0 {
		name := fmt.Sprintf("t%d", s.random.IntN(w.nextTable))
		if _, known := w.schema[name]; !known { // it may come into being at any time
			return
		}
		delete(w.schema, name)
		if r, err := w.ask(m, cassandra.One, "DROP TABLE IF EXISTS ks.%s", name); err == nil && len(r.Warnings) == 0 {
			w.schema[name] = false
		}
		return
	}
	name := fmt.Sprintf("t%d", w.nextTable)
	w.nextTable++
	if _, err := w.ask(m, cassandra.One, "CREATE TABLE ks.%s (k int PRIMARY KEY, v int)", name); err == nil {
		w.schema[name] = true
	}
}
