package shell

import (
	"errors"
	"fmt"

	"helenus/client"
	"helenus/internal/cassandra"
)

// connectionError is why there is no connection, in cqlsh's words.
func connectionError(address string, err error) error {
	var e *cassandra.Error
	switch {
	case errors.Is(err, client.ErrLogin):
		err = errors.New("AuthenticationFailed('Remote end requires authentication')")
	case errors.As(err, &e) && e.Code == cassandra.CodeBadCredentials:
		err = fmt.Errorf(`AuthenticationFailed('Failed to authenticate to %s: Error from server: code=%04x [Bad credentials] message="%s"')`, address, uint32(e.Code), e.Message)
	}
	return fmt.Errorf("Connection error: ('Unable to connect to any servers', {'%s': %w})", address, err)
}
