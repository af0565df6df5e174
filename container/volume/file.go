package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// DefaultFile is where both kinds of installations keep account and key.
const DefaultFile = "/etc/default/azurefile-dockervolumedriver"

// configured is what such a file says.
type configured struct {
	values   map[string]string
	warnings []string
	exposed  []string // a warning, where it holds a key and every user can read it
}

// value returns the first of the names that has a value.
func (c configured) value(names ...string) string {
	for _, n := range names {
		if v := c.values[n]; v != "" {
			return v
		}
	}
	return ""
}

// readFile reads a file of KEY=value lines, as systemd and a shell read simple ones: quotes around a value, export before a name and comments are
// understood, anything else of a shell is not. A file that is missing says nothing.
func readFile(path string) (configured, error) {
	c := configured{values: map[string]string{}}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	for i, line := range strings.Split(string(raw), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "export ")), "=")
		if !ok || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") != "" || name == "" {
			c.warnings = append(c.warnings, fmt.Sprintf("%s:%d is no KEY=value and is passed over", path, i+1))
			continue
		}
		if value, ok = unquote(value); !ok {
			return c, fmt.Errorf("%s:%d: the quote is not closed", path, i+1)
		}
		c.values[name] = value
	}
	if c.value("AF_ACCOUNT_KEY", "AZURE_STORAGE_ACCOUNT_KEY") != "" {
		c.exposed = exposed(path, "the account's key")
	}
	return c, nil
}

// unquote takes quotes off a value, and a comment behind it.
func unquote(value string) (string, bool) {
	value = strings.TrimSpace(value)
	if value != "" && (value[0] == '"' || value[0] == '\'') {
		end := strings.IndexByte(value[1:], value[0])
		if end < 0 {
			return "", false
		}
		return value[1 : 1+end], true
	}
	value, _, _ = strings.Cut(value, " #")
	return strings.TrimSpace(value), true
}
