package cqltype

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// ParseJSON returns the bytes of a JSON value (one complete JSON text) as a value of t; JSON null gives nil.
func (t *Type) ParseJSON(text []byte) ([]byte, error) {
	v, err := DecodeJSON(text)
	if err != nil {
		return nil, err
	}
	return t.FromJSON(v)
}

// DecodeJSON reads one complete JSON text into nil, bool, json.Number, string, []any and map[string]any.
func DecodeJSON(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("unexpected text after the value")
	}
	return v, nil
}

// ParseJSONName is the name of a column or field that a JSON key means: what is in inner quotes as it is, else in lower case.
func ParseJSONName(key string) string {
	if inner, ok := strings.CutPrefix(key, `"`); ok && strings.HasSuffix(inner, `"`) {
		return inner[:len(inner)-1]
	}
	return strings.ToLower(key)
}

// FromJSON returns the bytes of a decoded JSON value (see DecodeJSON) as a value of t; nil gives nil. Numbers keep the digits they were
// written with. A collection, tuple or UDT may also be a string that holds it as JSON.
// Source: Cassandra 5.0, AbstractType.fromJSONObject.
func (t *Type) FromJSON(v any) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	switch t.Kind {
	case KindList, KindSet, KindMap, KindTuple, KindUDT, KindVector:
		if s, ok := v.(string); ok {
			inner, err := DecodeJSON([]byte(s))
			if err != nil {
				return nil, fmt.Errorf("Error decoding JSON string: %s", err)
			}
			v = inner
		}
		return t.partsFromJSON(v)
	}
	if s, ok := v.(string); ok {
		return t.fromJSONString(s)
	}
	number, isNumber := v.(json.Number)
	switch t.Kind {
	case KindTinyint, KindSmallint:
		if isNumber {
			return t.ParseText(number.String())
		}
	case KindInt, KindBigint, KindCounter, KindTimestamp:
		// a timestamp must be too large for Java's Integer
		if kind := javaNumber(v); kind == "Integer" && t.Kind != KindTimestamp || kind == "Long" && t.Kind != KindInt {
			return t.ParseText(number.String())
		}
	case KindVarint, KindDecimal:
		if isNumber {
			return t.fromJSONString(number.String())
		}
	case KindFloat, KindDouble:
		if isNumber {
			return t.ParseText(number.String())
		}
	case KindBoolean:
		if b, ok := v.(bool); ok {
			return AppendBoolean(nil, b), nil
		}
	case KindBlob:
		return nil, fmt.Errorf("Value '%s' is not a valid blob representation: expected a string", javaText(v))
	}
	return nil, fmt.Errorf("Expected %s, but got a %s: %s", jsonWanted[t.Kind], javaNumber(v), javaText(v))
}

// fromJSONString reads a value that JSON holds as a string.
func (t *Type) fromJSONString(s string) ([]byte, error) {
	switch t.Kind {
	case KindBlob:
		digits, ok := strings.CutPrefix(s, "0x")
		if !ok {
			return nil, fmt.Errorf("Value '%s' is not a valid blob representation: String representation of blob is missing 0x prefix: %s", s, s)
		}
		raw, err := parseHex(digits)
		if err != nil {
			return nil, fmt.Errorf("Value '%s' is not a valid blob representation: %w", s, err)
		}
		return raw, nil
	case KindVarint, KindDecimal:
		raw, err := t.ParseText(s)
		if err != nil {
			return nil, fmt.Errorf("Value '%s' is not a valid representation of a %s value", s, t)
		}
		return raw, nil
	case KindBoolean:
		if s == "" {
			return AppendBoolean(nil, false), nil
		}
	}
	raw, err := t.ParseText(s)
	if err != nil {
		return nil, err
	}
	return raw, t.Validate(raw)
}

// jsonWanted says what a type takes from JSON.
var jsonWanted = map[Kind]string{
	KindTinyint: "a byte value", KindSmallint: "a short value", KindInt: "an int value", KindBigint: "a bigint value", KindCounter: "a bigint value",
	KindFloat: "a float value", KindDouble: "a double value", KindBoolean: "a boolean value", KindVarint: "a varint value", KindDecimal: "a decimal value",
	KindText: "a UTF-8 string", KindASCII: "an ascii string", KindUUID: "a string representation of a uuid",
	KindTimeUUID: "a string representation of a timeuuid", KindInet: "a string representation of an inet value",
	KindTimestamp: "a long or a datestring representation of a timestamp value", KindDate: "a string representation of a date value",
	KindTime: "a string representation of a time value", KindDuration: "a string representation of a duration",
	KindList: "a list", KindVector: "a list", KindSet: "a list (representing a set)", KindMap: "a map", KindUDT: "a map",
	KindTuple: "a list representation of a tuple", KindEmpty: "an empty value", KindCustom: "a string",
}

// javaNumber is the Java class that Cassandra's JSON parser gives a value, which its messages name.
func javaNumber(v any) string {
	switch v := v.(type) {
	case bool:
		return "Boolean"
	case string:
		return "String"
	case []any:
		return "ArrayList"
	case map[string]any:
		return "LinkedHashMap"
	case json.Number:
		if !isDecimalInteger(v.String()) {
			return "Double"
		}
		if _, err := strconv.ParseInt(v.String(), 10, 32); err == nil {
			return "Integer"
		}
		if _, err := v.Int64(); err == nil {
			return "Long"
		}
		return "BigInteger"
	}
	return "null"
}

// javaText writes a value as Java's toString does.
func javaText(v any) string {
	switch v := v.(type) {
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = javaText(e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for key, e := range v {
			parts = append(parts, key+"="+javaText(e))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ", ") + "}"
	case nil:
		return "null"
	}
	return fmt.Sprint(v)
}
