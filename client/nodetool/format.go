package nodetool

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"strconv"
	"strings"
)

// host is an address without its port.
func host(address string) string {
	if h, _, err := net.SplitHostPort(address); err == nil {
		return h
	}
	return address
}

var units = []struct {
	bytes int64
	name  string
}{{1 << 40, "TiB"}, {1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}}

// size is a number of bytes as most verbs print it: two digits after the point at most.
func size(bytes int64) string {
	for _, u := range units {
		if bytes >= u.bytes {
			text := strconv.FormatFloat(float64(bytes)/float64(u.bytes), 'f', 2, 64)
			return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + " " + u.name
		}
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// memory is a number of bytes as some lines of tablestats print it.
func memory(bytes int64) string {
	for _, u := range units {
		if bytes >= u.bytes {
			return fmt.Sprintf("%.3f%s", float64(bytes)/float64(u.bytes), u.name)
		}
	}
	return fmt.Sprintf("%dB", bytes)
}

// java is a number as Java prints a double that is not very large or small.
func java(f float64) string {
	if f == math.Trunc(f) {
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// columns prints rows with each column as wide as its widest cell and a gap between.
func columns(w io.Writer, gap string, rows [][]string) {
	var widths []int
	for _, r := range rows {
		for i, cell := range r {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len(cell))
		}
	}
	for _, r := range rows {
		for i, cell := range r {
			if i > 0 {
				fmt.Fprint(w, gap)
			}
			fmt.Fprintf(w, "%-*s", widths[i], cell)
		}
		fmt.Fprintln(w)
	}
}

// number64 is a double that may be NaN, as JSON can say it.
type number64 float64

// MarshalJSON quotes what JSON has no word for.
func (n number64) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) {
		return []byte(`"NaN"`), nil
	}
	return []byte(java(float64(n))), nil
}

// outputs are what -F allows.
var outputOption = option{names: []string{"-F", "--format"}, value: "format", about: "json or yaml"}

// format prints what f builds as JSON or YAML, when that is asked for.
func (c *call) format(f func() any) (printed bool, err error) {
	kind := c.value("format", "")
	if kind == "" {
		return false, nil
	}
	raw, err := json.MarshalIndent(f(), "", "  ")
	if err != nil {
		return false, err
	}
	switch kind {
	case "json":
		c.printf("%s\n", raw)
		return true, nil
	case "yaml":
		var tree any
		if err := json.Unmarshal(raw, &tree); err != nil {
			return false, err
		}
		c.printf("%s\n", strings.TrimPrefix(yaml(tree, ""), "\n"))
		return true, nil
	}
	return false, usageErrorf("arguments for -F are json,yaml only.")
}
