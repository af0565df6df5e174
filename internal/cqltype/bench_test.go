package cqltype

import "testing"

// go test -bench . -benchmem ./internal/cqltype
func BenchmarkCompare(b *testing.B) {
	for _, c := range []struct {
		of   *Type
		x, y string
	}{
		{Int, "1", "2"}, {Varint, "123456789012345678901234567890", "123456789012345678901234567891"}, {Decimal, "1.50", "1.51"},
		{TimeUUID, "d2177dd0-eaa2-11de-a572-001b779c76e3", "d2177dd1-eaa2-11de-a572-001b779c76e3"}, {Text, "some text", "some texts"},
	} {
		x, errX := c.of.ParseText(c.x)
		y, errY := c.of.ParseText(c.y)
		if errX != nil || errY != nil {
			b.Fatal(errX, errY)
		}
		b.Run("type="+c.of.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.of.Compare(x, y)
			}
		})
	}
}

func BenchmarkValidate(b *testing.B) {
	list := ListOf(Text, false)
	raw := list.Join([][]byte{[]byte("one"), []byte("two"), []byte("three")})
	for _, c := range []struct {
		of  *Type
		raw []byte
	}{{Int, AppendInt(nil, 1)}, {Text, []byte("some text")}, {list, raw}} {
		b.Run("type="+c.of.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.of.Validate(c.raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
