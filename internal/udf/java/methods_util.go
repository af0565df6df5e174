package java

import (
	"fmt"
	"strings"
)

func listOf(v any) *list { return notNull(v, "java.util.Collection.toArray()").(*list) }

func (l *list) check(i, most int) int {
	if i < 0 || i >= most {
		throw("IndexOutOfBoundsException", fmt.Sprintf("Index %d out of bounds for length %d", i, len(l.elems)))
	}
	return i
}

func (l *list) changing(m *Meter) {
	if l.fixed {
		panic(&thrown{class: "UnsupportedOperationException"})
	}
	l.version++
	m.tick()
}

func (l *list) indexOf(m *Meter, v any) int {
	for i, e := range l.elems {
		m.tick()
		if equals(m, e, v) {
			return i
		}
	}
	return -1
}

func (l *list) removeAt(m *Meter, i int) any {
	l.changing(m)
	m.work(len(l.elems))
	old := l.elems[i]
	l.elems = append(l.elems[:i], l.elems[i+1:]...)
	return old
}

// elements are what a collection holds.
func elements(m *Meter, v any) []any {
	var all []any
	it := iterate(m, v, "")
	for e, ok := it.next(); ok; e, ok = it.next() {
		m.charge(16)
		all = append(all, e)
	}
	return all
}

func newList(m *Meter, elems []any) *list {
	m.charge(16 * len(elems))
	return &list{of: "ArrayList", elems: elems}
}

func newSet(m *Meter, of string, elems []any) *set {
	m.charge(0)
	s := &set{*newDict(of)}
	for _, e := range elems {
		s.put(m, e, true)
	}
	return s
}

func fresh(of string) run {
	return func(m *Meter, a []any) any {
		m.charge(0)
		if isA(of, "Map") {
			d := newDict(of)
			if len(a) == 1 {
				if from, ok := a[0].(*dict); ok {
					for _, e := range from.all(m) {
						d.put(m, e.key, e.value)
					}
				}
			}
			return d
		}
		var elems []any
		if len(a) == 1 {
			if _, size := a[0].(int32); !size {
				elems = elements(m, a[0])
			}
		}
		if isA(of, "Set") {
			return newSet(m, of, elems)
		}
		return &list{of: of, elems: elems}
	}
}

// has says whether a collection contains a value.
func has(m *Meter, c, v any) bool {
	switch c := c.(type) {
	case *set:
		_, ok := c.get(m, v)
		return ok
	case *list:
		return c.indexOf(m, v) >= 0
	}
	return false
}

func sizeOf(c any) int {
	switch c := c.(type) {
	case *set:
		return c.size()
	case *list:
		return len(c.elems)
	}
	return 0
}

func addTo(m *Meter, c, v any) bool {
	switch c := c.(type) {
	case *set:
		if _, ok := c.get(m, v); ok {
			return false
		}
		c.put(m, v, true)
	case *list:
		c.changing(m)
		m.charge(16)
		c.elems = append(c.elems, v)
	}
	return true
}

func removeFrom(m *Meter, c, v any) bool {
	switch c := c.(type) {
	case *set:
		return c.remove(m, v) != nil
	case *list:
		if i := c.indexOf(m, v); i >= 0 {
			c.removeAt(m, i)
			return true
		}
	}
	return false
}

// retain keeps the elements that keep says.
func retain(m *Meter, c any, keep func(any) bool) bool {
	changed := false
	for _, e := range elements(m, c) {
		if !keep(e) && removeFrom(m, c, e) {
			changed = true
		}
	}
	return changed
}

