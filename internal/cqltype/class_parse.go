package cqltype

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// kindOfClass is the inverse of classNames, with the older names of types.
var kindOfClass = func() map[string]Kind {
	kinds := map[string]Kind{"LegacyTimeUUIDType": KindTimeUUID, "DateType": KindTimestamp}
	for kind, name := range classNames {
		kinds[name] = kind
	}
	return kinds
}()

// ParseClass reads a marshal class name, with or without its package. ReversedType is dropped: order is no property of a type here. A class
// that is not Cassandra's own becomes a KindCustom type.
func ParseClass(text string) (*Type, error) {
	p := classParser{text: text}
	t, err := p.class(0)
	if err == nil && p.at < len(p.text) {
		err = fmt.Errorf("unexpected %q", p.text[p.at:])
	}
	if err != nil {
		return nil, fmt.Errorf("marshal class %q: %w", text, err)
	}
	return t, nil
}

type classParser struct {
	text string
	at   int
}

var errClassDepth = errors.New("nested too deep")

func (p *classParser) class(depth int) (*Type, error) {
	if depth > NestingMax {
		return nil, errClassDepth
	}
	p.skip(" ")
	start := p.at
	name := strings.TrimPrefix(p.word(), marshal)
	kind, known := kindOfClass[name]
	if !known && name != "FrozenType" && name != "ReversedType" {
		if name == "" || p.peek() == '(' {
			return nil, fmt.Errorf("unknown class %q", name)
		}
		return &Type{Kind: KindCustom, Class: p.text[start:p.at]}, nil
	}
	if native := OfKind(kind); known && native != nil {
		return native, nil
	}
	if !p.skipOne('(') {
		return nil, fmt.Errorf("%s without parameters", name)
	}
	t := &Type{Kind: kind}
	var err error
	switch name {
	case "UserType":
		err = p.userType(t, depth)
	case "VectorType":
		err = p.vectorType(t, depth)
	default:
		err = p.parameters(t, depth)
	}
	if err != nil {
		return nil, err
	}
	p.skip(" ")
	if !p.skipOne(')') {
		return nil, errors.New("missing )")
	}
	return finishClass(name, t)
}

// finishClass checks the number of parameters and applies what the class says about its parameters.
func finishClass(name string, t *Type) (*Type, error) {
	want := map[string]int{"FrozenType": 1, "ReversedType": 1, "ListType": 1, "SetType": 1, "MapType": 2}[name]
	if want > 0 && len(t.Elems) != want {
		return nil, fmt.Errorf("%s with %d parameters", name, len(t.Elems))
	}
	switch name {
	case "FrozenType":
		return t.Elems[0].Freeze(), nil
	case "ReversedType":
		return t.Elems[0], nil
	case "TupleType", "VectorType":
		t.Frozen = true
		for i, e := range t.Elems {
			t.Elems[i] = e.Freeze()
		}
	}
	return t, nil
}

func (p *classParser) parameters(t *Type, depth int) error {
	for {
		e, err := p.class(depth + 1)
		if err != nil {
			return err
		}
		t.Elems = append(t.Elems, e)
		if !p.skip(", ") || p.peek() == ')' {
			return nil
		}
	}
}

func (p *classParser) userType(t *Type, depth int) error {
	t.Keyspace = p.word()
	p.skip(", ")
	name, err := hex.DecodeString(p.word())
	if err != nil {
		return err
	}
	t.Name = string(name)
	for p.skip(", ") {
		field, err := hex.DecodeString(p.word())
		if err != nil {
			return err
		}
		if !p.skipOne(':') {
			return errors.New("missing :")
		}
		e, err := p.class(depth + 1)
		if err != nil {
			return err
		}
		t.FieldNames, t.Elems = append(t.FieldNames, string(field)), append(t.Elems, e)
	}
	return nil
}

func (p *classParser) vectorType(t *Type, depth int) error {
	e, err := p.class(depth + 1)
	if err != nil {
		return err
	}
	p.skip(", ")
	t.Elems = []*Type{e}
	if t.Dimension, err = strconv.Atoi(p.word()); err != nil {
		return err
	}
	if t.Dimension < 1 {
		return fmt.Errorf("vector of %d elements", t.Dimension)
	}
	return nil
}

// word takes everything up to the next character with a meaning.
func (p *classParser) word() string {
	start := p.at
	for p.at < len(p.text) && !strings.ContainsRune("(),: =>", rune(p.text[p.at])) {
		p.at++
	}
	return p.text[start:p.at]
}

func (p *classParser) skip(chars string) (found bool) {
	for p.at < len(p.text) && strings.IndexByte(chars, p.text[p.at]) >= 0 {
		found = true
		p.at++
	}
	return found
}

func (p *classParser) skipOne(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.at++
	return true
}

func (p *classParser) peek() byte {
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}
