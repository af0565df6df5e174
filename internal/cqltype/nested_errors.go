package cqltype

import (
	"errors"
	"fmt"
)

// The errors of values that are made of parts, in the words of Cassandra's serializers.

var nestedName = map[Kind]string{KindList: "list", KindSet: "set", KindMap: "map"}

// shortError is for a list, set, map or vector that ends inside an element.
func (t *Type) shortError() error {
	if t.Kind == KindVector {
		return fmt.Errorf("Not enough bytes to read a %s", t)
	}
	return errors.New("Not enough bytes to read a " + nestedName[t.Kind])
}

// partError is for part i, of which left bytes are there.
func (t *Type) partError(i, left int) error {
	what := "%dth component"
	if t.Kind == KindUDT {
		what = "%dth field " + t.FieldNames[i]
	}
	switch t.Kind {
	case KindTuple, KindUDT:
		if left < 4 {
			what = "size of " + what
		}
		return fmt.Errorf("Not enough bytes to read "+what, i)
	}
	return t.shortError()
}

// extraneousError is for n bytes left after the last part.
func (t *Type) extraneousError(n int) error {
	switch t.Kind {
	case KindVector:
		return fmt.Errorf("Unexpected %d extraneous bytes after %s value", n, t)
	case KindTuple, KindUDT:
		return t.TooManyFields()
	}
	return errors.New("Unexpected extraneous bytes after " + nestedName[t.Kind] + " value")
}

func (t *Type) countError() error {
	return errors.New("The data cannot be deserialized as a " + nestedName[t.Kind])
}

// TooManyFields is the error for a tuple or UDT with more fields than its type.
func (t *Type) TooManyFields() error {
	if t.Kind == KindUDT {
		return errors.New("Invalid remaining data after end of UDT value")
	}
	return errors.New("Invalid remaining data after end of tuple value")
}

var errNullElement = errors.New("null is not supported inside collections")
