package awk

// expr is an expression.
type expr any

type (
	number  float64
	str     string
	pattern string // a regular expression literal: compared with $0 where it stands alone
	// variable is a global, or with local ≥ 0 a function's parameter.
	variable struct {
		name  string
		local int
	}
	element struct { // name[index]
		array *variable
		index []expr
	}
	field struct{ index expr }
	unary struct {
		op string // - + !
		x  expr
	}
	binary struct {
		op   string // + - * / % ^ && || == != < <= > >= ~ !~, "" concatenates
		x, y expr
	}
	conditional struct{ test, yes, no expr }
	assignment  struct {
		op     string // =, or the operator before it
		target expr
		value  expr
	}
	increment struct {
		target expr
		by     float64
		prefix bool
	}
	membership struct { // (index) in array
		index []expr
		array *variable
	}
	call struct {
		name    string
		args    []expr
		builtin bool
	}
	getline struct {
		from   expr // nil: the main input
		pipe   bool // from is a command
		target expr // nil: $0
	}
	group struct{ x expr } // in parentheses
)

// stmt is a statement.
type stmt any

type (
	block       []stmt
	expressionS struct{ x expr }
	printS      struct {
		args   []expr
		format bool   // printf
		mode   string // "", >, >>, |
		to     expr
	}
	ifS struct {
		test expr
		yes  stmt
		no   stmt
	}
	whileS struct {
		test expr
		body stmt
		post bool // do … while
	}
	forS struct {
		init stmt
		test expr
		step stmt
		body stmt
	}
	forInS struct {
		name  *variable
		array *variable
		body  stmt
	}
	deleteS struct {
		array *variable
		index []expr // nil: the whole array
	}
	// jumpS is break, continue, next, nextfile, exit or return.
	jumpS struct {
		word  string
		value expr
	}
)

// rule is a pattern with its action.
type rule struct {
	from, to expr
	action   block
	active   bool // inside a range
}

type function struct {
	name   string
	params []string
	body   block
}

// Program is a parsed program. It is for one run.
type Program struct {
	begin, end []block
	rules      []*rule
	functions  map[string]*function
}