var collectionMethods = []declared{
	{"Iterable.iterator():Iterator<E>", func(m *Meter, a []any) any { return iterate(m, a[0], "") }},
	{"Iterator.hasNext():boolean", func(m *Meter, a []any) any { return a[0].(*iterator).hasNext() }},
	{"Iterator.next():E", func(m *Meter, a []any) any {
		v, ok := a[0].(*iterator).next()
		if !ok {
			panic(&thrown{class: "NoSuchElementException"})
		}
		return v
	}},
	{"Iterator.remove():void", func(m *Meter, a []any) any {
		if r := a[0].(*iterator).removed; r != nil {
			r()
			return nil
		}
		panic(&thrown{class: "UnsupportedOperationException"})
	}},
	{"Collection.size():int", func(m *Meter, a []any) any { return int32(sizeOf(a[0])) }},
	{"Collection.isEmpty():boolean", func(m *Meter, a []any) any { return sizeOf(a[0]) == 0 }},
	{"Collection.contains(Object):boolean", func(m *Meter, a []any) any { return has(m, a[0], a[1]) }},
	{"Collection.containsAll(Collection):boolean", func(m *Meter, a []any) any {
		for _, e := range elements(m, a[1]) {
			if !has(m, a[0], e) {
				return false
			}
		}
		return true
	}},
	{"Collection.add(E):boolean", func(m *Meter, a []any) any { return addTo(m, a[0], a[1]) }},
	{"Collection.addAll(Collection<E>):boolean", func(m *Meter, a []any) any {
		changed := false
		for _, e := range elements(m, a[1]) {
			changed = addTo(m, a[0], e) || changed
		}
		return changed
	}},
	{"Collection.remove(Object):boolean", func(m *Meter, a []any) any { return removeFrom(m, a[0], a[1]) }},
	{"Collection.removeAll(Collection):boolean", func(m *Meter, a []any) any {
		return retain(m, a[0], func(e any) bool { return !has(m, a[1], e) })
	}},
	{"Collection.retainAll(Collection):boolean", func(m *Meter, a []any) any {
		return retain(m, a[0], func(e any) bool { return has(m, a[1], e) })
	}},
	{"Collection.clear():void", func(m *Meter, a []any) any {
		switch c := a[0].(type) {
		case *set:
			c.clear()
		case *list:
			c.changing(m)
			c.elems = nil
		}
		return nil
	}},
	{"Collection.toArray():Object[]", func(m *Meter, a []any) any {
		elems := elements(m, a[0])
		return &array{elem: tObject, elems: elems}
	}},
	{"List.get(int):E", func(m *Meter, a []any) any {
		l := a[0].(*list)
		return l.elems[l.check(int(a[1].(int32)), len(l.elems))]
	}},
	{"List.set(int,E):E", func(m *Meter, a []any) any {
		l := a[0].(*list)
		i := l.check(int(a[1].(int32)), len(l.elems))
		old := l.elems[i]
		l.elems[i] = a[2]
		return old
	}},
	{"List.add(int,E):void", func(m *Meter, a []any) any {
		l := a[0].(*list)
		i := l.check(int(a[1].(int32)), len(l.elems)+1)
		l.changing(m)
		m.charge(16)
		m.work(len(l.elems))
		l.elems = append(l.elems, nil)
		copy(l.elems[i+1:], l.elems[i:])
		l.elems[i] = a[2]
		return nil
	}},
	{"List.remove(int):E", func(m *Meter, a []any) any {
		l := a[0].(*list)
		return l.removeAt(m, l.check(int(a[1].(int32)), len(l.elems)))
	}},
	{"List.indexOf(Object):int", func(m *Meter, a []any) any { return int32(a[0].(*list).indexOf(m, a[1])) }},
	{"List.lastIndexOf(Object):int", func(m *Meter, a []any) any {
		l := a[0].(*list)
		for i := len(l.elems) - 1; i >= 0; i-- {
			if equals(m, l.elems[i], a[1]) {
				return int32(i)
			}
		}
		return int32(-1)
	}},
	{"List.subList(int,int):List<E>", func(m *Meter, a []any) any {
		l, from, to := a[0].(*list), int(a[1].(int32)), int(a[2].(int32))
		if from < 0 || to > len(l.elems) || from > to {
			throw("IndexOutOfBoundsException", fmt.Sprintf("fromIndex = %d, toIndex = %d, size = %d", from, to, len(l.elems)))
		}
		return newList(m, append([]any(nil), l.elems[from:to]...))
	}},
	{"static List.of(T...):List<T>", func(m *Meter, a []any) any {
		l := newList(m, append([]any(nil), notNull(a[0], "").(*array).elems...))
		l.fixed = true
		return l
	}},
	{"static Set.of(T...):Set<T>", func(m *Meter, a []any) any { return newSet(m, "HashSet", notNull(a[0], "").(*array).elems) }},
	{"ArrayList.new():ArrayList", fresh("ArrayList")},
	{"ArrayList.new(int):ArrayList", fresh("ArrayList")},
	{"ArrayList.new(Collection):ArrayList", fresh("ArrayList")},
	{"LinkedList.new():LinkedList", fresh("LinkedList")},
	{"LinkedList.new(Collection):LinkedList", fresh("LinkedList")},
	{"HashSet.new():HashSet", fresh("HashSet")},
	{"HashSet.new(int):HashSet", fresh("HashSet")},
	{"HashSet.new(Collection):HashSet", fresh("HashSet")},
	{"LinkedHashSet.new():LinkedHashSet", fresh("LinkedHashSet")},
	{"LinkedHashSet.new(Collection):LinkedHashSet", fresh("LinkedHashSet")},
	{"TreeSet.new():TreeSet", fresh("TreeSet")},
	{"TreeSet.new(Collection):TreeSet", fresh("TreeSet")},
	{"TreeSet.first():E", func(m *Meter, a []any) any { return edge(a[0].(*set).all(m), false).key }},
	{"TreeSet.last():E", func(m *Meter, a []any) any { return edge(a[0].(*set).all(m), true).key }},
}

