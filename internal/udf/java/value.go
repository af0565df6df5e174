package java

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"helenus/internal/cqltype"
)

// String is Java's String: UTF-16 units. Text that is all ASCII is held as bytes. Immutable; == of pointers is Java's ==.
type String struct {
	ascii string
	wide  []uint16 // nil for ASCII
}

// NewString makes a String of UTF-8.
func NewString(s string) *String {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return &String{wide: units(s)}
		}
	}
	return &String{ascii: s}
}

func units(s string) []uint16 {
	all := make([]uint16, 0, len(s))
	for _, r := range s {
		all = appendRune(all, r)
	}
	return all
}

func appendRune(dst []uint16, r rune) []uint16 { return utf16.AppendRune(dst, r) }

// wideString makes a String of units, which it keeps.
func wideString(u []uint16) *String {
	for _, c := range u {
		if c >= utf8.RuneSelf {
			return &String{wide: u}
		}
	}
	b := make([]byte, len(u))
	for i, c := range u {
		b[i] = byte(c)
	}
	return &String{ascii: string(b)}
}

func (s *String) length() int {
	if s.wide != nil {
		return len(s.wide)
	}
	return len(s.ascii)
}

func (s *String) at(i int) uint16 {
	if s.wide != nil {
		return s.wide[i]
	}
	return uint16(s.ascii[i])
}

// bytes is about what the text takes in memory.
func (s *String) bytes() int { return len(s.ascii) + 2*len(s.wide) }

func (s *String) slice(from, to int) *String {
	if s.wide != nil {
		return wideString(s.wide[from:to:to])
	}
	return &String{ascii: s.ascii[from:to]}
}

// String is the text as UTF-8; a lone surrogate becomes a question mark, as in Java.
func (s *String) String() string {
	if s.wide == nil {
		return s.ascii
	}
	var b strings.Builder
	for _, r := range utf16.Decode(s.wide) {
		if r == utf8.RuneError {
			r = '?'
		}
		b.WriteRune(r)
	}
	return b.String()
}

func (s *String) unitsOf() []uint16 {
	if s.wide != nil {
		return s.wide
	}
	all := make([]uint16, len(s.ascii))
	for i := range all {
		all[i] = uint16(s.ascii[i])
	}
	return all
}

func (s *String) equal(o *String) bool {
	if s.wide == nil && o.wide == nil {
		return s.ascii == o.ascii
	}
	return s.compare(o) == 0
}

func (s *String) compare(o *String) int {
	n := min(s.length(), o.length())
	for i := range n {
		if a, b := s.at(i), o.at(i); a != b {
			return int(a) - int(b)
		}
	}
	return s.length() - o.length()
}

func concat(m *Meter, a, b *String) *String {
	m.charge(a.bytes() + b.bytes())
	if a.wide == nil && b.wide == nil {
		return &String{ascii: a.ascii + b.ascii}
	}
	u := make([]uint16, 0, a.length()+b.length())
	return &String{wide: append(append(u, a.unitsOf()...), b.unitsOf()...)}
}

// indexOf finds o at or after from; -1 when it is not there.
func (s *String) indexOf(o *String, from int) int {
	from = max(from, 0)
	if from > s.length() {
		if o.length() == 0 {
			return s.length()
		}
		return -1
	}
	if s.wide == nil && o.wide == nil {
		if i := strings.Index(s.ascii[from:], o.ascii); i >= 0 {
			return from + i
		}
		return -1
	}
	for i := from; i+o.length() <= s.length(); i++ {
		if s.hasAt(o, i) {
			return i
		}
	}
	return -1
}

func (s *String) lastIndexOf(o *String, from int) int {
	for i := min(from, s.length()-o.length()); i >= 0; i-- {
		if s.hasAt(o, i) {
			return i
		}
	}
	return -1
}

func (s *String) hasAt(o *String, at int) bool {
	if at < 0 || at+o.length() > s.length() {
		return false
	}
	for i := range o.length() {
		if s.at(at+i) != o.at(i) {
			return false
		}
	}
	return true
}

// builder is StringBuilder.
type builder struct{ units []uint16 }

