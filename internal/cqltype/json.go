package cqltype

import "errors"

// AppendJSON appends a value as JSON, as toJson and SELECT JSON show it; null (nil) is null.
func (t *Type) AppendJSON(dst, raw []byte) []byte { return append(dst, "null"...) }

// ParseJSON returns the bytes of a JSON value (one complete JSON text) as a value of t; JSON null gives nil.
func (t *Type) ParseJSON(text []byte) ([]byte, error) { return nil, errors.New("no JSON") }
