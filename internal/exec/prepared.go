package exec

import (
	"crypto/md5"
	"sync"
	"sync/atomic"

	"helenus/internal/auth"
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/plan"
	"helenus/internal/protocol"
	"helenus/internal/schema"
)

// statement is a prepared statement. Its id depends on keyspace and text only, so it is the same on every node.
type statement struct {
	id       [16]byte
	text     string
	keyspace string
	parsed   cql.Statement
	planned  atomic.Pointer[planned]
}

// planned is a statement's plan for one schema.
type planned struct {
	schema *schema.Schema
	// plan is nil for a statement that is not planned, such as DDL.
	plan plan.Plan
	// tables are the ids of the tables that it was planned for.
	tables []schema.TableID
	// columns and resultID describe the rows that a SELECT returns.
	columns  []protocol.Column
	resultID []byte
	short    bool
	times    *TableTimes // nil: nothing is counted
	// asks are the permissions that executing it takes; granted is who was last seen to have them.
	asks    []auth.Check
	granted atomic.Pointer[auth.Subject]
	// masks is set when the answer hides something from roles that may not see it.
	masks *masks
}

func statementID(keyspace, text string) [16]byte { return md5.Sum([]byte(keyspace + text)) }

// resulting is a plan that returns rows.
type resulting interface {
	ResultColumns() []protocol.Column
}

// shortPlan is a plan that knows whether its execution is brief.
type shortPlan interface {
	Short() bool
}

// makePlan plans a statement for a schema.
func (e *Executor) makePlan(s *schema.Schema, keyspace string, parsed cql.Statement) (*planned, error) {
	p := &planned{schema: s}
	switch parsed.(type) {
	case *cql.CreateView:
		if len(parsed.Markers()) > 0 {
			return nil, schema.ErrViewBinds
		}
		return p, nil
	case *cql.Select, *cql.Insert, *cql.Update, *cql.Delete, *cql.Batch:
	default:
		return p, nil
	}
	var err error
	if p.plan, err = plan.Prepare(parsed, &plan.Context{Schema: s, Keyspace: keyspace}); err != nil {
		return nil, err
	}
	if e.options.Login.Policy.Authorizes {
		if p.asks, err = auth.Asks(parsed, keyspace); err != nil {
			return nil, err
		}
		if q, ok := p.plan.(*plan.Select); ok && q.Table.IsView() { // who may read the base may read its views
			p.asks = []auth.Check{{Permission: auth.Select, On: auth.Table(q.Table.Keyspace, q.Table.View.BaseName)}}
		}
		p.asks = append(p.asks, executing(p.plan)...)
		if e.options.Masking {
			p.masks = masksOf(p.plan)
		}
	}
	p.tables = tablesOf(s, keyspace, parsed)
	p.times = e.timesOf(p.plan)
	if r, ok := p.plan.(resulting); ok {
		p.columns = r.ResultColumns()
		sum := md5.Sum(appendColumnsDigest(nil, p.columns))
		p.resultID = sum[:]
	} else {
		sum := md5.Sum(nil)
		p.resultID = sum[:]
	}
	if b, ok := p.plan.(shortPlan); ok {
		p.short = b.Short()
	}
	return p, nil
}

func appendColumnsDigest(dst []byte, columns []protocol.Column) []byte {
	for _, c := range columns {
		dst = protocol.AppendString(protocol.AppendString(protocol.AppendString(dst, c.Keyspace), c.Table), c.Name)
		dst = protocol.AppendType(dst, c.Type)
	}
	return dst
}

// tablesOf returns the ids of the tables that a statement names.
func tablesOf(s *schema.Schema, keyspace string, parsed cql.Statement) []schema.TableID {
	var ids []schema.TableID
	for _, n := range namedTables(parsed) {
		ks := n.Keyspace
		if ks == "" {
			ks = keyspace
		}
		if t := s.Table(ks, n.Name); t != nil {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// namedTables returns the tables that a statement with a plan names, as it names them.
func namedTables(parsed cql.Statement) []cql.Name {
	switch q := parsed.(type) {
	case *cql.Select:
		return []cql.Name{q.Table}
	case *cql.Insert:
		return []cql.Name{q.Table}
	case *cql.Update:
		return []cql.Name{q.Table}
	case *cql.Delete:
		return []cql.Name{q.Table}
	case *cql.Batch:
		var names []cql.Name
		for _, inner := range q.Statements {
			names = append(names, namedTables(inner)...)
		}
		return names
	}
	return nil
}

// current returns the statement's plan for the schema now. A statement whose table was dropped, or dropped and made again, has to be
// prepared again by the client.
func (st *statement) current(e *Executor, s *schema.Schema) (*planned, error) {
	p := st.planned.Load()
	if p.schema == s {
		return p, nil
	}
	next, err := e.makePlan(s, st.keyspace, st.parsed)
	if err != nil || !sameTables(p.tables, next.tables) {
		return nil, unprepared(st.id[:])
	}
	st.planned.Store(next)
	return next, nil
}

func sameTables(a, b []schema.TableID) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func unprepared(id []byte) *cassandra.Error {
	return &cassandra.Error{
		Code:        cassandra.CodeUnprepared,
		Message:     "Prepared query with ID " + hexID(id) + " not found (either the query was not prepared on this host (maybe the host has been restarted?) or you have prepared too many queries and it has been evicted from the internal cache)",
		StatementID: append([]byte(nil), id...),
	}
}

func hexID(id []byte) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 2*len(id))
	for _, b := range id {
		out = append(out, digits[b>>4], digits[b&15])
	}
	return string(out)
}

// cache keeps prepared statements up to a number of bytes of text. When it is full, statements make room in no particular order;
// their clients prepare them again.
type cache struct {
	max     int
	evicted *atomic.Int64 // counts statements that made room

	mu    sync.RWMutex
	byID  map[[16]byte]*statement // guarded by mu
	bytes int                     // guarded by mu
}

func newCache(bytesMax int, evicted *atomic.Int64) *cache {
	return &cache{max: bytesMax, evicted: evicted, byID: map[[16]byte]*statement{}}
}

// get returns a statement, or nil.
func (c *cache) get(id []byte) *statement {
	if len(id) != 16 {
		return nil
	}
	c.mu.RLock()
	st := c.byID[[16]byte(id)]
	c.mu.RUnlock()
	return st
}

// statementOverhead is what a statement costs besides its text: AST and plan, roughly.
const statementOverhead = 8192

func (c *cache) put(st *statement) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.byID[st.id]; !known {
		c.bytes += len(st.text) + statementOverhead
	}
	c.byID[st.id] = st
	for id, old := range c.byID {
		if c.bytes <= c.max {
			break
		}
		if old != st {
			delete(c.byID, id)
			c.evicted.Add(1)
			c.bytes -= len(old.text) + statementOverhead
		}
	}
}

func (c *cache) count() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.byID)
}
