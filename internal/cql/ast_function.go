package cql

// CreateFunction is CREATE FUNCTION.
type CreateFunction struct {
	base
	Function               Name
	OrReplace, IfNotExists bool
	ArgNames               []string
	ArgTypes               []*TypeName
	// CalledOnNull is CALLED ON NULL INPUT; without it the function RETURNS NULL ON NULL INPUT.
	CalledOnNull bool
	Returns      *TypeName
	// Language is in lower case.
	Language, Body string
}

// CreateAggregate is CREATE AGGREGATE.
type CreateAggregate struct {
	base
	Aggregate              Name
	OrReplace, IfNotExists bool
	ArgTypes               []*TypeName
	StateFunction          string
	StateType              *TypeName
	// FinalFunction is empty and InitCond nil where they were left out.
	FinalFunction string
	InitCond      Expr
}

// DropFunction is DROP FUNCTION, or DROP AGGREGATE when Aggregate is true.
type DropFunction struct {
	base
	Aggregate bool
	Function  Name
	IfExists  bool
	// ArgTypes are given when WithArgs is true; there may be none of them.
	ArgTypes []*TypeName
	WithArgs bool
}
