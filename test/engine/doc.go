// Package engine is Docker's engine as black-box tests use it: the one that runs or one of their own, the image under test in it, and a
// terminal for what docker run -it shows.
package engine
