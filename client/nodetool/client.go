package nodetool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// answerMax bounds what a node may answer.
const answerMax = 64 << 20

// errInterrupted is returned when the asker does not want to wait any more.
var errInterrupted = errors.New("interrupted")

// unreachableError is that of a node that could not be asked.
type unreachableError struct {
	address string
	cause   error
}

func (e *unreachableError) Error() string {
	cause := e.cause
	var request *url.Error
	if errors.As(cause, &request) {
		cause = request.Err
	}
	return fmt.Sprintf("Failed to connect to '%s' - %v. Is the node running? One that listens at a single address takes nodetool's calls on its own machine only.", e.address, cause)
}

func (e *unreachableError) Unwrap() error { return e.cause }

// Ask sends a verb to the node at an address, host:port, and returns its report. It returns when the verb is carried out; what the node
// refuses is an *Error.
func Ask(ctx context.Context, address, verb string, a Arguments) (*Report, error) {
	return ask(ctx, address, verb, a, func(string) {})
}

// ask hands the lines that a node says meanwhile to say.
func ask(ctx context.Context, address, verb string, a Arguments, say func(line string)) (*Report, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/nodetool/"+verb, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set(Header, "1")
	answer, err := http.DefaultClient.Do(request)
	switch {
	case ctx.Err() != nil:
		return nil, errInterrupted
	case err != nil:
		return nil, &unreachableError{address, err}
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		raw, err := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
		if err != nil {
			return nil, fmt.Errorf("read the answer of %s: %w", address, err)
		}
		return nil, fmt.Errorf("%s", strings.TrimSpace(string(raw)))
	}
	for parts := json.NewDecoder(io.LimitReader(answer.Body, answerMax)); ; {
		var part Answer
		if err := parts.Decode(&part); ctx.Err() != nil {
			return nil, errInterrupted
		} else if err != nil {
			return nil, fmt.Errorf("%s ended its answer early: %w", address, err)
		}
		switch {
		case part.Error != nil:
			return nil, part.Error
		case part.Report != nil:
			return part.Report, nil
		}
		say(part.Line)
	}
}
