package key

// Token is a place on the ring. Partitions are stored, scanned and paged in the order of their tokens.
type Token int64

// Partition is a partition key in its serialized form (one component: its bytes; several: each with a two-byte length
// before and a zero byte after it, as Cassandra's CompositeType) together with its token.
type Partition struct {
	Token Token
	Key   []byte
}

// Range is a half-open range of encoded clustering keys: Start <= key < End in byte order. A nil Start means from the
// first row, a nil End means to the last. Inclusive and exclusive CQL bounds on a prefix of the clustering columns all
// become such ranges, because the encoding is prefix-free per component and no component begins with 0xFF.
type Range struct {
	Start, End []byte
}

// TokenRange is the partitions with First <= token <= Last.
type TokenRange struct {
	First, Last Token
}

// AllTokens is the whole ring.
var AllTokens = TokenRange{MinToken, MaxToken}

// The ends of the ring. Murmur3 never yields MinToken for a key.
const (
	MinToken Token = -1 << 63
	MaxToken Token = 1<<63 - 1
)
