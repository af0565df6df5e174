package volume

import (
	"errors"
	"fmt"
	"strings"
)

// nameBytesMax leaves room in a file name for that of a record that is being written.
const nameBytesMax = 200

// checkName refuses names that are no file names, or that Docker would take for something else in a directory that it looks for plugins in.
func checkName(name string) error {
	fault := ""
	switch {
	case name == "":
		fault = "it is empty"
	case strings.ContainsAny(name, "/\x00"):
		fault = "it may not contain /"
	case strings.HasPrefix(name, "."):
		fault = "it may not begin with a dot"
	case strings.HasSuffix(name, ".spec"), strings.HasSuffix(name, ".json"):
		fault = "Docker would take its record for a plugin's file; no .spec or .json at the end"
	case len(name) > nameBytesMax:
		fault = fmt.Sprintf("it is longer than %d bytes", nameBytesMax)
	default:
		return nil
	}
	return &nameError{name, fault}
}

// nameError is of a name that no volume has.
type nameError struct{ name, fault string }

func (e *nameError) Error() string {
	return fmt.Sprintf("%q is no name for a volume: %s", e.name, e.fault)
}

// checkShare has the service's rule for names of shares.
func checkShare(name string) error {
	fault := ""
	switch {
	case len(name) < 3 || len(name) > 63:
		fault = "3 to 63 characters"
	case strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		fault = "lower-case letters, digits and hyphens only"
	case strings.HasPrefix(name, "-"), strings.HasSuffix(name, "-"):
		fault = "a letter or digit at both ends"
	case strings.Contains(name, "--"):
		fault = "no two hyphens in a row"
	default:
		return nil
	}
	return fmt.Errorf("volume option 'share' is %q, which is no name for a share: %s", name, fault)
}

// checkRemotePath refuses what the service can't have as directories.
func checkRemotePath(path string) error {
	for _, part := range remoteParts(path) {
		switch {
		case part == "." || part == "..":
			return errors.New("volume option 'remotepath' may not contain . or ..")
		case strings.ContainsAny(part, "\\\":|<>*?"):
			return fmt.Errorf("volume option 'remotepath' is %q; a directory's name may not contain \\ \" : | < > * ?", path)
		case len(part) > 255:
			return errors.New("volume option 'remotepath' has a name of more than 255 characters")
		case strings.HasSuffix(part, "."), strings.HasSuffix(part, " "):
			return fmt.Errorf("volume option 'remotepath' is %q; a directory's name may not end in a dot or a blank", path)
		}
	}
	if len(path) > 2048 {
		return errors.New("volume option 'remotepath' is longer than 2048 characters")
	}
	return nil
}

// remoteParts are the names of the directories on a path in a share.
func remoteParts(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}
