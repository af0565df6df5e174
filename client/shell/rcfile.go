package shell

import (
	"bufio"
	"os"
	"strings"
)

// ReadRC reads a cqlshrc: sections with key = value lines. Keys are given as section.key.
func ReadRC(name string) (map[string]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	values := map[string]string{}
	section := ""
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "" || line[0] == ';' || line[0] == '#':
		case line[0] == '[' && line[len(line)-1] == ']':
			section = strings.ToLower(line[1 : len(line)-1])
		default:
			if k, v, ok := strings.Cut(line, "="); ok {
				values[section+"."+strings.ToLower(strings.TrimSpace(k))] = strings.TrimSpace(v)
			}
		}
	}
	return values, lines.Err()
}
