package volume

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"helenus/deploy"
)

const someKey = "c29tZS9rZXk+K2FiYw=="

// loaded reads settings of arguments, variables and a file's text.
func loaded(t *testing.T, args []string, env map[string]string, file string) (*Settings, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "azurefile-dockervolumedriver")
	if file != "" {
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return load(args, func(name string) string { return env[name] }, path)
}

// TestFamilies starts from both kinds of files as they are shipped, changed as people do, and nothing else.
func TestFamilies(t *testing.T) {
	for _, family := range []string{"systemd", "upstart"} {
		raw, err := deploy.Files.ReadFile(family + "/azurefile-dockervolumedriver.default")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := loaded(t, nil, nil, string(raw)); err == nil || !strings.Contains(err.Error(), "have not been filled in") {
			t.Errorf("%s, as shipped: %v", family, err)
		}
		filled := sed(sed(string(raw), "youraccount", "myaccount"), "yourkey", someKey)
		s, err := loaded(t, nil, nil, filled)
		if err != nil || s.Account.Name != "myaccount" || s.Account.Key != someKey || s.Account.Base != "core.windows.net" || s.RemoveShares || s.Debug {
			t.Errorf("%s: %+v, %v", family, s, err)
		}
	}
}

// sed is s/from/to/: the first match on each line.
func sed(text, from, to string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.Replace(line, from, to, 1)
	}
	return strings.Join(lines, "\n")
}

// TestSettings reads flags with one dash and two, variables and files in their order.
func TestSettings(t *testing.T) {
	keyFile := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(keyFile, []byte(someKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"AZURE_STORAGE_ACCOUNT": "fromenv", "AZURE_STORAGE_ACCOUNT_KEY": someKey, "AZURE_STORAGE_BASE": "", "DEBUG": "no idea"}
	for name, c := range map[string]struct {
		args []string
		env  map[string]string
		file string
		want Settings
	}{
		"variables":  {nil, env, "AF_ACCOUNT_NAME=other\nAF_ACCOUNT_KEY=x", Settings{Account: Account{Name: "fromenv", Key: someKey, Base: "core.windows.net"}}},
		"two dashes": {[]string{"--account-name", "flags", "--account-key-file=" + keyFile, "--storage-base", "core.chinacloudapi.cn", "--remove-shares", "--debug"}, env, "", Settings{Account: Account{Name: "flags", Key: someKey, Base: "core.chinacloudapi.cn"}, RemoveShares: true, Debug: true}},
		"one dash":   {[]string{"-account-name", "flags", "-account-key-file", keyFile, "-remove-shares", "-mountpoint=/m", "-metadata", "/v"}, nil, "", Settings{Account: Account{Name: "flags", Key: someKey, Base: "core.windows.net"}, RemoveShares: true, Mountpoint: "/m", Metadata: "/v"}},
		"key's file": {nil, map[string]string{"AZURE_STORAGE_ACCOUNT": "fromenv", "AZURE_STORAGE_ACCOUNT_KEY_FILE": keyFile, "DEBUG": "1"}, "", Settings{Account: Account{Name: "fromenv", Key: someKey, Base: "core.windows.net"}, Debug: true}},
		"file":       {nil, nil, "# a comment\nexport AF_ACCOUNT_NAME='quoted'\nAF_ACCOUNT_KEY=\"" + someKey + "\" # one more\nAZURE_STORAGE_BASE=core.usgovcloudapi.net\r\nAF_OPTS=\"--debug --remove-shares\"\n", Settings{Account: Account{Name: "quoted", Key: someKey, Base: "core.usgovcloudapi.net"}, Debug: true, RemoveShares: true}},
		"empty":      {nil, map[string]string{"AZURE_STORAGE_ACCOUNT": "fromenv", "AZURE_STORAGE_ACCOUNT_KEY": someKey, "AZURE_STORAGE_BASE": ""}, "", Settings{Account: Account{Name: "fromenv", Key: someKey, Base: "core.windows.net"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := loaded(t, c.args, c.env, c.file)
			if err != nil {
				t.Fatal(err)
			}
			if c.want.Mountpoint == "" {
				c.want.Mountpoint, c.want.Metadata = "/var/run/docker/volumedriver/azurefile", "/etc/docker/plugins/azurefile/volumes"
			}
			if s.Account != c.want.Account || s.RemoveShares != c.want.RemoveShares || s.Debug != c.want.Debug || s.Mountpoint != c.want.Mountpoint || s.Metadata != c.want.Metadata {
				t.Errorf("%+v, want %+v", s, c.want)
			}
		})
	}
}

// TestWrongSettings wants each to be named.
func TestWrongSettings(t *testing.T) {
	for _, c := range []struct {
		args []string
		env  map[string]string
		file string
		want string
	}{
		{nil, nil, "", "azure storage account name and key must be provided."},
		{[]string{"--account-name=abc"}, nil, "", "azure storage account name and key must be provided."},
		{[]string{"--account-name=abc", "--account-key-file=/none"}, nil, "", "/none"},
		{[]string{"--account-name=youraccount", "--account-key=abc"}, nil, "", "have not been filled in"},
		{[]string{"--account-name=My_Account", "--account-key=abc"}, nil, "", "no name of a storage account"},
		{[]string{"--account-name=abc", "--account-key=abc", "--storage-base=https://x/"}, nil, "", "--storage-base"},
		{[]string{"--account-name=abc", "--account-key=abc", "--colour"}, nil, "", "colour"},
		{[]string{"create"}, nil, "", `"create" is no option`},
		{nil, nil, "AF_ACCOUNT_NAME='abc\n", ":1: the quote is not closed"},
	} {
		if _, err := loaded(t, c.args, c.env, c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %q: %v, want %s", c.args, c.file, err, c.want)
		}
	}
	if s, err := loaded(t, nil, nil, "AF_ACCOUNT_NAME=abc\nAF_ACCOUNT_KEY=abc\nif [ x ]; then\n"); err != nil || len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], ":3 is no KEY=value") {
		t.Errorf("%+v, %v", s, err)
	}
	s, err := loaded(t, []string{"--account-name=abc", "--account-key=abc"}, nil, "")
	if err != nil || len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], "process list") {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := New(DriverOptions{Account: Account{Name: "abc", Key: "no base64!", Base: "x"}}); err == nil || !strings.HasPrefix(err.Error(), "error creating azure client: ") || strings.Contains(err.Error(), "base64!") {
		t.Error(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(DriverOptions{Account: Account{Name: "abc", Key: someKey, Base: "x"}, Metadata: file + "/v"}); err == nil || !strings.HasPrefix(err.Error(), "cannot initialize metadata driver: error creating "+file) {
		t.Error(err)
	}
}

// TestProcess looks at what the process says before it serves.
func TestProcess(t *testing.T) {
	t.Setenv("AZURE_STORAGE_ACCOUNT", "")
	for _, c := range []struct {
		args      []string
		status    int
		out, errs string
	}{
		{[]string{"--version"}, 0, "azurefile-dockervolumedriver version 1.2.3\n", ""},
		{[]string{"-v"}, 0, "azurefile-dockervolumedriver version 1.2.3\n", ""},
		{[]string{"-h"}, 0, usage, ""},
		{[]string{"--help"}, 0, usage, ""},
		{[]string{"--account-name=abc", "--account-key=?"}, 1, "", "level=fatal msg=\"error creating azure client: the key of account abc is not base64\""},
	} {
		var out, errs bytes.Buffer
		if status := Main(c.args, "1.2.3", &out, &errs); status != c.status || out.String() != c.out || !strings.Contains(errs.String(), c.errs) {
			t.Errorf("%q: status %d\n%s\n%s", c.args, status, &out, &errs)
		}
	}
	if strings.Contains(usage, "COMMANDS") || strings.Contains(usage, "[arguments...]") {
		t.Error(usage)
	}
}

// TestExposedFile warns of the installation's file when every user can read the key in it, also where the service manager has made variables of it.
func TestExposedFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "azurefile-dockervolumedriver")
	for text, warned := range map[string]bool{"AF_ACCOUNT_NAME=abc\nAF_ACCOUNT_KEY=" + someKey + "\n": true, "AF_ACCOUNT_NAME=abc\nAZURE_STORAGE_ACCOUNT_KEY_FILE=" + file + "\n": false} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, mode := range []os.FileMode{0o600, 0o644} {
			if err := os.Chmod(file, mode); err != nil {
				t.Fatal(err)
			}
			env := map[string]string{"AZURE_STORAGE_ACCOUNT": "abc", "AZURE_STORAGE_ACCOUNT_KEY": someKey}
			s, err := load(nil, func(name string) string { return env[name] }, file)
			if want := warned && mode == 0o644; err != nil || (len(s.Warnings) == 1) != want || want && !strings.Contains(s.Warnings[0], "every user can read it: chmod 600 "+file) {
				t.Errorf("%o %s: %+v %v", mode, text, s, err)
			}
		}
	}
}

