package cql

// Select is SELECT.
type Select struct {
	base
	JSON, Distinct    bool
	Selectors         []Selector // empty: *
	Table             Name
	Where             []Relation
	GroupBy           []Expr
	OrderBy           []Ordering
	PerPartitionLimit Expr
	Limit             Expr
	AllowFiltering    bool
}

// Selector is one expression of a SELECT, with its alias.
type Selector struct {
	Expr  Expr
	Alias string
}

// Ordering is one column of ORDER BY; ANN is set for column ANN OF vector.
type Ordering struct {
	Column     string
	Descending bool
	ANN        Expr
}

// Using holds USING TIMESTAMP and TTL; nil where absent.
type Using struct{ Timestamp, TTL Expr }

// Insert is INSERT.
type Insert struct {
	base
	Table        Name
	Columns      []string
	Values       []Expr
	JSON         Expr // INSERT JSON: the document
	DefaultUnset bool
	IfNotExists  bool
	Using        Using
}

// AssignOp is the form of an assignment in UPDATE.
type AssignOp uint8

const (
	AssignSet     AssignOp = iota // c = v
	AssignAdd                     // c = c + v, c += v
	AssignSub                     // c = c - v, c -= v
	AssignPrepend                 // c = v + c
	AssignElement                 // c[k] = v
	AssignField                   // c.f = v
)

// Assignment is one SET of UPDATE.
type Assignment struct {
	Column string
	Op     AssignOp
	Key    Expr   // AssignElement
	Field  string // AssignField
	Value  Expr
}

// Update is UPDATE.
type Update struct {
	base
	Table      Name
	Using      Using
	Set        []Assignment
	Where      []Relation
	IfExists   bool
	Conditions []Relation
}

// Deletion is what DELETE removes of a row: a column, an element of it or a field of it.
type Deletion struct {
	Column string
	Key    Expr
	Field  string
}

// Delete is DELETE.
type Delete struct {
	base
	Table      Name
	Deletions  []Deletion
	Using      Using
	Where      []Relation
	IfExists   bool
	Conditions []Relation
}

// BatchKind is LOGGED, UNLOGGED or COUNTER.
type BatchKind uint8

const (
	BatchLogged BatchKind = iota
	BatchUnlogged
	BatchCounter
)

// Batch is BEGIN BATCH … APPLY BATCH. Its statements' markers are numbered through the whole batch.
type Batch struct {
	base
	Kind       BatchKind
	Using      Using
	Statements []Statement
}
