package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/exec"
	"helenus/internal/platform"
	"helenus/internal/protocol"
)

// errConnection is what a client sees of a node that died, or took too long.
var errConnection = errors.New("the connection broke")

// patience is how long a client waits for an answer.
const patience = 15 * time.Second

// query sends a statement to a machine's node and returns its answer. After errConnection the outcome is unknown.
func (m *machine) query(cql string, level, serial cassandra.Consistency, pageSize int32, pagingState []byte) (*client.Result, error) {
	s := m.c.s
	if !m.ready || m.process.dead {
		return nil, &cassandra.Error{Code: cassandra.CodeUnavailable, Message: "the node is down"}
	}
	q := protocol.Query{CQL: []byte(cql), Params: protocol.Params{Consistency: level, Serial: serial, PageSize: pageSize, PagingState: pagingState}}
	request := exec.Request{Version: protocol.V5, Opcode: protocol.OpQuery, Body: q.Append(nil, protocol.V5)}
	type outcome struct {
		result *client.Result
		err    error
	}
	here := &runtime{s: s, process: world, skew: noSkew}
	box := platform.NewMailbox[outcome](here)
	session, p := m.session, m.process
	s.spawn(p, func() {
		var o outcome
		o.result, o.err = handle(session, &request)
		if !p.dead {
			box.Put(o)
		}
	})
	ctx, cancel := platform.WithTimeout(context.Background(), here, patience)
	defer cancel()
	defer p.mourn(func() { box.Put(outcome{err: errConnection}) })()
	o, err := box.Take(ctx)
	if err != nil {
		return nil, errConnection
	}
	return o.result, o.err
}

// handle runs a request as a connection of the node does.
func handle(session *exec.Session, request *exec.Request) (*client.Result, error) {
	response := exec.Response{Opcode: protocol.OpResult}
	session.Handle(context.Background(), request, &response)
	if response.Pending != nil {
		if err := response.Pending.Wait(); err != nil {
			response.Opcode, response.Body = protocol.OpError, response.Failed(err, nil, request.Version)
		}
	}
	if response.Opcode == protocol.OpError {
		told, err := protocol.ReadError(response.Body, request.Version)
		if err != nil {
			return nil, fmt.Errorf("an error that can't be read: %w", err)
		}
		return nil, told
	}
	result, err := client.DecodeResult(response.Body, request.Version)
	if err == nil {
		result.Warnings = response.Warnings
	}
	return result, err
}

// unknown says whether a request that failed may have been carried out, or may be yet.
func unknown(err error) bool {
	var told *cassandra.Error
	if !errors.As(err, &told) {
		return true
	}
	switch told.Code {
	case cassandra.CodeUnavailable, cassandra.CodeInvalid, cassandra.CodeSyntax, cassandra.CodeOverloaded, cassandra.CodeAlreadyExists, cassandra.CodeConfig:
		return false
	}
	return true
}