// TestInstall writes what an installation consists of, and leaves a file that holds a key alone.
func TestInstall(t *testing.T) {
	for family, service := range map[string]string{"systemd": "/etc/systemd/system/azurefile-dockervolumedriver.service", "upstart": "/etc/init/azurefile-dockervolumedriver.conf"} {
		root := t.TempDir()
		args := []string{"install", "--root", root}
		if family == "upstart" {
			args = append(args, "--upstart")
		}
		var out, errs bytes.Buffer
		if status := Main(args, "", &out, &errs); status != 0 {
			t.Fatalf("status %d\n%s", status, &errs)
		}
		for path, mode := range map[string]os.FileMode{service: 0o644, DefaultFile: 0o600, programPath: 0o755} {
			if info, err := os.Stat(root + path); err != nil || info.Mode().Perm() != mode {
				t.Errorf("%s: %v", path, err)
			}
		}
		if err := os.WriteFile(root+DefaultFile, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if status := Main(args, "", &out, &errs); status != 0 {
			t.Fatalf("again: status %d\n%s", status, &errs)
		}
		if raw, err := os.ReadFile(root + DefaultFile); err != nil || string(raw) != "mine" {
			t.Errorf("%s %v", raw, err)
		}
	}
	var out, errs bytes.Buffer
	if status := Main([]string{"install", "--colour"}, "", &out, &errs); status != 2 {
		t.Errorf("status %d", status)
	}
}
