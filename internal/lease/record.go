package lease

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// FileName is the file that the newest lease is announced in. FilePrefix begins the names of leases' own files; a number follows.
const (
	FileName   = "helenus-lease"
	FilePrefix = FileName + "-"
)

// recordBytes is the size of a record: always the same, so that it is written over the one before in one piece.
const recordBytes = 1024

// textBytesMax bounds each text in a record.
const textBytesMax = 160

// record is what a lease's file holds: JSON, and blanks up to its size.
type record struct {
	Number uint64 `json:"number"`
	// Incarnation is random, made by each process that takes the lease.
	Incarnation string `json:"incarnation"`
	Host        string `json:"host"`
	Process     int    `json:"process"`
	// Node is what the holder says of itself; before it knows, what the last one said.
	Node string `json:"node,omitempty"`
	// Boot and Device are where the holder sees the directory.
	Boot   string `json:"boot,omitempty"`
	Device uint64 `json:"device,omitempty"`
	// LocksReach says that its lock keeps out other hosts.
	LocksReach bool   `json:"locks_reach,omitempty"`
	Renewal    uint64 `json:"renewal"`
	// Settled says that its holder has made sure that the one before does not write any more.
	Settled  bool `json:"settled,omitempty"`
	Released bool `json:"released,omitempty"`
}

func (r *record) encode() ([]byte, error) {
	short := *r
	for _, text := range []*string{&short.Host, &short.Node, &short.Boot, &short.Incarnation} {
		if len(*text) > textBytesMax {
			*text = strings.ToValidUTF8((*text)[:textBytesMax], "")
		}
	}
	raw, err := json.Marshal(&short)
	if err != nil {
		return nil, err
	}
	if len(raw) >= recordBytes {
		return nil, fmt.Errorf("a lease's record of %d bytes is longer than %d", len(raw), recordBytes)
	}
	raw = append(raw, bytes.Repeat([]byte{' '}, recordBytes-1-len(raw))...)
	return append(raw, '\n'), nil
}

// decode reads a record; nil where it is none, as when its writer was cut off.
func decode(raw []byte) *record {
	var r record
	if len(raw) != recordBytes || json.Unmarshal(raw, &r) != nil || r.Incarnation == "" {
		return nil
	}
	return &r
}

// holder says who a record is of.
func (r *record) holder() string {
	if r == nil {
		return "somebody who is not known"
	}
	who := fmt.Sprintf("process %d on host %s", r.Process, r.Host)
	if r.Node != "" {
		who += " (" + r.Node + ")"
	}
	return who
}

func pathOf(dir string, number uint64) string {
	return filepath.Join(dir, FilePrefix+strconv.FormatUint(number, 10))
}

// numbers are those of the leases in a directory.
func numbers(files Files, dir string) ([]uint64, error) {
	names, err := files.List(dir)
	if err != nil {
		return nil, err
	}
	var all []uint64
	for _, name := range names {
		digits, ok := strings.CutPrefix(name, FilePrefix)
		if n, err := strconv.ParseUint(digits, 10, 64); ok && err == nil && n > 0 && digits == strconv.FormatUint(n, 10) {
			all = append(all, n)
		}
	}
	return all, nil
}

// announced returns what the file of announcements says; nil where there is none.
func announced(files Files, dir string) (*record, error) {
	raw, err := files.Read(filepath.Join(dir, FileName), recordBytes)
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r := decode(raw)
	if r == nil {
		return nil, errDamaged
	}
	return r, nil
}

// errDamaged is of announcements that can't be read: one is being written, or the server has ended in the middle of it.
var errDamaged = errors.New("what announces leases can't be read")

// latest returns the number and the content of the lease; 0 where there is none. Of one that was announced and whose file is gone there is no content.
func latest(files Files, dir string) (number uint64, raw []byte, err error) {
	all, err := numbers(files, dir)
	if err != nil {
		return 0, nil, err
	}
	for _, n := range all {
		number = max(number, n)
	}
	newest, err := announced(files, dir)
	if err != nil && !errors.Is(err, errDamaged) {
		return 0, nil, err
	}
	if newest != nil && newest.Number > number {
		return newest.Number, nil, nil
	}
	if number == 0 {
		return 0, nil, nil
	}
	raw, err = files.Read(pathOf(dir, number), recordBytes)
	return number, raw, err
}
