package schema

import "helenus/internal/cqltype"

type storedFunction struct {
	Name         string        `json:"name"`
	ArgNames     []string      `json:"arg_names,omitempty"`
	ArgTypes     []*storedType `json:"arg_types,omitempty"`
	Return       *storedType   `json:"return"`
	CalledOnNull bool          `json:"called_on_null,omitempty"`
	Language     string        `json:"language"`
	Body         string        `json:"body"`
}

// storedAggregate has its first state as bytes; null and absent are the same.
type storedAggregate struct {
	Name          string        `json:"name"`
	ArgTypes      []*storedType `json:"arg_types,omitempty"`
	StateType     *storedType   `json:"state_type"`
	Return        *storedType   `json:"return"`
	StateFunction string        `json:"state_function"`
	FinalFunction string        `json:"final_function,omitempty"`
	InitCond      *[]byte       `json:"init_cond,omitempty"`
}

func storeFunction(f *Function) *storedFunction {
	if f == nil {
		return nil
	}
	return &storedFunction{f.Name, f.ArgNames, storeTypes(f.ArgTypes), storeType(f.Return), f.CalledOnNull, f.Language, f.Body}
}

func storeAggregate(a *Aggregate) *storedAggregate {
	if a == nil {
		return nil
	}
	out := &storedAggregate{Name: a.Name, ArgTypes: storeTypes(a.ArgTypes), StateType: storeType(a.StateType), Return: storeType(a.Return), StateFunction: a.StateFunction, FinalFunction: a.FinalFunction}
	if a.InitCond != nil {
		out.InitCond = &a.InitCond
	}
	return out
}

func storeTypes(types []*cqltype.Type) []*storedType {
	all := make([]*storedType, len(types))
	for i, t := range types {
		all[i] = storeType(t)
	}
	return all
}

func (f *storedFunction) load(keyspace string) (*Function, error) {
	args, err := loadTypes(f.ArgTypes)
	if err != nil {
		return nil, err
	}
	ret, err := f.Return.load()
	if err != nil {
		return nil, err
	}
	if len(args) != len(f.ArgNames) {
		return nil, errEdit
	}
	return &Function{keyspace, f.Name, f.ArgNames, args, ret, f.CalledOnNull, f.Language, f.Body}, nil
}

func (a *storedAggregate) load(keyspace string) (*Aggregate, error) {
	args, err := loadTypes(a.ArgTypes)
	if err != nil {
		return nil, err
	}
	state, err := a.StateType.load()
	if err != nil {
		return nil, err
	}
	ret, err := a.Return.load()
	if err != nil {
		return nil, err
	}
	out := &Aggregate{Keyspace: keyspace, Name: a.Name, ArgTypes: args, StateType: state, Return: ret, StateFunction: a.StateFunction, FinalFunction: a.FinalFunction}
	if a.InitCond != nil {
		out.InitCond = *a.InitCond
	}
	return out, nil
}

func loadTypes(stored []*storedType) ([]*cqltype.Type, error) {
	all := make([]*cqltype.Type, len(stored))
	for i, t := range stored {
		var err error
		if all[i], err = t.load(); err != nil {
			return nil, err
		}
	}
	return all, nil
}
