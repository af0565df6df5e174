package shell

import (
	"fmt"
	"time"
)

// progress is the line that COPY keeps up to date on a terminal.
type progress struct {
	shell *Shell
	live  bool
	began time.Time
}

func (s *Shell) newProgress(visible bool) *progress {
	return &progress{s, visible && s.interactive, time.Now()}
}

func (p *progress) rate(rows int) float64 {
	return float64(rows) / max(time.Since(p.began).Seconds(), 0.001)
}

func (p *progress) show(rows int) {
	if p.live {
		p.shell.printf("\rProcessed: %d rows; Rate: %7.0f rows/s", rows, p.rate(rows))
	}
}

func (p *progress) end(rows int, what, file string) {
	if p.live {
		p.shell.printf("\n")
	}
	if file == "" {
		return
	}
	p.shell.printf("%s\n", fmt.Sprintf("%d rows %s 1 files in %.3f seconds.", rows, what, time.Since(p.began).Seconds()))
}
