// Package platform is where Helenus meets the machine: the clock, randomness, the network, files, locks, memory limits and
// signals. Everything above takes them as values, so that a test or a simulator can pass its own. In internal/ it is the
// only home of _linux.go, _windows.go and _darwin.go files and the only caller of time.Now, net.Listen and os.Open.
package platform
