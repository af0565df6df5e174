//go:build !javascript

package worker

import "errors"

// JavaScript says whether this program runs JavaScript.
const JavaScript = false

func compileScript(signature, string) (program, error) {
	return nil, errors.New("this program was built without JavaScript, whose engine makes it half as large again: build it with -tags javascript")
}
