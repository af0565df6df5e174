package cql

// ConstantKind is the lexical form of a constant.
type ConstantKind uint8

const (
	ConstString ConstantKind = iota
	ConstInteger
	ConstFloat
	ConstBoolean
	ConstUUID
	ConstHex
	ConstDuration
)

func (k ConstantKind) String() string {
	return [...]string{"STRING", "INTEGER", "FLOAT", "BOOLEAN", "UUID", "HEX", "DURATION"}[k]
}

// Expr is a term or a selector.
type Expr interface{ isExpr() }

type (
	// Null is NULL.
	Null struct{}
	// Constant is a literal; Text is the value of a string, else what was written (hexadecimal without 0x).
	Constant struct {
		Kind ConstantKind
		Text string
	}
	// Bind is a marker in a term.
	Bind struct{ Marker }
	// ListLit is [a, b]: a list or a vector.
	ListLit struct{ Elems []Expr }
	// SetLit is {a, b}; empty, it may be a map as well.
	SetLit struct{ Elems []Expr }
	// MapLit is {k: v}.
	MapLit struct{ Keys, Values []Expr }
	// UDTLit is {field: v}.
	UDTLit struct {
		Fields []string
		Values []Expr
	}
	// TupleLit is (a, b).
	TupleLit struct{ Elems []Expr }
	// Hint is (type) expr.
	Hint struct {
		Type *TypeName
		Of   Expr
	}
	// Cast is CAST(expr AS type).
	Cast struct {
		Of   Expr
		Type *TypeName
	}
	// Call is a function call. Star is count(*).
	Call struct {
		Func Name
		Args []Expr
		Star bool
	}
	// Binary is an arithmetic operation: + - * / %.
	Binary struct {
		Op          byte
		Left, Right Expr
	}
	// Negate is -expr.
	Negate struct{ Of Expr }
	// Paren is (expr) in a selector. In a term it is a TupleLit of one element.
	Paren struct{ Of Expr }
	// Column is a column's name in a selector.
	Column struct{ Name string }
	// Element is expr[key]; Slice is expr[from..to], either bound may be nil; Field is expr.field.
	Element struct{ Of, Key Expr }
	Slice   struct{ Of, From, To Expr }
	Field   struct {
		Of   Expr
		Name string
	}
)

func (*Null) isExpr()     {}
func (*Constant) isExpr() {}
func (*Bind) isExpr()     {}
func (*ListLit) isExpr()  {}
func (*SetLit) isExpr()   {}
func (*MapLit) isExpr()   {}
func (*UDTLit) isExpr()   {}
func (*TupleLit) isExpr() {}
func (*Hint) isExpr()     {}
func (*Cast) isExpr()     {}
func (*Call) isExpr()     {}
func (*Binary) isExpr()   {}
func (*Negate) isExpr()   {}
func (*Paren) isExpr()    {}
func (*Column) isExpr()   {}
func (*Element) isExpr()  {}
func (*Slice) isExpr()    {}
func (*Field) isExpr()    {}

// TypeName is a type as written.
type TypeName struct {
	Keyspace, Name string // Name in lower case unless quoted
	Params         []*TypeName
	Dimension      int    // of a vector
	Class          string // 'org.apache.…' in quotes
}

// Operator of a relation or condition.
type Operator string

const (
	OpEq          Operator = "="
	OpNeq         Operator = "!="
	OpLt          Operator = "<"
	OpLte         Operator = "<="
	OpGt          Operator = ">"
	OpGte         Operator = ">="
	OpIn          Operator = "IN"
	OpContains    Operator = "CONTAINS"
	OpContainsKey Operator = "CONTAINS KEY"
	OpLike        Operator = "LIKE"
	OpIsNotNull   Operator = "IS NOT NULL"
)

// Relation is one condition of WHERE or IF.
type Relation struct {
	// Columns has one column, or several for (a, b) op … and token(a, b) op ….
	Columns []string
	Token   bool
	Multi   bool // written as a tuple of columns
	// Key is set for column[key] op …, FieldName for column.field op … (IF only).
	Key       Expr
	FieldName string
	Op        Operator
	// Value is the right side; for IN (…) In holds the values and Value is nil, for IN ? Value is the marker.
	Value Expr
	In    []Expr
	// Index is set for expr(index, value), which has no columns and no operator.
	Index string
}
