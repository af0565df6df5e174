package cqltype

import (
	"fmt"
	"maps"
	"slices"
)

// partsFromJSON builds a value that is made of parts from a JSON array or object.
func (t *Type) partsFromJSON(v any) ([]byte, error) {
	list, isList := v.([]any)
	object, isObject := v.(map[string]any)
	switch {
	case t.Kind == KindMap && isObject:
		return t.mapFromJSON(object)
	case t.Kind == KindUDT && isObject:
		return t.udtFromJSON(object)
	case t.Kind == KindTuple && isList:
		return t.tupleFromJSON(list)
	case t.Kind == KindMap || t.Kind == KindUDT || t.Kind == KindTuple || !isList:
		return nil, fmt.Errorf("Expected %s, but got a %s: %s", jsonWanted[t.Kind], javaNumber(v), javaText(v))
	}
	if t.Kind == KindVector && len(list) != t.Dimension {
		return nil, fmt.Errorf("List had incorrect size: expected %d but given %d; %s", t.Dimension, len(list), javaText(v))
	}
	elems := make([][]byte, len(list))
	for i, e := range list {
		if e == nil {
			return nil, fmt.Errorf("Invalid null element in %s", map[bool]string{true: "set", false: "list"}[t.Kind == KindSet])
		}
		var err error
		if elems[i], err = t.Elems[0].FromJSON(e); err != nil {
			return nil, err
		}
	}
	if t.Kind == KindSet {
		elems = t.SortSet(elems)
	}
	return t.Join(elems), nil
}

func (t *Type) mapFromJSON(object map[string]any) ([]byte, error) {
	elems := make([][]byte, 0, 2*len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if object[key] == nil {
			return nil, fmt.Errorf("Invalid null value in map")
		}
		k, err := t.Elems[0].FromJSON(key)
		if err != nil {
			return nil, err
		}
		v, err := t.Elems[1].FromJSON(object[key])
		if err != nil {
			return nil, err
		}
		elems = append(elems, k, v)
	}
	return t.Join(t.SortMap(elems)), nil
}

func (t *Type) udtFromJSON(object map[string]any) ([]byte, error) {
	byName := make(map[string]any, len(object))
	for key, v := range object {
		byName[ParseJSONName(key)] = v
	}
	fields := make([][]byte, len(t.Elems))
	for i, name := range t.FieldNames {
		var err error
		if fields[i], err = t.Elems[i].FromJSON(byName[name]); err != nil {
			return nil, err
		}
		delete(byName, name)
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		return nil, fmt.Errorf("Unknown field '%s' in value of user defined type %s", name, t.Name)
	}
	return t.Join(fields), nil
}

func (t *Type) tupleFromJSON(list []any) ([]byte, error) {
	if len(list) != len(t.Elems) {
		how := "is missing items"
		if len(list) > len(t.Elems) {
			how = "contains extra items"
		}
		return nil, fmt.Errorf("Tuple %s (expected %d): %s", how, len(t.Elems), javaText(list))
	}
	fields := make([][]byte, len(list))
	for i, v := range list {
		var err error
		if fields[i], err = t.Elems[i].FromJSON(v); err != nil {
			return nil, err
		}
	}
	return t.Join(fields), nil
}
