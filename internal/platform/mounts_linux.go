package platform

import (
	"os"
	"strconv"
	"strings"
)

// mountTable is the kernel's list of the mounts that this process sees. Reading it touches none of them.
const mountTable = "/proc/self/mountinfo"

// Mounts returns what is mounted, in the order of the kernel's table: of two at one path the later lies above.
func Mounts() ([]Mount, error) {
	raw, err := os.ReadFile(mountTable)
	if err != nil {
		return nil, err
	}
	return parseMounts(string(raw)), nil
}

// parseMounts reads lines as in proc(5): ID PARENT MAJOR:MINOR ROOT POINT OPTIONS FIELDS… - TYPE SOURCE OPTIONS.
func parseMounts(table string) []Mount {
	var all []Mount
	for _, line := range strings.Split(table, "\n") {
		front, back, _ := strings.Cut(line, " - ")
		place, what := strings.Fields(front), strings.Fields(back)
		if len(place) < 5 || len(what) < 2 {
			continue
		}
		m := Mount{Point: unescape(place[4]), Type: what[0], Source: unescape(what[1])}
		if len(what) > 2 {
			m.Options = strings.Split(what[2], ",")
		}
		all = append(all, m)
	}
	return all
}

// unescape reads the kernel's \040 for a blank and the like.
func unescape(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+4 <= len(text) {
			if code, err := strconv.ParseUint(text[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(code))
				i += 3
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// IsMount says whether something is mounted at a path.
func IsMount(path string) bool {
	all, err := Mounts()
	if err != nil {
		return false
	}
	for _, m := range all {
		if m.Point == path {
			return true
		}
	}
	return false
}