func edge(all []*entry, last bool) *entry {
	if len(all) == 0 {
		panic(&thrown{class: "NoSuchElementException"})
	}
	if last {
		return all[len(all)-1]
	}
	return all[0]
}

func valueAt(m *Meter, d any, key any) any {
	if e, ok := d.(*dict).get(m, key); ok {
		return e.value
	}
	return nil
}

func copied(m *Meter, d *dict) []any {
	all := d.all(m)
	out := make([]any, len(all))
	for i, e := range all {
		out[i] = e
	}
	return out
}

var mapMethods = []declared{
	{"Map.size():int", func(m *Meter, a []any) any { return int32(a[0].(*dict).size()) }},
	{"Map.isEmpty():boolean", func(m *Meter, a []any) any { return a[0].(*dict).size() == 0 }},
	{"Map.get(Object):V", func(m *Meter, a []any) any { return valueAt(m, a[0], a[1]) }},
	{"Map.getOrDefault(Object,V):V", func(m *Meter, a []any) any {
		if e, ok := a[0].(*dict).get(m, a[1]); ok {
			return e.value
		}
		return a[2]
	}},
	{"Map.containsKey(Object):boolean", func(m *Meter, a []any) any { _, ok := a[0].(*dict).get(m, a[1]); return ok }},
	{"Map.containsValue(Object):boolean", func(m *Meter, a []any) any {
		for _, e := range a[0].(*dict).all(m) {
			if equals(m, e.value, a[1]) {
				return true
			}
		}
		return false
	}},
	{"Map.put(K,V):V", func(m *Meter, a []any) any { return a[0].(*dict).put(m, a[1], a[2]) }},
	{"Map.putIfAbsent(K,V):V", func(m *Meter, a []any) any {
		if v := valueAt(m, a[0], a[1]); v != nil {
			return v
		}
		return a[0].(*dict).put(m, a[1], a[2])
	}},
	{"Map.putAll(Map<K,V>):void", func(m *Meter, a []any) any {
		for _, e := range notNull(a[1], "java.util.Map.size()").(*dict).all(m) {
			a[0].(*dict).put(m, e.key, e.value)
		}
		return nil
	}},
	{"Map.remove(Object):V", func(m *Meter, a []any) any {
		if e := a[0].(*dict).remove(m, a[1]); e != nil {
			return e.value
		}
		return nil
	}},
	{"Map.clear():void", func(m *Meter, a []any) any { a[0].(*dict).clear(); return nil }},
	{"Map.keySet():Set<K>", func(m *Meter, a []any) any { return newSet(m, "LinkedHashSet", keysOf(a[0].(*dict).all(m))) }},
	{"Map.values():Collection<V>", func(m *Meter, a []any) any {
		all := a[0].(*dict).all(m)
		values := make([]any, len(all))
		for i, e := range all {
			values[i] = e.value
		}
		return newList(m, values)
	}},
	{"Map.entrySet():Set<Map.Entry<K,V>>", func(m *Meter, a []any) any { return entries(m, a[0].(*dict)) }},
	{"Map.Entry.getKey():K", func(m *Meter, a []any) any { return a[0].(*entry).key }},
	{"Map.Entry.getValue():V", func(m *Meter, a []any) any { return a[0].(*entry).value }},
	{"Map.Entry.setValue(V):V", func(m *Meter, a []any) any {
		old := a[0].(*entry).value
		a[0].(*entry).value = a[1]
		return old
	}},
	{"HashMap.new():HashMap", fresh("HashMap")},
	{"HashMap.new(int):HashMap", fresh("HashMap")},
	{"HashMap.new(Map):HashMap", fresh("HashMap")},
	{"LinkedHashMap.new():LinkedHashMap", fresh("LinkedHashMap")},
	{"LinkedHashMap.new(Map):LinkedHashMap", fresh("LinkedHashMap")},
	{"TreeMap.new():TreeMap", fresh("TreeMap")},
	{"TreeMap.new(Map):TreeMap", fresh("TreeMap")},
	{"TreeMap.firstKey():K", func(m *Meter, a []any) any { return edge(a[0].(*dict).all(m), false).key }},
	{"TreeMap.lastKey():K", func(m *Meter, a []any) any { return edge(a[0].(*dict).all(m), true).key }},
	{"TreeMap.firstEntry():Map.Entry<K,V>", func(m *Meter, a []any) any { return edge(a[0].(*dict).all(m), false) }},
	{"TreeMap.lastEntry():Map.Entry<K,V>", func(m *Meter, a []any) any { return edge(a[0].(*dict).all(m), true) }},
}

