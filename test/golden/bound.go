package golden

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"strconv"
	"strings"

	"helenus/internal/cqltype"
	"helenus/internal/protocol"
)

// bound returns the value that JSON means for a type. null is null, {"unset": true} is unset, {"hex": "00ff"} is raw bytes.
func bound(t *cqltype.Type, raw json.RawMessage) (protocol.Value, error) {
	var special struct {
		Unset bool
		Hex   *string
	}
	if json.Unmarshal(raw, &special) == nil {
		if special.Unset {
			return protocol.Value{Unset: true}, nil
		}
		if special.Hex != nil {
			b, err := hex.DecodeString(*special.Hex)
			return protocol.Value{Bytes: append([]byte{}, b...)}, err
		}
	}
	if string(raw) == "null" {
		return protocol.Value{}, nil
	}
	b, err := encode(t, raw)
	if err != nil {
		return protocol.Value{}, fmt.Errorf("bind %s as %s: %w", raw, t, err)
	}
	return protocol.Value{Bytes: b}, nil
}

func encode(t *cqltype.Type, raw json.RawMessage) ([]byte, error) {
	if string(raw) == "null" {
		return nil, nil
	}
	text := string(raw)
	if raw[0] == '"' {
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil, err
		}
	}
	switch t.Kind {
	case cqltype.KindText, cqltype.KindASCII:
		return append([]byte{}, text...), nil
	case cqltype.KindBlob:
		b, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
		return append([]byte{}, b...), err
	case cqltype.KindBoolean:
		if text == "true" {
			return []byte{1}, nil
		}
		return []byte{0}, nil
	case cqltype.KindInt, cqltype.KindBigint, cqltype.KindCounter, cqltype.KindSmallint, cqltype.KindTinyint, cqltype.KindTimestamp, cqltype.KindTime:
		n, err := strconv.ParseInt(text, 10, 64)
		size := map[cqltype.Kind]int{cqltype.KindInt: 4, cqltype.KindSmallint: 2, cqltype.KindTinyint: 1}[t.Kind]
		if size == 0 {
			size = 8
		}
		return binary.BigEndian.AppendUint64(nil, uint64(n))[8-size:], err
	case cqltype.KindDate:
		n, err := strconv.ParseUint(text, 10, 32)
		return binary.BigEndian.AppendUint32(nil, uint32(n)), err
	case cqltype.KindFloat:
		v, err := strconv.ParseFloat(text, 32)
		return binary.BigEndian.AppendUint32(nil, math.Float32bits(float32(v))), err
	case cqltype.KindDouble:
		v, err := strconv.ParseFloat(text, 64)
		return binary.BigEndian.AppendUint64(nil, math.Float64bits(v)), err
	case cqltype.KindVarint:
		n, ok := new(big.Int).SetString(text, 10)
		if !ok {
			return nil, fmt.Errorf("no number")
		}
		return cqltype.AppendVarint(nil, n), nil
	case cqltype.KindDecimal:
		d, err := cqltype.ParseDecimal(text)
		if err != nil {
			return nil, err
		}
		return cqltype.AppendDecimal(nil, d), nil
	case cqltype.KindUUID, cqltype.KindTimeUUID:
		return hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	case cqltype.KindInet:
		a, err := netip.ParseAddr(text)
		return a.AsSlice(), err
	}
	return encodeParts(t, raw)
}

func encodeParts(t *cqltype.Type, raw json.RawMessage) ([]byte, error) {
	var list []json.RawMessage
	var object map[string]json.RawMessage
	if raw[0] == '{' {
		if err := json.Unmarshal(raw, &object); err != nil {
			return nil, err
		}
	} else if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	var out []byte
	add := func(of *cqltype.Type, value json.RawMessage) error {
		if value == nil {
			value = json.RawMessage("null")
		}
		b, err := encode(of, value)
		out = cqltype.AppendElement(out, b)
		return err
	}
	switch t.Kind {
	case cqltype.KindList, cqltype.KindSet:
		out = cqltype.AppendCount(out, len(list))
		for _, v := range list {
			if err := add(t.Elems[0], v); err != nil {
				return nil, err
			}
		}
	case cqltype.KindMap:
		pairs, err := pairsOf(raw, list)
		if err != nil {
			return nil, err
		}
		out = cqltype.AppendCount(out, len(pairs))
		for _, p := range pairs {
			if err := add(t.Elems[0], p[0]); err != nil {
				return nil, err
			}
			if err := add(t.Elems[1], p[1]); err != nil {
				return nil, err
			}
		}
	case cqltype.KindTuple:
		if len(list) > len(t.Elems) {
			return nil, fmt.Errorf("%d elements for %s", len(list), t)
		}
		for i, v := range list {
			if err := add(t.Elems[i], v); err != nil {
				return nil, err
			}
		}
	case cqltype.KindUDT:
		for i, name := range t.FieldNames {
			if err := add(t.Elems[i], object[name]); err != nil {
				return nil, err
			}
		}
	case cqltype.KindVector:
		for _, v := range list {
			b, err := encode(t.Elems[0], v)
			if err != nil {
				return nil, err
			}
			out = append(out, b...)
		}
	}
	return out, nil
}

// pairsOf reads a map from an object, in its order, or from a list of pairs.
func pairsOf(raw json.RawMessage, list []json.RawMessage) ([][2]json.RawMessage, error) {
	var pairs [][2]json.RawMessage
	if raw[0] != '{' {
		for _, p := range list {
			var pair [2]json.RawMessage
			if err := json.Unmarshal(p, &pair); err != nil {
				return nil, err
			}
			pairs = append(pairs, pair)
		}
		return pairs, nil
	}
	keys, values, err := ordered(raw)
	for i := range keys {
		k, _ := json.Marshal(keys[i]) // a string always marshals
		pairs = append(pairs, [2]json.RawMessage{k, values[i]})
	}
	return pairs, err
}

// ordered reads an object with its keys in their order.
func ordered(raw json.RawMessage) (keys []string, values []json.RawMessage, err error) {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	if _, err := d.Token(); err != nil {
		return nil, nil, err
	}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return nil, nil, err
		}
		keys, values = append(keys, fmt.Sprint(k)), append(values, v)
	}
	return keys, values, nil
}
