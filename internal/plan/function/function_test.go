package function

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"helenus/internal/cqltype"
)

// fake is an argument that fits what it says.
type fake struct {
	of   *cqltype.Type // nil for a marker
	text string
}

func (a fake) AssignTo(t *cqltype.Type) cqltype.Assignment {
	if a.of == nil {
		return cqltype.WeaklyAssignable
	}
	return a.of.AssignTo(t)
}

func (a fake) CompatibleType() *cqltype.Type { return a.of }
func (a fake) String() string                { return a.text }

// What a function's result is for decides between overloads, as in INSERT.
func TestReceiverDecides(t *testing.T) {
	marker, timeuuid := fake{nil, "?"}, fake{cqltype.TimeUUID, "now()"}
	for _, c := range []struct {
		name     string
		args     []Arg
		receiver *cqltype.Type
		want     string
	}{
		{"abs", []Arg{marker}, cqltype.Int, "system.abs : (int) -> int"},
		{"todate", []Arg{timeuuid}, cqltype.Date, "system.todate : (timeuuid) -> date"},
		{"todate", []Arg{timeuuid}, cqltype.Timestamp, "Invalid call to function todate, none of its type signatures match (known type signatures: " +
			"system.todate : (timeuuid) -> date, system.todate : (timestamp) -> date)"},
		{"from_json", []Arg{marker}, cqltype.ListOf(cqltype.Int, false), "system.from_json : (text) -> list<int>"},
		{"mask_default", []Arg{marker}, cqltype.Text, "system.mask_default : (text) -> text"},
		{"token", []Arg{marker, marker}, cqltype.Bigint, "system.\"token\" : (int, text) -> bigint"},
		{"token", []Arg{marker}, cqltype.Bigint, "Invalid number of arguments in call to function system.token: 2 required but 1 provided"},
		{"nosuch", nil, nil, "unknown function"},
	} {
		f, err := Resolve(Name{"", c.name}, c.args, c.receiver, Scope{PartitionKey: types(cqltype.Int, cqltype.Text)})
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = f.String()
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if _, err := Resolve(Name{"ks", "todate"}, []Arg{timeuuid}, nil, Scope{}); !errors.Is(err, ErrUnknown) {
		t.Errorf("a function of another keyspace: %v", err)
	}
	f, err := Operator('+', marker, fake{cqltype.Int, "1"}, cqltype.Text)
	if err == nil {
		t.Errorf("text from %s", f)
	}
	f, err = Negation(marker, cqltype.Int)
	if err != nil || f.ArgName(0) != "arg0(system._negate)" {
		t.Errorf("%v, %v", f, err)
	}
}

// Functions of the request's context must not be computed when a statement is prepared.
func TestImpure(t *testing.T) {
	impure := []string{"now", "uuid", "current_timeuuid", "currenttimeuuid", "current_timestamp", "currenttimestamp", "current_date", "currentdate", "current_time", "currenttime"}
	for name, overloads := range natives {
		for _, f := range overloads {
			if f.Impure != slices.Contains(impure, name) {
				t.Errorf("%s: impure is %v", f, f.Impure)
			}
		}
	}
}

// No valid arguments make a function panic, and its result is a valid value of its type.
func TestAnyValidArguments(t *testing.T) {
	const seed = 11
	r := rand.New(rand.NewPCG(seed, seed))
	ctx := testContext()
	var all []*Function
	for _, overloads := range natives {
		all = append(all, overloads...)
	}
	for _, overloads := range operators {
		all = append(all, overloads...)
	}
	all = append(all, negations...)
	for _, g := range generics {
		for _, of := range []*cqltype.Type{
			cqltype.Text, cqltype.Int, cqltype.Decimal, cqltype.ListOf(cqltype.Decimal, true), cqltype.SetOf(cqltype.Float, true), cqltype.MapOf(cqltype.Int, cqltype.Text, true),
			cqltype.VectorOf(cqltype.Float, 3), cqltype.TupleOf(cqltype.Int, cqltype.Duration, cqltype.Date),
		} {
			args := make([]Arg, len(g.params))
			for i := range args {
				args[i] = fake{nil, "?"}
			}
			args[0] = fake{of, "v"}
			if f, err := g.make(args, of); err == nil {
				all = append(all, f)
			}
		}
	}
	for _, f := range all {
		for range 40 {
			args := make([][]byte, len(f.ArgTypes))
			for i, of := range f.ArgTypes {
				args[i] = randomValue(r, of)
			}
			var raw []byte
			var err error
			if f.IsAggregate() {
				s := f.New(&Context{})
				if err = errors.Join(s.Add(args), s.Add(args)); err == nil {
					raw, err = s.Result()
				}
			} else {
				raw, err = f.Call(&ctx, args)
			}
			if err == nil {
				err = f.Return.Validate(raw)
				if err != nil {
					t.Errorf("seed %d: %s of %x gives 0x%x: %v", seed, f, args, raw, err)
				}
			}
		}
	}
}

// randomValue makes a valid value of t, now and then an extreme one, null or empty.
func randomValue(r *rand.Rand, t *cqltype.Type) []byte {
	if r.IntN(10) == 0 {
		return nil
	}
	if empty := []byte{}; r.IntN(20) == 0 && t.Validate(empty) == nil {
		return empty
	}
	switch t.Kind {
	case cqltype.KindText, cqltype.KindASCII:
		return []byte("text of some length"[r.IntN(10):])
	case cqltype.KindDuration:
		sign := 1 - 2*r.IntN(2)
		return cqltype.AppendDuration(nil, cqltype.DurationValue{
			Months: int32(sign * r.IntN(1<<r.IntN(31))), Days: int32(sign * r.IntN(1<<r.IntN(31))), Nanos: int64(sign * r.IntN(1<<r.IntN(62))),
		})
	case cqltype.KindInet:
		return randomBytes(r, 4+12*r.IntN(2))
	case cqltype.KindVarint, cqltype.KindBlob:
		return randomBytes(r, 1+r.IntN(20))
	case cqltype.KindDecimal:
		scale := int32(r.IntN(40) - 20)
		if r.IntN(8) == 0 {
			scale = int32(r.Uint32())
		}
		return append(cqltype.AppendInt(nil, scale), randomBytes(r, 1+r.IntN(12))...)
	case cqltype.KindTimeUUID:
		return cqltype.AppendTimeUUID(nil, r.Int64N(1e17), r.Uint64())
	case cqltype.KindTime:
		return cqltype.AppendBigint(nil, r.Int64N(24*60*60*1e9))
	case cqltype.KindTuple:
		fields := make([][]byte, len(t.Elems))
		for i, of := range t.Elems {
			fields[i] = randomValue(r, of)
		}
		return t.Join(fields)
	case cqltype.KindList, cqltype.KindSet, cqltype.KindMap, cqltype.KindVector:
		n := r.IntN(4) * len(t.Elems)
		if t.Kind == cqltype.KindVector {
			n = t.Dimension
		}
		var elems [][]byte
		for i := 0; len(elems) < n; i++ {
			if v := randomValue(r, t.Elems[len(elems)%len(t.Elems)]); len(v) > 0 {
				elems = append(elems, v)
			}
		}
		return t.Join(elems)
	}
	size := map[cqltype.Kind]int{cqltype.KindTinyint: 1, cqltype.KindSmallint: 2, cqltype.KindDate: 4}[t.Kind]
	return randomBytes(r, max(size, t.FixedSize()))
}

func randomBytes(r *rand.Rand, n int) []byte {
	raw := make([]byte, n)
	for i := range raw {
		raw[i] = byte(r.Uint32())
	}
	if r.IntN(4) == 0 {
		for i := range raw {
			raw[i] = [...]byte{0, 0xFF}[r.IntN(2)]
		}
	}
	return raw
}
