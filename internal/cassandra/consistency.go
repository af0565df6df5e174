package cassandra

import "fmt"

// Consistency is a consistency level with its number on the wire.
// Source: native protocol v5, section 3, [consistency].
type Consistency uint16

const (
	Any         Consistency = 0x00
	One         Consistency = 0x01
	Two         Consistency = 0x02
	Three       Consistency = 0x03
	Quorum      Consistency = 0x04
	All         Consistency = 0x05
	LocalQuorum Consistency = 0x06
	EachQuorum  Consistency = 0x07
	Serial      Consistency = 0x08
	LocalSerial Consistency = 0x09
	LocalOne    Consistency = 0x0A
)

var consistencyNames = [...]string{"ANY", "ONE", "TWO", "THREE", "QUORUM", "ALL", "LOCAL_QUORUM", "EACH_QUORUM", "SERIAL", "LOCAL_SERIAL", "LOCAL_ONE"}

func (c Consistency) String() string {
	if int(c) < len(consistencyNames) {
		return consistencyNames[c]
	}
	return fmt.Sprintf("CONSISTENCY(%d)", uint16(c))
}

// Valid says whether c is a level that the protocol defines.
func (c Consistency) Valid() bool { return int(c) < len(consistencyNames) }

// IsSerial is true for the two levels of lightweight transactions.
func (c Consistency) IsSerial() bool { return c == Serial || c == LocalSerial }

// ParseConsistency reads a level's name in upper case.
func ParseConsistency(name string) (Consistency, bool) {
	for i, n := range consistencyNames {
		if n == name {
			return Consistency(i), true
		}
	}
	return 0, false
}
