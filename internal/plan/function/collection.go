package function

import "helenus/internal/cqltype"

// collectionFunctions are map_keys, map_values and the aggregates over one collection.
// Source: Cassandra 5.0, CollectionFcts.
func collectionFunctions() []*generic {
	anyMap := parameter{text: "map", takes: func(t *cqltype.Type) bool { return t.Kind == cqltype.KindMap }, needs: "a map argument"}
	anyCollection := parameter{text: "collection", takes: (*cqltype.Type).IsCollection, needs: "a collection argument"}
	// both are shown by the same words
	setOrList := parameter{text: "numeric_set_or_list", takes: isSetOrList, needs: "a set or list argument"}
	numbers := parameter{text: "numeric_set_or_list", takes: func(t *cqltype.Type) bool { return isSetOrList(t) && isNumeric(t.Elems[0]) }, needs: "a numeric set/list argument"}
	return []*generic{
		{"map_keys", []parameter{anyMap}, func(in []*cqltype.Type, _ *cqltype.Type) (*Function, error) {
			return mapHalf(in[0], 0, cqltype.SetOf(in[0].Elems[0], true)), nil
		}},
		{"map_values", []parameter{anyMap}, func(in []*cqltype.Type, _ *cqltype.Type) (*Function, error) {
			return mapHalf(in[0], 1, cqltype.ListOf(in[0].Elems[1], true)), nil
		}},
		{"collection_count", []parameter{anyCollection}, func(in []*cqltype.Type, _ *cqltype.Type) (*Function, error) { return collectionCount(in[0]), nil }},
		collectionAggregate("collection_min", setOrList, func(t *cqltype.Type) State { return &extreme{of: t, sign: -1} }),
		collectionAggregate("collection_max", setOrList, func(t *cqltype.Type) State { return &extreme{of: t, sign: 1} }),
		collectionAggregate("collection_sum", numbers, newSum),
		collectionAggregate("collection_avg", numbers, newAvg),
	}
}

func isSetOrList(t *cqltype.Type) bool {
	return t.Kind == cqltype.KindSet || t.Kind == cqltype.KindList
}

// mapHalf gives the keys (0) or the values (1) of a map.
func mapHalf(in *cqltype.Type, half int, ret *cqltype.Type) *Function {
	return scalar("", ret, nil, func(args [][]byte) ([]byte, error) {
		var elems [][]byte
		it := in.Iterate(args[0])
		for it.Next() {
			if it.Index()%2 == half {
				elems = append(elems, it.Value())
			}
		}
		return ret.Join(elems), invalidValue(it.Err())
	})
}

func collectionCount(in *cqltype.Type) *Function {
	return scalar("", cqltype.Int, nil, func(args [][]byte) ([]byte, error) {
		it := in.Iterate(args[0])
		n := it.Count()
		if in.Kind == cqltype.KindMap {
			n /= 2
		}
		return cqltype.AppendInt(nil, int32(n)), invalidValue(it.Err())
	})
}

// collectionAggregate runs an aggregate over the elements of one value.
func collectionAggregate(name string, p parameter, state func(*cqltype.Type) State) *generic {
	return &generic{name, []parameter{p}, func(in []*cqltype.Type, _ *cqltype.Type) (*Function, error) {
		elem := in[0].Elems[0]
		return scalar("", elem, nil, func(args [][]byte) ([]byte, error) {
			s, one := state(elem), make([][]byte, 1)
			it := in[0].Iterate(args[0])
			for it.Next() {
				one[0] = it.Value()
				if err := s.Add(one); err != nil {
					return nil, err
				}
			}
			if it.Err() != nil {
				return nil, invalidValue(it.Err())
			}
			return s.Result()
		}), nil
	}}
}
