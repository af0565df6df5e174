package image

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
)

// Archive writes an image under names as docker load takes it. Names without a tag get latest.
func Archive(w io.Writer, p *Program, names []string) error {
	layer, err := p.layer()
	if err != nil {
		return err
	}
	layerID := digest(layer)
	config, err := json.Marshal(configFile{
		Architecture: p.Arch, OS: "linux", Created: p.Built.UTC(), Config: DefaultSettings(),
		RootFS:  rootFS{"layers", []string{"sha256:" + layerID}},
		History: []history{{Created: p.Built.UTC(), CreatedBy: "helenus image build"}},
	})
	if err != nil {
		return err
	}
	configName, layerName := digest(config)+".json", layerID+"/layer.tar"
	manifest, err := json.Marshal([]manifestItem{{Config: configName, RepoTags: tagged(names), Layers: []string{layerName}}})
	if err != nil {
		return err
	}
	out := tar.NewWriter(w)
	for _, part := range []struct {
		name    string
		content []byte
	}{{layerName, layer}, {configName, config}, {"manifest.json", manifest}} {
		h := &tar.Header{Name: part.name, Mode: 0o644, Size: int64(len(part.content)), ModTime: p.Built, Format: tar.FormatPAX}
		if err := out.WriteHeader(h); err != nil {
			return err
		}
		if _, err := out.Write(part.content); err != nil {
			return err
		}
	}
	return out.Close()
}

// configFile is an image's configuration; its digest is the image's id.
type configFile struct {
	Architecture string    `json:"architecture"`
	OS           string    `json:"os"`
	Created      time.Time `json:"created"`
	Config       Settings  `json:"config"`
	RootFS       rootFS    `json:"rootfs"`
	History      []history `json:"history"`
}

type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

type history struct {
	Created   time.Time `json:"created"`
	CreatedBy string    `json:"created_by"`
}

type manifestItem struct {
	Config   string
	RepoTags []string
	Layers   []string
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// tagged gives names without a tag the tag latest. A port has a slash behind it, a tag has not.
func tagged(names []string) []string {
	var all []string
	for _, name := range names {
		if !strings.Contains(name[strings.LastIndexByte(name, '/')+1:], ":") {
			name += ":latest"
		}
		all = append(all, name)
	}
	return all
}

// layer returns the image's files as a tar archive.
func (p *Program) layer() ([]byte, error) {
	entries, err := tree(p.content)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range entries {
		if err := w.WriteHeader(e.header(p.Built)); err != nil {
			return nil, fmt.Errorf("%s: %w", e.path, err)
		}
		if _, err := w.Write(e.content); err != nil {
			return nil, fmt.Errorf("%s: %w", e.path, err)
		}
	}
	return out.Bytes(), w.Close()
}

func (e entry) header(at time.Time) *tar.Header {
	h := &tar.Header{Name: e.path, Mode: int64(e.mode.Perm()), Uid: e.owner, Gid: e.owner, Size: int64(len(e.content)), ModTime: at, Format: tar.FormatPAX, Typeflag: tar.TypeReg}
	if e.mode&fs.ModeSticky != 0 {
		h.Mode |= 0o1000
	}
	switch {
	case e.mode.IsDir():
		h.Typeflag, h.Name = tar.TypeDir, e.path+"/"
	case e.link != "":
		h.Typeflag, h.Linkname = tar.TypeSymlink, e.link
	}
	return h
}
