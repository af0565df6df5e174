//go:build javascript

package server

// buildTags are those that the program is built with.
const buildTags = "javascript"
