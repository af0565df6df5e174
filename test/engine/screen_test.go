package engine

import "testing"

func TestScreen(t *testing.T) {
	for sent, want := range map[string]string{
		"a\r\nb\r\n":                             "a\nb\n",
		"\x1b[1;31mred\x1b[0m":                   "red",
		"cqlsh> \x1b[1G\x1b[0Kcqlsh> use k;\r\n": "cqlsh> use k;\n",
		"cqlsh> \rcqlsh> us\b\bx":                "cqlsh> xs",
		"abc\x1b[2D\x1b[Kx":                      "ax",
		"a\x1b[2Cb":                              "a  b",
		"cut\x1b[":                               "cut",
	} {
		if got := screen(sent); got != want {
			t.Errorf("%q shows %q, want %q", sent, got, want)
		}
	}
}
