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
	o.Username = unquoted(words[0])
	o.Password = ""
	if len(words) == 2 {
		o.Password = unquoted(words[1])
	} else if s.options.AskPassword != nil {
		var err error
		if o.Password, err = s.options.AskPassword(); err != nil {
			return err
		}
	}
	conn, err := client.Dial(ctx, o)
	if err != nil {
		return connectionError(o.Addr, err)
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

// unquoted is a word without the quotes that it may stand in.
func unquoted(word string) string {
	if len(word) > 1 && word[0] == '\'' && word[len(word)-1] == '\'' {
		return strings.ReplaceAll(word[1:len(word)-1], "''", "'")
	}
	return word
}
