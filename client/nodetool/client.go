package nodetool

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// answerMax bounds what a node may answer.
const answerMax = 64 << 20

// Ask sends a verb to the node at an address, host:port, and returns its report. It returns when the verb is carried out.
func Ask(ctx context.Context, address, verb string, a Arguments) (*Report, error) {
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
	if err != nil {
		return nil, fmt.Errorf("failed to connect to '%s': is the node running, and is this where it takes nodetool's requests? %w", address, err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, answerMax))
	if err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", address, err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s", strings.TrimSpace(string(raw)))
	}
	var r Report
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, fmt.Errorf("%s did not answer as a Helenus node does: %w", address, err)
	}
	return &r, nil
}
