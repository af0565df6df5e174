// Package shell runs the shells as a user does: stock cqlsh and helenus cqlsh side by side, helenus dev, and what a wrong flag, a used port
// or Ctrl-C come to.
package shell
