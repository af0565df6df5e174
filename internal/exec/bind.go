package exec

import (
	"helenus/internal/cql"
	"helenus/internal/protocol"
)

// bind puts named values in the order of the markers; positional ones are in order already. A name that is missing makes the values
// too few, one that is not the statement's is passed over, as in Cassandra.
func (x *execution) bind(p *planned, parsed cql.Statement) {
	values := x.params.Values
	if !x.params.Named || len(values) == 0 {
		return
	}
	ordered := make([]protocol.Value, 0, len(values))
	each := func(name string) {
		for i := range values {
			if values[i].Name == name {
				ordered = append(ordered, values[i])
				return
			}
		}
	}
	if p.plan != nil {
		for _, b := range p.plan.Binds() { // a ? goes by the name of what it is compared with or assigned to
			each(b.Name)
		}
	} else {
		for _, m := range parsed.Markers() {
			each(m.Name)
		}
	}
	x.env.Values = ordered
}
