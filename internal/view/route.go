package view

import (
	"helenus/internal/key"
	"helenus/internal/row"
)

// Routed is a change of a view's row on its way to those who replicate it. It follows from a change of the base at a token.
type Routed struct {
	Base key.Token
	row.Mutation
}

// Parcel is what has to be kept for another node: a value for a queue of the store.
type Parcel struct {
	Queue string
	Value []byte
}
