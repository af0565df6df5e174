package reference

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Version is the release that Helenus's recorded behaviour comes from.
const Version = "5.0.5"

// jammVersion is the memory meter agent that Cassandra 5 wants on its command line.
const jammVersion = "0.4.0"

//go:embed pom.xml
var pom []byte

// Jars downloads Cassandra and what it needs with Maven, once, and returns their folder.
func Jars(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a place for Cassandra's jars: %w", err)
	}
	dir := filepath.Join(cache, "helenus-reference", Version)
	done := filepath.Join(dir, ".complete")
	if _, err := os.Stat(done); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	project := filepath.Join(dir, "pom.xml")
	if err := os.WriteFile(project, pom, 0o644); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "mvn", "-q", "-B", "-f", project, "-Dcassandra.version="+Version, "-Djamm.version="+jammVersion,
		"dependency:copy-dependencies", "-DoutputDirectory="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("download Cassandra's jars with Maven: %w\n%s", err, out)
	}
	return dir, os.WriteFile(done, nil, 0o644)
}
