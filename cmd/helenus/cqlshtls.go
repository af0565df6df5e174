package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"helenus/internal/certificate"
)

// shellTLS is how the shell speaks TLS: by the section [ssl] of cqlshrc and the variables that go before it, as with cqlsh. The server's
// certificate is checked unless validate says no, and then the file that signed it must be named.
func shellTLS(rc map[string]string) (*tls.Config, error) {
	c := certificate.Client{
		Authority:   homePath(firstOf(os.Getenv("SSL_CERTFILE"), rc["ssl.certfile"])),
		Certificate: homePath(rc["ssl.usercert"]),
		Key:         homePath(rc["ssl.userkey"]),
		Verify:      !isFalse(firstOf(os.Getenv("SSL_VALIDATE"), rc["ssl.validate"])),
		Read:        os.ReadFile,
	}
	if c.Verify && c.Authority == "" {
		return nil, fmt.Errorf("Validation is enabled; SSL transport factory requires a valid certfile to be specified. Please provide path to the certfile in [ssl] section as 'certfile' option in %s (or use [certfiles] section) or set SSL_CERTFILE environment variable", "cqlshrc")
	}
	if (c.Certificate == "") != (c.Key == "") {
		return nil, fmt.Errorf("cqlshrc: usercert and userkey of section [ssl] belong together")
	}
	t, err := c.Config()
	if err != nil {
		return nil, fmt.Errorf("--ssl: %w", err)
	}
	return t, nil
}

func homePath(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return filepath.Join(home, rest)
}

// truthy and isFalse are what Python's configuration files take for yes and no.
func truthy(text string) bool {
	switch strings.ToLower(text) {
	case "true", "yes", "on", "1":
		return true
	}
	return false
}

func isFalse(text string) bool {
	switch strings.ToLower(text) {
	case "false", "no", "off", "0":
		return true
	}
	return false
}