// entries is a map's entrySet: its entries are the map's own.
func entries(m *Meter, d *dict) any {
	out := &set{*newDict("LinkedHashSet")}
	for _, e := range copied(m, d) {
		out.index[e] = len(out.entries)
		out.entries = append(out.entries, &entry{key: e})
	}
	return out
}

func sortList(m *Meter, v any, reverse bool) any {
	l := listOf(v)
	sortBy(m, l.elems, func(x, y any) int {
		if reverse {
			x, y = y, x
		}
		return compare(m, x, y)
	})
	return nil
}

func most(sign int) run {
	return func(m *Meter, a []any) any {
		all := elements(m, a[0])
		if len(all) == 0 {
			panic(&thrown{class: "NoSuchElementException"})
		}
		best := all[0]
		for _, e := range all[1:] {
			if compare(m, e, best)*sign > 0 {
				best = e
			}
		}
		return best
	}
}

var utilityMethods = func() []declared {
	all := []declared{
		{"static Collections.sort(List<T>):void", func(m *Meter, a []any) any { return sortList(m, a[0], false) }},
		{"static Collections.reverse(List):void", func(m *Meter, a []any) any {
			l := listOf(a[0])
			m.work(len(l.elems))
			for i, j := 0, len(l.elems)-1; i < j; i, j = i+1, j-1 {
				l.elems[i], l.elems[j] = l.elems[j], l.elems[i]
			}
			return nil
		}},
		{"static Collections.max(Collection<T>):T", most(1)},
		{"static Collections.min(Collection<T>):T", most(-1)},
		{"static Collections.emptyList():List<T>", func(m *Meter, a []any) any { return &list{of: "List", fixed: true} }},
		{"static Collections.emptySet():Set<T>", func(m *Meter, a []any) any { return newSet(m, "HashSet", nil) }},
		{"static Collections.emptyMap():Map<K,V>", func(m *Meter, a []any) any { m.charge(0); return newDict("HashMap") }},
		{"static Collections.singletonList(T):List<T>", func(m *Meter, a []any) any {
			return &list{of: "List", elems: []any{a[0]}, fixed: true}
		}},
		{"static Collections.singleton(T):Set<T>", func(m *Meter, a []any) any { return newSet(m, "HashSet", []any{a[0]}) }},
		{"static Collections.frequency(Collection,Object):int", func(m *Meter, a []any) any {
			n := int32(0)
			for _, e := range elements(m, a[0]) {
				if equals(m, e, a[1]) {
					n++
				}
			}
			return n
		}},
		{"static Arrays.asList(T...):List<T>", func(m *Meter, a []any) any {
			l := newList(m, notNull(a[0], "").(*array).elems)
			l.fixed = true
			return l
		}},
		{"static Objects.equals(Object,Object):boolean", func(m *Meter, a []any) any { return equals(m, a[0], a[1]) }},
		{"static Objects.hashCode(Object):int", func(m *Meter, a []any) any { return hashCode(m, a[0]) }},
		{"static Objects.toString(Object):String", func(m *Meter, a []any) any { return text(m, a[0]) }},
		{"static Objects.isNull(Object):boolean", func(m *Meter, a []any) any { return a[0] == nil }},
		{"static Objects.nonNull(Object):boolean", func(m *Meter, a []any) any { return a[0] != nil }},
		{"static Arrays.toString(Object[]):String", arrayText},
		{"static Arrays.sort(Object[]):void", arraySort},
	}
	for name, t := range primitives {
		box := name + "[]"
		all = append(all,
			declared{"static Arrays.toString(" + box + "):String", arrayText},
			declared{"static Arrays.sort(" + box + "):void", arraySort},
			declared{"static Arrays.fill(" + box + "," + name + "):void", arrayFill},
			declared{"static Arrays.copyOf(" + box + ",int):" + box, func(m *Meter, a []any) any {
				from, n := notNull(a[0], "").(*array), int(a[1].(int32))
				if n < 0 {
					throw("NegativeArraySizeException", fmt.Sprint(n))
				}
				out := makeArray(m, t, n)
				copy(out.elems, from.elems)
				return out
			}},
		)
	}
	return all
}()

func arrayText(m *Meter, a []any) any {
	if a[0] == nil {
		return NewString("null")
	}
	parts := make([]string, 0)
	for _, e := range a[0].(*array).elems {
		s := textAt(m, e, 0)
		m.charge(len(s))
		parts = append(parts, s)
	}
	return NewString("[" + strings.Join(parts, ", ") + "]")
}

func arraySort(m *Meter, a []any) any {
	sortBy(m, notNull(a[0], "").(*array).elems, func(x, y any) int { return compare(m, x, y) })
	return nil
}

func arrayFill(m *Meter, a []any) any {
	elems := notNull(a[0], "").(*array).elems
	m.work(len(elems))
	for i := range elems {
		elems[i] = a[1]
	}
	return nil
}
