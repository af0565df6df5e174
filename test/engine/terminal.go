//go:build linux

package engine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// typedWithin bounds the wait for a text at a terminal.
const typedWithin = time.Minute

// Typed runs a command at a terminal of its own, types each line when the text before it has appeared, and returns what a
// reader sees in the end.
func Typed(t *testing.T, dialogue [][2]string, cmd *exec.Cmd) string {
	t.Helper()
	terminal, device := OpenTerminal(t)
	defer terminal.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = device, device, device
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	device.Close()
	var shown bytes.Buffer
	seen := 0
	read := func(until string) error {
		chunk := make([]byte, 4096)
		if err := terminal.SetReadDeadline(time.Now().Add(typedWithin)); err != nil {
			return err
		}
		for until == "" || !strings.Contains(shown.String()[seen:], until) {
			n, err := terminal.Read(chunk)
			shown.Write(chunk[:n])
			if err != nil {
				return err
			}
		}
		seen += strings.Index(shown.String()[seen:], until) + len(until)
		return nil
	}
	for _, step := range dialogue {
		if err := read(step[0]); err != nil {
			t.Fatalf("%q has not appeared: %v\n%s", step[0], err, shown.String())
		}
		if _, err := io.WriteString(terminal, step[1]+"\r"); err != nil {
			t.Fatal(err)
		}
	}
	if err := read(""); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, syscall.EIO) {
		t.Fatalf("the terminal does not close: %v\n%s", err, shown.String())
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, shown.String())
	}
	return screen(shown.String())
}

// OpenTerminal returns a terminal's two ends: the person's and the program's.
func OpenTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: 200}); err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), "terminal"), program
}
