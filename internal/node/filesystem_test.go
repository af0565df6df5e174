package node

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"helenus/internal/platform"
)

// TestJudge refuses mounts of SMB shares that lose what was acknowledged, and says what else matters.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		options string
		accept  bool
		refused bool
		says    []string
	}{
		{"rw,vers=3.0,cache=strict,soft", false, false, []string{"level=INFO", "vers=3.0 cache=strict soft=yes nobrl=no"}},
		{"rw,vers=3.1.1,cache=none,hard,nobrl", false, false, []string{"vers=3.1.1 cache=none soft=no nobrl=yes"}},
		{"rw,vers=3.0,cache=loose", false, true, nil},
		{"rw,vers=3.0,cache=strict,nostrictsync", false, true, nil},
		{"rw,vers=3.0,cache=loose", true, false, []string{"it was accepted", "option=\"cache=loose\""}},
	} {
		var log bytes.Buffer
		err := judge("/data", platform.Mount{Type: "cifs", Source: "//s/share", Options: strings.Split(c.options, ",")}, c.accept, slog.New(slog.NewTextHandler(&log, nil)))
		if errors.Is(err, ErrUnsafeFiles) != c.refused || !c.refused && err != nil {
			t.Errorf("%s: %v", c.options, err)
		}
		for _, s := range c.says {
			if !strings.Contains(log.String(), s) {
				t.Errorf("%s: no %q in\n%s", c.options, s, &log)
			}
		}
	}
}
