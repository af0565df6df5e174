// Package functions tests user functions on real nodes: those that never end, what a ring makes of them, and that they are off by default.
package functions
