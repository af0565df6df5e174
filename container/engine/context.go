package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
)

// contextHost is the engine's address in the context that the docker command would use; empty where DOCKER_HOST or nothing else says it.
func contextHost() string {
	home, err := os.UserHomeDir()
	if err != nil || os.Getenv("DOCKER_HOST") != "" {
		return ""
	}
	dir := filepath.Join(home, ".docker")
	if d := os.Getenv("DOCKER_CONFIG"); d != "" {
		dir = d
	}
	name := os.Getenv("DOCKER_CONTEXT")
	if name == "" {
		var chosen struct{ CurrentContext string }
		if readJSON(filepath.Join(dir, "config.json"), &chosen) != nil {
			return ""
		}
		name = chosen.CurrentContext
	}
	if name == "" || name == "default" {
		return ""
	}
	sum := sha256.Sum256([]byte(name))
	var meta struct {
		Endpoints map[string]struct{ Host string }
	}
	if readJSON(filepath.Join(dir, "contexts", "meta", hex.EncodeToString(sum[:]), "meta.json"), &meta) != nil {
		return ""
	}
	return meta.Endpoints["docker"].Host
}

func readJSON(file string, into any) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}
