//go:build planted

package planted

var active Bug

// Is says whether a bug is planted.
func Is(b Bug) bool { return active == b }

// Plant plants a bug, or None.
func Plant(b Bug) { active = b }
