package schema

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"helenus/internal/cassandra"
)

// checkCaching checks a caching map and fills in what it leaves out.
func checkCaching(m map[string]string) (map[string]string, error) {
	out := map[string]string{"keys": "ALL", "rows_per_partition": "NONE"}
	var strangers []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if _, ok := out[name]; !ok {
			strangers = append(strangers, name)
		}
	}
	if len(strangers) > 0 {
		return nil, cassandra.Configf("Invalid caching sub-options [%s]: only 'keys' and 'rows_per_partition' are allowed", strings.Join(strangers, ", "))
	}
	if keys, ok := m["keys"]; ok {
		if out["keys"] = strings.ToUpper(keys); out["keys"] != "ALL" && out["keys"] != "NONE" {
			return nil, cassandra.Configf("Invalid value '%s' for caching sub-option 'keys': only 'ALL' and 'NONE' are allowed", keys)
		}
	}
	if rows, ok := m["rows_per_partition"]; ok {
		out["rows_per_partition"] = strings.ToUpper(rows)
		if n, err := strconv.Atoi(rows); out["rows_per_partition"] != "ALL" && out["rows_per_partition"] != "NONE" && (err != nil || n < 0) {
			return nil, cassandra.Configf("Invalid value '%s' for caching sub-option 'rows_per_partition': only 'ALL', 'NONE', and integer values are allowed", rows)
		}
	}
	return out, nil
}

// retryPolicy brings a speculative retry policy of any era into the form that Cassandra 5.0 prints: 99p, 10ms, ALWAYS, NEVER,
// MIN(99p,50ms).
func retryPolicy(option, text string) (string, error) {
	upper := strings.ToUpper(strings.TrimSpace(text))
	switch upper {
	case "ALWAYS":
		return upper, nil
	case "NONE", "NEVER":
		return "NEVER", nil
	}
	for _, f := range [...]string{"MIN", "MAX"} {
		inner, ok := strings.CutPrefix(upper, f+"(")
		if !ok || !strings.HasSuffix(inner, ")") {
			continue
		}
		left, right, ok := strings.Cut(strings.TrimSuffix(inner, ")"), ",")
		if !ok {
			break
		}
		a, err := simpleRetry(option, left, text)
		if err != nil {
			return "", err
		}
		b, err := simpleRetry(option, right, text)
		if err != nil {
			return "", err
		}
		if kind := retryKind(a); kind == retryKind(b) {
			return "", cassandra.Configf("Invalid value %s for option '%s': MIN()/MAX() arguments should be of different types, but both are of type %s", text, option, kind)
		}
		return f + "(" + a + "," + b + ")", nil
	}
	return simpleRetry(option, upper, text)
}

// retryKind is the kind of what simpleRetry returned.
func retryKind(policy string) string {
	if strings.HasSuffix(policy, "p") {
		return "PERCENTILE"
	}
	return "FIXED"
}

// simpleRetry reads a percentile or a fixed time, in capitals.
func simpleRetry(option, upper, whole string) (string, error) {
	upper = strings.TrimSpace(upper)
	for _, suffix := range [...]string{"PERCENTILE", "P"} {
		digits, ok := strings.CutSuffix(upper, suffix)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
		if err != nil || v < 0 {
			break
		}
		if !(v > 0 && v < 100) {
			return "", cassandra.Configf("Invalid value %s for PERCENTILE option '%s': must be between (0.0 and 100.0)", whole, option)
		}
		return strconv.FormatFloat(v, 'f', -1, 64) + "p", nil
	}
	if digits, ok := strings.CutSuffix(upper, "MS"); ok {
		if v, err := strconv.ParseFloat(strings.TrimSpace(digits), 64); err == nil && v >= 0 {
			return strconv.Itoa(int(v)) + "ms", nil
		}
	}
	return "", cassandra.Configf("Invalid value %s for option '%s'", whole, option)
}
