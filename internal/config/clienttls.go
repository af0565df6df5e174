package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"helenus/internal/certificate"
)

// ClientTLS is the TLS that clients speak.
type ClientTLS struct {
	// Optional lets them choose. SecurePort is where TLS is spoken beside the plain port; 0: on that port itself.
	Optional   bool
	SecurePort int
	// Keystore and Truststore are files with what opens them; Require has clients show certificates.
	Keystore, Truststore certificate.File
	Require, Verify      bool // Verify: those that are shown
	// Newest asks for TLS 1.3. Suites are cipher suites of TLS 1.2; none: the safe ones.
	Newest bool
	Suites []uint16
}

// ClientTLS returns how clients speak TLS, or nil when they do not.
func (s *Settings) ClientTLS() *ClientTLS {
	if truth(s.text("client_encryption")) != "true" {
		return nil
	}
	t := &ClientTLS{
		Optional: truth(s.text("client_optional")) == "true", Require: truth(s.text("client_auth")) == "true", Verify: s.text("client_auth") == "optional",
		Keystore:   certificate.File{Name: s.text("client_keystore"), Password: s.text("client_keystore_password")},
		Truststore: certificate.File{Name: s.text("client_truststore"), Password: s.text("client_truststore_password")},
		Newest:     s.text("client_protocol") == "TLSv1.3",
	}
	t.SecurePort, _ = strconv.Atoi(s.text("native_transport_port_ssl")) // it was checked
	if t.SecurePort == s.Port() {
		t.SecurePort = 0
	}
	if all := split(s.text("client_protocols")); len(all) == 1 && all[0] == "TLSv1.3" {
		t.Newest = true
	}
	for _, name := range split(s.text("client_ciphers")) {
		if id, _ := certificate.Suite(name); id != 0 {
			t.Suites = append(t.Suites, id)
		}
	}
	return t
}

// deriveTLS finds the files of TLS, and reads passwords that stand in files.
func (l *loader) deriveTLS() {
	if truth(l.out.text("client_encryption")) != "true" {
		if v := l.out.values["native_transport_port_ssl"]; v.Text != "" {
			l.fault("%s is %s, but clients do not speak TLS: set client_encryption_options.enabled, too", v.Source, v.Text)
		}
		return
	}
	for _, name := range []string{"client_keystore", "client_truststore"} {
		v := l.out.values[name]
		if v.Text != "" && !filepath.IsAbs(v.Text) {
			if _, err := os.Stat(v.Text); err != nil {
				v.Text = filepath.Join(l.confDir(), v.Text)
				l.out.values[name] = v
			}
		}
		if file := l.out.values[name+"_password_file"]; file.Text != "" {
			text, err := readValue(file.Text)
			if err != nil {
				l.fault("%s: %v", file.Source, err)
			}
			l.out.values[name+"_password"] = Value{text, file.Source}
		}
	}
	enabled := l.out.values["client_encryption"]
	if l.out.text("client_keystore") == "" {
		l.fault("%s is %s, but no keystore is named: set client_encryption_options.keystore to a file with the node's key and certificates", enabled.Source, enabled.Text)
	}
	if v := l.out.values["client_ciphers"]; v.Text != "" {
		var weak []string
		for _, name := range split(v.Text) {
			if id, _ := certificate.Suite(name); id == 0 && !strings.HasPrefix(name, "TLS_AES_") && !strings.HasPrefix(name, "TLS_CHACHA20_") {
				weak = append(weak, name)
			}
		}
		if weak != nil {
			l.out.Warnings = append(l.out.Warnings, fmt.Sprintf("%s: cipher suites that are not safe, or not there, are left out: %s", v.Source, strings.Join(weak, ", ")))
		}
		if len(weak) == len(split(v.Text)) {
			l.fault("%s: none of the cipher suites is safe; leave it out for those that are", v.Source)
		}
	}
}

func protocols(text string) string {
	for _, name := range split(text) {
		if allowed := oneOf("TLSv1.2", "TLSv1.3")(name); allowed != "" {
			return allowed
		}
	}
	return ""
}

func suites(text string) string {
	for _, name := range split(text) {
		if !strings.HasPrefix(name, "TLS_") {
			return "names such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
		}
	}
	return ""
}

func optionalPort(text string) string {
	if text == "" {
		return ""
	}
	return number(1, 65535)(text)
}
