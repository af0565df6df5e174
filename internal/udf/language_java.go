package udf

import (
	"context"
	"errors"

	"helenus/internal/cassandra"
	"helenus/internal/schema"
	"helenus/internal/udf/java"
)

// javaLanguage runs bodies in Java in this process.
type javaLanguage struct{ engine *Engine }

func (l javaLanguage) compile(_ context.Context, f *schema.Function) (body, error) {
	p, err := java.Compile(java.Signature{ArgNames: f.ArgNames, ArgTypes: f.ArgTypes, Return: f.Return, CalledOnNull: f.CalledOnNull}, f.Body)
	if err != nil {
		return nil, cassandra.Invalidf("Java source compilation failed:\n%s\n", err)
	}
	return &javaBody{l.engine, p}, nil
}

type javaBody struct {
	engine  *Engine
	program *java.Program
}

func (b *javaBody) run(_ context.Context, args [][]byte) ([]byte, error) {
	o := &b.engine.options
	m := &java.Meter{
		BytesMax: o.BytesMax, Now: o.Clock.Monotonic, Deadline: o.Clock.Monotonic() + o.FailTimeout,
		Reserve: func(n int64) bool {
			if b.engine.shared.Add(n) > o.SharedMax {
				b.engine.shared.Add(-n)
				return false
			}
			return true
		},
	}
	value, err := b.program.Run(m, args)
	b.engine.shared.Add(-m.Reserved)
	var thrown *java.Thrown
	switch {
	case errors.As(err, &thrown):
		return nil, &exception{thrown.Error()}
	case errors.Is(err, java.ErrTime):
		return nil, errTime
	case errors.Is(err, java.ErrMemory):
		return nil, errMemory
	}
	return value, err
}
