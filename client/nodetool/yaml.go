package nodetool

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// yaml writes what JSON can hold, behind the name that it belongs to, with an indent.
func yaml(v any, indent string) string {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			return " {}\n"
		}
		var b strings.Builder
		b.WriteByte('\n')
		for _, name := range slices.Sorted(maps.Keys(v)) {
			b.WriteString(indent + name + ":" + yaml(v[name], indent+"  "))
		}
		return b.String()
	case []any:
		if len(v) == 0 {
			return " []\n"
		}
		var b strings.Builder
		b.WriteByte('\n')
		for _, x := range v {
			b.WriteString(indent + "-" + yaml(x, indent+"  "))
		}
		return b.String()
	case string:
		if _, err := strconv.ParseFloat(v, 64); err == nil && v != "NaN" || v == "" {
			return " '" + v + "'\n"
		}
		return " " + v + "\n"
	case float64:
		return " " + strconv.FormatFloat(v, 'f', -1, 64) + "\n"
	case bool:
		return " " + strconv.FormatBool(v) + "\n"
	}
	return " null\n"
}
