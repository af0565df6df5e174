package guardrail

// The guardrails of terms in storage-attached indexes.
const (
	SAIStringTermSize Number = iota + writeNumbers
	SAIFrozenTermSize
	SAIVectorTermSize
	thresholds
)

var numbersOfIndexes = map[Number]number{
	SAIStringTermSize: {name: "sai_string_term_size", unit: bytes, text: valueSize, warn: 1 << 10, fail: 8 << 10},
	SAIFrozenTermSize: {name: "sai_frozen_term_size", unit: bytes, text: valueSize, warn: 1 << 10, fail: 8 << 10},
	SAIVectorTermSize: {name: "sai_vector_term_size", unit: bytes, text: valueSize, warn: 16 << 10, fail: 32 << 10},
}
