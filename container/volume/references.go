package volume

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// references is a directory with a file for each volume that has been mounted since the machine started. It belongs under /run, which is
// emptied when mounts are.
type references struct{ dir string }

// users are a volume's.
type users struct {
	// IDs are those of the engine's calls of Mount that have not been given back.
	IDs []string `json:"ids"`
}

func (r references) path(name string) string { return filepath.Join(r.dir, name) }

// get returns a volume's users, and whether it was mounted before.
func (r references) get(name string) (u users, before bool, err error) {
	raw, err := os.ReadFile(r.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return users{}, false, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &u)
	}
	if err != nil {
		return users{}, false, fmt.Errorf("who uses the volume is unknown: %s: %w", r.path(name), err)
	}
	return u, true, nil
}

func (r references) set(name string, u users) error {
	raw, err := json.Marshal(u)
	if err == nil {
		err = os.MkdirAll(r.dir, 0o700)
	}
	if err == nil {
		err = replaceFile(r.path(name), raw)
	}
	if err != nil {
		return fmt.Errorf("keep who uses the volume: %w", err)
	}
	return nil
}

func (r references) forget(name string) error {
	if err := os.Remove(r.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget who used the volume: %w", err)
	}
	return nil
}

// with and without return the users after a call.
func (u users) with(id string) users {
	if slices.Contains(u.IDs, id) {
		return u
	}
	return users{append(slices.Clone(u.IDs), id)}
}

func (u users) without(id string) users {
	return users{slices.DeleteFunc(slices.Clone(u.IDs), func(other string) bool { return other == id })}
}
