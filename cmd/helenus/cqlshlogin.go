package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/term"

	"helenus/client/shell"
)

// shellLogin is who a shell logs in as; empty: nobody.
type shellLogin struct{ user, password string }

// login finds out who logs in: by flags, by variables, by the file of credentials, by cqlshrc. A user without a password is asked for it at a
// terminal.
func (f *shellFlags) login(rc map[string]string) (shellLogin, error) {
	if f.user != "" {
		l := shellLogin{f.user, f.password}
		if l.password == "" {
			l.password = f.passwordOf(l.user, rc)
		}
		if l.password == "" && term.IsTerminal(int(os.Stdin.Fd())) {
			var err error
			l.password, err = askPassword()
			return l, err
		}
		return l, nil
	}
	if user := os.Getenv("CQLSH_USERNAME"); user != "" {
		return shellLogin{user, os.Getenv("CQLSH_PASSWORD")}, nil
	}
	kept, err := f.readCredentials(rc)
	if err != nil {
		return shellLogin{}, err
	}
	for _, section := range []string{"plaintextauthprovider", "auth_provider", "authentication"} {
		if user := kept[section+".username"]; user != "" {
			return shellLogin{user, kept[section+".password"]}, nil
		}
	}
	return shellLogin{rc["authentication.username"], firstOf(f.password, rc["authentication.password"])}, nil
}

// passwordOf is the password that is kept for a user, if it is.
func (f *shellFlags) passwordOf(user string, rc map[string]string) string {
	kept, err := f.readCredentials(rc)
	if err == nil && kept["plaintextauthprovider.username"] == user {
		return kept["plaintextauthprovider.password"]
	}
	if rc["authentication.username"] == user {
		return rc["authentication.password"]
	}
	return ""
}

// readCredentials reads the file of credentials; only one that was named must exist.
func (f *shellFlags) readCredentials(rc map[string]string) (map[string]string, error) {
	file := firstOf(f.credentials, rc["authentication.credentials"])
	named := file != ""
	if !named {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, nil
		}
		file = filepath.Join(home, ".cassandra", "credentials")
	}
	kept, err := shell.ReadRC(file)
	if err != nil && (named || !errors.Is(err, os.ErrNotExist)) {
		return nil, fmt.Errorf("--credentials: %w", err)
	}
	return kept, nil
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// askPassword asks at the terminal, without showing what is typed.
func askPassword() (string, error) {
	fmt.Fprint(os.Stderr, "Password: ")
	text, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(os.Stderr)
	return string(text), err
}
