package row

// EachCell calls f for every cell of an encoded row that is no tombstone, expired and shadowed ones included; path is nil but for elements.
// Counters are passed over.
func EachCell(encoded []byte, f func(column uint32, path, value []byte) error) error {
	if len(encoded) == 0 {
		return nil
	}
	r := reader{raw: encoded}
	h := r.head()
	c := column0(h)
	for c.next(&r); c.id != noColumn; c.next(&r) {
		switch c.flags & kindMask {
		case kindCell:
			if k := r.cell(c.flags, c.live); !k.tombstone && !r.bad {
				if err := f(uint32(c.id), nil, k.value); err != nil {
					return err
				}
			}
		case kindComplex:
			_, n := r.complexHead(c.flags)
			e := elements{r: &r, left: n, live: c.live}
			for e.next(); e.ok; e.next() {
				if e.cur.tombstone {
					continue
				}
				if err := f(uint32(c.id), e.cur.path, e.cur.value); err != nil {
					return err
				}
			}
		case kindCounter:
			r.counter(c.flags)
		default:
			r.fail()
		}
	}
	if r.bad {
		return ErrCorrupt
	}
	return nil
}

// HasContent says whether an encoded row, or a change of one, has a liveness or a cell that is no tombstone.
func HasContent(encoded []byte) (bool, error) {
	if len(encoded) == 0 {
		return false, nil
	}
	if encoded[0]&flagLiveness != 0 {
		return true, nil
	}
	found := false
	err := EachCell(encoded, func(uint32, []byte, []byte) error {
		found = true
		return nil
	})
	return found, err
}
