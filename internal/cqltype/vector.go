package cqltype

// FixedSize is the size in bytes of every value of t that is not empty, or 0 when sizes vary. Vectors store elements of fixed size
// without lengths, others with an unsigned variable length integer before each.
func (t *Type) FixedSize() int {
	switch t.Kind {
	case KindBoolean:
		return 1
	case KindInt, KindFloat:
		return 4
	case KindBigint, KindDouble, KindTimestamp, KindCounter:
		return 8
	case KindUUID, KindTimeUUID:
		return 16
	case KindVector:
		return t.Elems[0].FixedSize() * t.Dimension
	}
	return 0
}

func (t *Type) appendVectorElement(dst, value []byte) []byte {
	if t.Elems[0].FixedSize() == 0 {
		dst = AppendUnsignedVint(dst, uint64(len(value)))
	}
	return append(dst, value...)
}

func (t *Type) readVectorElement(raw []byte) (value, rest []byte, err error) {
	n := uint64(t.Elems[0].FixedSize())
	if n == 0 {
		if n, raw, err = ReadUnsignedVint(raw); err != nil {
			return nil, raw, err
		}
	}
	if n > uint64(len(raw)) {
		return nil, raw, ErrShort
	}
	return raw[:n:n], raw[n:], nil
}
