package cqltype

import (
	"encoding/hex"
	"fmt"
	"strings"
)

const marshal = "org.apache.cassandra.db.marshal."

var className = map[Kind]string{
	KindASCII: "AsciiType", KindBigint: "LongType", KindBlob: "BytesType", KindBoolean: "BooleanType", KindCounter: "CounterColumnType",
	KindDecimal: "DecimalType", KindDouble: "DoubleType", KindFloat: "FloatType", KindInt: "Int32Type", KindText: "UTF8Type",
	KindTimestamp: "TimestampType", KindUUID: "UUIDType", KindVarint: "IntegerType", KindTimeUUID: "TimeUUIDType", KindInet: "InetAddressType",
	KindDate: "SimpleDateType", KindTime: "TimeType", KindSmallint: "ShortType", KindTinyint: "ByteType", KindDuration: "DurationType",
	KindEmpty: "EmptyType", KindList: "ListType", KindSet: "SetType", KindMap: "MapType", KindTuple: "TupleType", KindVector: "VectorType", KindUDT: "UserType",
}

// ClassName returns the marshal class that Cassandra stores a type as.
func (t *Type) ClassName() string {
	if t.Kind == KindCustom {
		return t.Class
	}
	s := marshal + className[t.Kind]
	var args []string
	if t.Kind == KindUDT {
		args = append(args, t.Keyspace, hex.EncodeToString([]byte(t.Name)))
	}
	for i, e := range t.Elems {
		a := e.ClassName()
		if t.Kind == KindUDT {
			a = hex.EncodeToString([]byte(t.FieldNames[i])) + ":" + a
		}
		args = append(args, a)
	}
	if t.Kind == KindVector {
		args = append(args, itoa(t.Dimension))
		return s + "(" + strings.Join(args, " , ") + ")"
	}
	if args != nil {
		s += "(" + strings.Join(args, ",") + ")"
	}
	if t.Frozen && (t.IsCollection() || t.Kind == KindUDT) {
		return marshal + "FrozenType(" + s + ")"
	}
	return s
}

// ParseClass reads a marshal class name, with or without its package.
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

func (p *classParser) word() string {
	start := p.at
	for p.at < len(p.text) && !strings.ContainsRune("(),: =>", rune(p.text[p.at])) {
		p.at++
	}
	return p.text[start:p.at]
}

func (p *classParser) skip(chars string) bool {
	found := false
	for p.at < len(p.text) && strings.ContainsRune(chars, rune(p.text[p.at])) {
		found = true
		p.at++
	}
	return found
}

func (p *classParser) class(depth int) (*Type, error) {
	if depth > 64 {
		return nil, fmt.Errorf("nested too deep")
	}
	p.skip(" ")
	name := strings.TrimPrefix(p.word(), marshal)
	for kind, short := range className {
		if short == name && kind < KindList {
			return nativeByName[nativeNames[kind]], nil
		}
	}
	if name == "EmptyType" {
		return Empty, nil
	}
	if p.at >= len(p.text) || p.text[p.at] != '(' {
		return &Type{Kind: KindCustom, Class: p.text}, nil
	}
	p.at++
	t := &Type{}
	switch name {
	case "UserType":
		t.Kind, t.Keyspace = KindUDT, p.word()
		p.skip(", ")
		raw, err := hex.DecodeString(p.word())
		if err != nil {
			return nil, err
		}
		t.Name = string(raw)
		for p.skip(", ") {
			field, err := hex.DecodeString(p.word())
			if err != nil {
				return nil, err
			}
			p.skip(":")
			e, err := p.class(depth + 1)
			if err != nil {
				return nil, err
			}
			t.FieldNames, t.Elems = append(t.FieldNames, string(field)), append(t.Elems, e)
		}
	case "VectorType":
		e, err := p.class(depth + 1)
		if err != nil {
			return nil, err
		}
		p.skip(", ")
		if _, err := fmt.Sscanf(p.word(), "%d", &t.Dimension); err != nil {
			return nil, err
		}
		t.Kind, t.Elems, t.Frozen = KindVector, []*Type{e}, true
	default:
		for {
			e, err := p.class(depth + 1)
			if err != nil {
				return nil, err
			}
			t.Elems = append(t.Elems, e)
			if !p.skip(", ") {
				break
			}
		}
	}
	p.skip(" ")
	if p.at >= len(p.text) || p.text[p.at] != ')' {
		return nil, fmt.Errorf("missing )")
	}
	p.at++
	switch name {
	case "FrozenType", "ReversedType":
		inner := *t.Elems[0]
		inner.Frozen = inner.Frozen || name == "FrozenType"
		return &inner, nil
	case "ListType":
		t.Kind = KindList
	case "SetType":
		t.Kind = KindSet
	case "MapType":
		t.Kind = KindMap
	case "TupleType":
		t.Kind, t.Frozen = KindTuple, true
	case "UserType", "VectorType":
	default:
		return nil, fmt.Errorf("unknown class %s", name)
	}
	if (t.Kind == KindMap) != (len(t.Elems) == 2) && (t.Kind == KindMap || t.Kind == KindList || t.Kind == KindSet) {
		return nil, fmt.Errorf("%s with %d parameters", name, len(t.Elems))
	}
	return t, nil
}
