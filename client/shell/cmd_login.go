package shell

import (
	"context"
	"fmt"
	"strings"

	"helenus/client"
)

// runLogin connects again as another user; the old connection stays when that fails.
func (s *Shell) runLogin(ctx context.Context, args string) error {
	words := strings.Fields(args)
	if len(words) == 0 || len(words) > 2 {
		return fmt.Errorf("LOGIN takes a user and a password")
	}
	o := s.options.Connect
	o.Username = words[0]
	if len(words) == 2 {
		o.Password = words[1]
	}
	conn, err := client.Dial(ctx, o)
	if err != nil {
		return err
	}
	if s.keyspace != "" {
		if _, err := conn.Query(ctx, "USE "+maybeQuote(s.keyspace), nil); err != nil {
			return err
		}
	}
	old := s.conn
	s.conn, s.options.Connect = conn, o
	return old.Close()
}
