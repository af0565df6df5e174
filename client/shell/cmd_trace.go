package shell

import (
	"context"
	"fmt"
)

// showTrace prints what the server kept of a traced request.
func (s *Shell) showTrace(ctx context.Context, id [16]byte) {
	session := fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
	r, err := s.query(ctx, "SELECT request, coordinator, started_at, duration FROM system_traces.sessions WHERE session_id = "+session, nil)
	if err != nil || len(r.Rows) == 0 {
		s.printf("\nTracing session: %s (nothing was kept)\n", session)
		return
	}
	s.printf("\nTracing session: %s\n", session)
	s.showRows(r, 0)
	s.printf("\n")
}
