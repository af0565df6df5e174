package image

import (
	"time"

	"helenus/internal/cassandra"
)

// Settings are what a container gets of the image, in the words of the image format.
type Settings struct {
	Env          []string
	Entrypoint   []string
	Cmd          []string
	ExposedPorts map[string]struct{}
	Volumes      map[string]struct{}
	WorkingDir   string
	Healthcheck  Healthcheck
	Labels       map[string]string
}

// Healthcheck is how the engine finds out whether a container is well. Times are in nanoseconds.
type Healthcheck struct {
	Test                           []string
	Interval, Timeout, StartPeriod time.Duration
	Retries                        int
}

// DefaultSettings are the image's. The ports are all those that Cassandra's image has, the dead 9160 too: the variables of a link refer to
// the lowest.
func DefaultSettings() Settings {
	none := struct{}{}
	return Settings{
		Env: []string{
			"PATH=/opt/cassandra/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			"LANG=C.UTF-8",
			"CASSANDRA_HOME=/opt/cassandra",
			"CASSANDRA_CONF=/etc/cassandra",
			"CASSANDRA_VERSION=" + cassandra.ReleaseVersion,
		},
		Entrypoint:   []string{"docker-entrypoint.sh"},
		Cmd:          []string{"cassandra", "-f"},
		ExposedPorts: map[string]struct{}{"7000/tcp": none, "7001/tcp": none, "7199/tcp": none, "9042/tcp": none, "9160/tcp": none},
		Volumes:      map[string]struct{}{"/var/lib/cassandra": none},
		WorkingDir:   "/",
		Healthcheck:  Healthcheck{Test: []string{"CMD", "helenus", "health"}, Interval: 5 * time.Second, Timeout: 5 * time.Second, StartPeriod: time.Minute, Retries: 3},
		Labels:       map[string]string{"org.opencontainers.image.title": "Helenus", "org.opencontainers.image.licenses": "Apache-2.0"},
	}
}
