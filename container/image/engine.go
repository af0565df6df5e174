package image

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/moby/moby/client"
)

// Load puts an image into an engine under its names.
func Load(ctx context.Context, api *client.Client, p *Program, names []string) error {
	out, in := io.Pipe()
	go func() { in.CloseWithError(Archive(in, p, names)) }()
	defer out.Close()
	result, err := api.ImageLoad(ctx, out)
	if err != nil {
		return fmt.Errorf("load the image into Docker: %w", err)
	}
	defer result.Close()
	return loadOutcome(result)
}

// loadOutcome reads the engine's messages, of which one may be an error.
func loadOutcome(messages io.Reader) error {
	lines := bufio.NewScanner(messages)
	for lines.Scan() {
		var m struct{ Error string }
		if json.Unmarshal(lines.Bytes(), &m) == nil && m.Error != "" {
			return fmt.Errorf("load the image into Docker: %s", strings.TrimSpace(m.Error))
		}
	}
	return lines.Err()
}
