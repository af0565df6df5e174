// Package planted makes defects on purpose, to find out whether the simulator would notice them. A binary that is built without the tag
// "planted" has none of them: Is is then false at compile time.
package planted
