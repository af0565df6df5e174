package shell

import (
	"errors"
	"fmt"

	"helenus/internal/cassandra"
)

// message is an error as cqlsh shows it: its class, then what the Python driver says of it.
func message(err error, host string) string {
	var e *cassandra.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	server := func(name string) string {
		return fmt.Sprintf(`Error from server: code=%04x [%s] message="%s"`, uint32(e.Code), name, e.Message)
	}
	hosts := func(class, text string) string {
		return fmt.Sprintf("NoHostAvailable: ('Unable to complete the operation against any hosts', {<Host: %s datacenter1>: %s('%s')})", host, class, text)
	}
	switch e.Code {
	case cassandra.CodeSyntax:
		return "SyntaxException: " + e.Message
	case cassandra.CodeInvalid:
		return "InvalidRequest: " + server("Invalid query")
	case cassandra.CodeConfig:
		return "ConfigurationException: " + e.Message
	case cassandra.CodeUnauthorized:
		return "Unauthorized: " + server("Unauthorized")
	case cassandra.CodeAlreadyExists:
		if e.Table != "" {
			return fmt.Sprintf("AlreadyExists: Table '%s.%s' already exists", e.Keyspace, e.Table)
		}
		return fmt.Sprintf("AlreadyExists: Keyspace '%s' already exists", e.Keyspace)
	case cassandra.CodeUnavailable:
		return hosts("Unavailable", fmt.Sprintf(`%s info={\'consistency\': \'%s\', \'required_replicas\': %d, \'alive_replicas\': %d}`,
			server("Unavailable exception"), e.Consistency, e.Required, e.Received))
	case cassandra.CodeWriteTimeout:
		return "WriteTimeout: " + server("Coordinator node timed out waiting for replica nodes' responses")
	case cassandra.CodeReadTimeout:
		return "ReadTimeout: " + server("Coordinator node timed out waiting for replica nodes' responses")
	case cassandra.CodeOverloaded:
		return hosts("OverloadedErrorMessage", server("Coordinator node overloaded"))
	case cassandra.CodeProtocol:
		return "ProtocolException: " + server("Protocol error")
	case cassandra.CodeFunctionFailure:
		return "FunctionFailure: " + server("User Defined Function failure")
	}
	return "ServerError: " + server("Server error")
}