// array is a Java array; elem is the type of its elements.
type array struct {
	elem  *jtype
	elems []any
}

// list is ArrayList and its like; of is its class's name.
type list struct {
	of    string
	elems []any
	fixed bool // can't grow or shrink
	// version changes with the number of elements, for iterations.
	version int
}

// dict is the map inside Map and Set: in order of insertion, or of its keys when sorted.
type dict struct {
	of      string
	index   map[any]int // key → place in entries
	entries []*entry    // nil where one was removed
	sorted  bool
	version int
}

// entry is Map.Entry.
type entry struct{ key, value any }

// set is Set; its elements are keys.
type set struct{ dict }

// Values that a body can hold and look into.
type (
	uuid      [16]byte
	decimal   cqltype.DecimalValue
	enum      string // of RoundingMode, Locale
	classOf   struct{ name string }
	inet      string // 4 or 16 bytes
	date      int64  // java.util.Date: milliseconds since 1970
	localDate int64  // days since 1970
	duration  struct {
		months, days int32
		nanos        int64
	}
)

// blob is ByteBuffer: what is left of it lies between position and limit.
type blob struct {
	bytes           []byte
	position, limit int
}

func (b *blob) rest() []byte { return b.bytes[b.position:b.limit] }

func (d decimal) String() string { return cqltype.DecimalValue(d).String() }

// record is TupleValue or UDTValue; its fields are Java's values.
type record struct {
	of     *cqltype.Type
	fields []any
}

// udfContext makes records of the types of the function's result and arguments.
type udfContext struct {
	result *cqltype.Type
	args   map[string]*cqltype.Type
	order  []*cqltype.Type
}

// thrown is a Java exception on its way; as a value it is a Throwable.
type thrown struct {
	class   string
	message *String // nil where there is none
}

func (t *thrown) String() string {
	if t.message == nil {
		return fullName(t.class)
	}
	return fullName(t.class) + ": " + t.message.String()
}

// throw raises an exception.
func throw(class, message string) {
	panic(&thrown{class, NewString(message)})
}

func newDict(of string) *dict {
	return &dict{of: of, index: map[any]int{}, sorted: strings.HasPrefix(of, "Tree")}
}

func (d *dict) size() int { return len(d.index) }

func (d *dict) get(m *Meter, key any) (*entry, bool) {
	i, ok := d.index[hashKey(m, key)]
	if !ok {
		return nil, false
	}
	return d.entries[i], true
}

// put returns the value before.
func (d *dict) put(m *Meter, key, value any) any {
	h := hashKey(m, key)
	if i, ok := d.index[h]; ok {
		old := d.entries[i].value
		d.entries[i].value = value
		return old
	}
	if d.sorted && key == nil {
		throw("NullPointerException", "")
	}
	m.charge(96)
	d.index[h] = len(d.entries)
	d.entries = append(d.entries, &entry{key, value})
	d.version++
	return nil
}

// remove returns the entry that was there, or nil.
func (d *dict) remove(m *Meter, key any) *entry {
	h := hashKey(m, key)
	i, ok := d.index[h]
	if !ok {
		return nil
	}
	e := d.entries[i]
	delete(d.index, h)
	d.entries[i] = nil
	d.version++
	if len(d.entries) > 32 && len(d.entries) > 2*len(d.index) {
		d.compact(m)
	}
	return e
}

// compact closes the gaps of removed entries.
func (d *dict) compact(m *Meter) {
	m.work(len(d.entries) * 8)
	kept := make([]*entry, 0, len(d.index))
	for _, e := range d.entries {
		if e != nil {
			d.index[hashKey(m, e.key)] = len(kept)
			kept = append(kept, e)
		}
	}
	d.entries = kept
}

// all are the entries in order.
func (d *dict) all(m *Meter) []*entry {
	m.charge(8 * len(d.index))
	out := make([]*entry, 0, len(d.index))
	for _, e := range d.entries {
		if e != nil {
			out = append(out, e)
		}
	}
	if d.sorted {
		sortBy(m, out, func(a, b *entry) int { return compare(m, a.key, b.key) })
	}
	return out
}

func (d *dict) clear() {
	clear(d.index)
	d.entries = nil
	d.version++
}
