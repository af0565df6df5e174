package volume

import (
	"context"
	"log/slog"
	"time"

	"github.com/moby/moby/client"

	"helenus/container/engine"
)

// lookEvery is how often an engine that does not answer is asked again.
const lookEvery = 2 * time.Second

// bePresent has the engine list its volumes whenever it has started. It looks for plugins then; before, docker info and a Swarm's scheduler know of no
// plugin that nobody has used, and services with volumes of it wait for ever.
func bePresent(ctx context.Context, log *slog.Logger) {
	for ctx.Err() == nil {
		if err := lookedFor(ctx, log); err != nil && ctx.Err() == nil {
			log.Debug("the engine does not answer yet", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(lookEvery):
		}
	}
}

// lookedFor asks the engine, and waits until its connection ends.
func lookedFor(ctx context.Context, log *slog.Logger) error {
	api, err := engine.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if err := api.Close(); err != nil {
			log.Debug(err.Error())
		}
	}()
	if _, err := api.VolumeList(ctx, client.VolumeListOptions{}); err != nil {
		return err
	}
	log.Info("the engine knows of the plugin")
	// Events of the engine itself are rare. What counts is the end of the stream, which is the engine's.
	events := api.Events(ctx, client.EventsListOptions{Filters: make(client.Filters).Add("type", "daemon")})
	for {
		select {
		case <-events.Messages:
		case err := <-events.Err:
			return err
		}
	}
}
