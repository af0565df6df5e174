package image

import (
	"fmt"
	"os"
	"path/filepath"
)

// Directory writes the image's files under a directory, which must be empty or missing. It takes root to give them their owners.
func Directory(dir string, p *Program) error {
	entries, err := tree(p.content)
	if err != nil {
		return err
	}
	if old, err := os.ReadDir(dir); err == nil && len(old) > 0 {
		return fmt.Errorf("%s is not empty", dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(dir, filepath.FromSlash(e.path))
		if err := e.write(path); err != nil {
			return err
		}
		if err := os.Lchown(path, e.owner, e.owner); err != nil {
			return fmt.Errorf("%w; run it as root", err)
		}
		if e.link == "" {
			if err := os.Chmod(path, e.mode&^os.ModeDir); err != nil {
				return err
			}
			if err := os.Chtimes(path, p.Built, p.Built); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e entry) write(path string) error {
	switch {
	case e.mode.IsDir():
		return os.Mkdir(path, 0o755)
	case e.link != "":
		return os.Symlink(e.link, path)
	}
	return os.WriteFile(path, e.content, 0o644)
}
