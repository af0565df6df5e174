package volume

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"helenus/deploy"
)

// programPath is where units and jobs expect the program.
const programPath = "/usr/bin/azurefile-dockervolumedriver"

const installUsage = `Usage: helenus volume-driver install [options]

Puts the program at /usr/bin/azurefile-dockervolumedriver, a unit for systemd beside the others and a file for account and key into /etc/default.

  --root DIR   write below DIR instead of /
  --upstart    a job for upstart in place of the unit
`

// install writes what an installation consists of.
func install(args []string, out, errs io.Writer) int {
	f := flag.NewFlagSet("install", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	root := f.String("root", "/", "")
	upstart := f.Bool("upstart", false, "")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, installUsage)
		return 0
	} else if err != nil || f.NArg() > 0 {
		fmt.Fprintf(errs, "azurefile-dockervolumedriver: install: %v\n%s", errors.Join(err, extra(f)), installUsage)
		return 2
	}
	if err := installFiles(*root, *upstart, out); err != nil {
		fmt.Fprintln(errs, "azurefile-dockervolumedriver: install: "+err.Error())
		return 1
	}
	return 0
}

func extra(f *flag.FlagSet) error {
	if f.NArg() > 0 {
		return fmt.Errorf("%q is no option", f.Arg(0))
	}
	return nil
}

func installFiles(root string, upstart bool, out io.Writer) error {
	family, service, at, next := "systemd", "azurefile-dockervolumedriver.service", "/etc/systemd/system/azurefile-dockervolumedriver.service",
		"systemctl daemon-reload\nsystemctl enable --now azurefile-dockervolumedriver"
	if upstart {
		family, service, at, next = "upstart", "azurefile-dockervolumedriver.conf", "/etc/init/azurefile-dockervolumedriver.conf",
			"initctl reload-configuration\nstart azurefile-dockervolumedriver"
	}
	if err := installProgram(filepath.Join(root, programPath), out); err != nil {
		return err
	}
	unit, err := deploy.Files.ReadFile(family + "/" + service)
	if err != nil {
		return err
	}
	if err := write(filepath.Join(root, at), unit, 0o644, out); err != nil {
		return err
	}
	settings, err := deploy.Files.ReadFile(family + "/azurefile-dockervolumedriver.default")
	if err != nil {
		return err
	}
	file := filepath.Join(root, DefaultFile)
	switch _, err := os.Lstat(file); {
	case err == nil:
		fmt.Fprintf(out, "%s is there already and stays as it is\n", file)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	default:
		if err := write(file, settings, 0o600, out); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(out, "Fill in the account and its key, then start the driver:\nsed -i -e 's|youraccount|ACCOUNT|' -e 's|yourkey|KEY|' %s\n%s\n", file, next)
	return err
}

// installProgram copies this program, unless it is the one that is installed.
func installProgram(path string, out io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	a, err := os.Stat(self)
	if err != nil {
		return err
	}
	if b, err := os.Stat(path); err == nil && os.SameFile(a, b) {
		return nil
	}
	program, err := os.ReadFile(self)
	if err != nil {
		return err
	}
	return write(path, program, 0o755, out)
}

// write puts a file in place at once, so that a running program or a unit that is being read is never half there.
func write(path string, content []byte, mode fs.FileMode, out io.Writer) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := replaceFile(path, content); err != nil {
		return err
	}
	if err := os.Chmod(path, mode); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, "wrote "+path)
	return err
}
