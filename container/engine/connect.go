package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/moby/moby/client"
)

// Connect finds the engine: that of DOCKER_HOST, of Docker's chosen context, or of this machine. The error says what to do when none answers.
// The caller closes the connection.
func Connect(ctx context.Context) (*client.Client, error) {
	options := []client.Opt{client.FromEnv}
	if host := contextHost(); host != "" {
		options = append(options, client.WithHost(host))
	}
	api, err := client.New(options...)
	if err != nil {
		return nil, fmt.Errorf("Docker's settings: %w", err)
	}
	if _, err := api.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		return nil, errors.Join(silent(api.DaemonHost(), err), api.Close())
	}
	return api, nil
}

// silent explains an engine that does not answer.
func silent(host string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("Docker at %s may not be used by this user: %w; run the command with sudo, or add the user to the group docker", host, err)
	}
	return fmt.Errorf("Docker does not answer at %s: %w; start it (systemctl start docker, or Docker Desktop), or name another one by DOCKER_HOST", host, err)
}
