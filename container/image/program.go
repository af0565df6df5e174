package image

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// Program is an executable that an image can hold.
type Program struct {
	Arch    string    // amd64 or arm64
	Built   time.Time // when its source was committed, as far as it says so; else 1970
	content []byte
}

// HowToBuild is the command that makes a program for an architecture.
func HowToBuild(arch string) string {
	return fmt.Sprintf("CGO_ENABLED=0 GOOS=linux GOARCH=%s go build -o helenus-linux-%[1]s ./cmd/helenus, then --binary helenus-linux-%[1]s", arch)
}

// ReadProgram reads a static Linux executable; arch may be empty when any will do. The content is kept without the tables that only
// debuggers read.
func ReadProgram(file, arch string) (*Program, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if arch == "" {
		arch = runtime.GOARCH
	}
	f, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("%s is no program for Linux; build one: %s", file, HowToBuild(arch))
	}
	defer f.Close()
	p := &Program{Arch: map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"}[f.Machine], Built: time.Unix(0, 0)}
	switch {
	case p.Arch == "":
		return nil, fmt.Errorf("%s is for %s; images are for amd64 and arm64", file, f.Machine)
	case dynamic(f):
		return nil, fmt.Errorf("%s needs libraries that the image does not have; build a static one: %s", file, HowToBuild(p.Arch))
	}
	if info, err := buildinfo.Read(bytes.NewReader(content)); err == nil {
		for _, s := range info.Settings {
			if s.Key == "vcs.time" {
				if at, err := time.Parse(time.RFC3339, s.Value); err == nil {
					p.Built = at
				}
			}
		}
	}
	p.content = loaded(f, content)
	return p, nil
}

// Digest is short and differs for programs that differ.
func (p *Program) Digest() string { return digest(p.content)[:12] }

// OwnProgram reads this very program, where it fits.
func OwnProgram(arch string) (*Program, error) {
	if arch == "" {
		arch = runtime.GOARCH
	}
	if runtime.GOOS != "linux" || runtime.GOARCH != arch {
		return nil, fmt.Errorf("this program is for %s/%s, the image for linux/%s; build one for it: %s", runtime.GOOS, runtime.GOARCH, arch, HowToBuild(arch))
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return ReadProgram(self, arch)
}

// ParsePlatform reads linux/arm64 and returns the architecture.
func ParsePlatform(text string) (string, error) {
	arch, ok := strings.CutPrefix(text, "linux/")
	arch = strings.TrimSuffix(arch, "/v8")
	if !ok || arch != "amd64" && arch != "arm64" {
		return "", fmt.Errorf("platform is %q; allowed: linux/amd64, linux/arm64", text)
	}
	return arch, nil
}

func dynamic(f *elf.File) bool {
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return true
		}
	}
	return false
}

// loaded returns what of an executable is loaded into memory: all but symbols and debugging tables, which are a third of it, and the list of
// sections, which would point to them.
func loaded(f *elf.File, content []byte) []byte {
	end := uint64(0)
	for _, p := range f.Progs {
		if p.Filesz > 0 {
			end = max(end, p.Off+p.Filesz)
		}
	}
	if f.Class != elf.ELFCLASS64 || end == 0 || end > uint64(len(content)) {
		return content
	}
	kept := bytes.Clone(content[:end])
	// Offsets in the header of a 64-bit file: e_shoff, then e_shentsize, e_shnum and e_shstrndx.
	f.ByteOrder.PutUint64(kept[0x28:], 0)
	for _, at := range []int{0x3a, 0x3c, 0x3e} {
		f.ByteOrder.PutUint16(kept[at:], 0)
	}
	return kept
}
