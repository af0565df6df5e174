package volume

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"helenus/test/azurefile/fake"
)

const secondAccount = "secondaccount"

// newPair is a rig whose driver has keys of two accounts.
func newPair(t *testing.T, removeShares bool) (g *rig, second *fake.Service) {
	t.Helper()
	second = &fake.Service{Account: secondAccount, Key: []byte("another key"), Host: secondAccount + ".file.core.chinacloudapi.cn"}
	g = newRig(t, func(o *DriverOptions) {
		o.RemoveShares = removeShares
		o.Accounts = []Account{{Name: secondAccount, Key: second.KeyText(), Base: "core.chinacloudapi.cn", Transport: transportTo(t, second)}}
	})
	return g, second
}

// TestAccounts guards that a volume's share is made, mounted and removed on the account that it names, with that account's key, and on the first where it names none.
func TestAccounts(t *testing.T) {
	g, second := newPair(t, true)
	g.ok("Create", createBody("one", "share=myshare"))
	g.ok("Create", createBody("two", "share=myshare", "account="+secondAccount, "remotepath=/a/b"))
	g.ok("Create", createBody("two", "share=myshare", "account="+secondAccount, "remotepath=/a/b"))
	g.ok("Create", createBody("three", "share=other", "account="+testAccount))
	if all := second.Shares(); len(all) != 1 || len(all["myshare"]) != 2 {
		t.Errorf("on the second account: %v", all)
	}
	if all := g.service.Shares(); len(all) != 2 || len(all["myshare"]) != 0 {
		t.Errorf("on the first account: %v", all)
	}
	for name, want := range map[string][2]string{
		"one": {"//myaccount.file.core.windows.net/myshare", "username=myaccount,password=" + g.service.KeyText() + ","},
		"two": {"//secondaccount.file.core.chinacloudapi.cn/myshare/a/b", "username=secondaccount,password=" + second.KeyText() + ","},
	} {
		g.ok("Mount", with(name, "a"))
		mounts, err := g.driver.mounts(name)
		if err != nil || len(mounts) != 1 || mounts[0].Source != want[0] {
			t.Errorf("%s: %v %v", name, mounts, err)
		}
		if data := g.kernel.data[len(g.kernel.data)-1]; !strings.Contains(data, want[1]) {
			t.Errorf("%s: %s", name, data)
		}
	}
	if got := g.ok("Get", named("two")); !strings.Contains(got, `"account":"secondaccount"`) {
		t.Error(got)
	}
	if got := g.fails("Create", createBody("two", "share=myshare", "remotepath=/a/b")); !strings.Contains(got, "on account secondaccount; asked for: share=myshare remotepath=/a/b on account myaccount") {
		t.Error(got)
	}
	got := g.fails("Create", createBody("four", "share=myshare", "account=third"))
	if got != "volume option 'account' is \"third\"; the driver has keys of: myaccount, secondaccount" {
		t.Error(got)
	}
	// A share of the same name on the other account is another share.
	g.ok("Unmount", with("two", "a"))
	g.ok("Remove", named("two"))
	if all := second.Shares(); len(all) != 0 {
		t.Errorf("on the second account: %v", all)
	}
	if all := g.service.Shares(); len(all) != 2 {
		t.Errorf("on the first account: %v", all)
	}
	for _, key := range []string{g.service.KeyText(), second.KeyText()} {
		if strings.Contains(g.log.String(), key) {
			t.Error("a key is in the log")
		}
	}
}

// TestAccountRecord guards that the old driver reads a record of a further account, and refuses it by its own check; and that a driver without the account's key does, too.
func TestAccountRecord(t *testing.T) {
	g, second := newPair(t, true)
	g.ok("Create", createBody("v", "share=myshare", "account="+secondAccount))
	raw, err := os.ReadFile(filepath.Join(g.metadata, "v"))
	if err != nil {
		t.Fatal(err)
	}
	if _, tail, _ := strings.Cut(string(raw), `"account"`); tail != `:"secondaccount","options":{"share":"myshare","filemode":"","dirmode":"","uid":"","gid":"","nolock":false,"remotepath":""}}` {
		t.Errorf("%s", raw)
	}
	g.stop()
	g.options.Accounts = nil
	g.start()
	if got := g.fails("Mount", with("v", "a")); got != "volume hosted on a different account ('secondaccount') cannot mount" {
		t.Error(got)
	}
	if got := g.fails("Remove", named("v")); got != "volume hosted on a different account ('secondaccount') cannot remove its share" {
		t.Error(got)
	}
	if all := second.Shares(); len(all) != 1 {
		t.Errorf("%v", all)
	}
}

// TestAccountsFile reads a file of further accounts, and never shows what may be a key.
func TestAccountsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "accounts")
	first := map[string]string{"AZURE_STORAGE_ACCOUNT": "first", "AZURE_STORAGE_ACCOUNT_KEY": someKey, "AZURE_STORAGE_BASE": "core.windows.net", "AZURE_STORAGE_ACCOUNTS_FILE": file}
	read := func(text string) (*Settings, error) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return loaded(t, nil, first, "")
	}
	other := base64.StdEncoding.EncodeToString([]byte("a second"))
	s, err := read("# further\n\nsecond=" + other + "\nthird = '" + someKey + " core.usgovcloudapi.net' # in another cloud\n")
	want := []Account{{Name: "second", Key: other, Base: "core.windows.net"}, {Name: "third", Key: someKey, Base: "core.usgovcloudapi.net"}}
	if err != nil || len(s.Accounts) != 2 || s.Accounts[0] != want[0] || s.Accounts[1] != want[1] || len(s.Warnings) != 0 {
		t.Errorf("%+v %v", s, err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if s, err = loaded(t, nil, first, ""); err != nil || len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], "every user can read it: chmod 600 "+file) {
		t.Errorf("%+v %v", s, err)
	}
	if s, err = loaded(t, []string{"--accounts-file=" + file}, map[string]string{"AZURE_STORAGE_ACCOUNT": "first", "AZURE_STORAGE_ACCOUNT_KEY": someKey}, ""); err != nil || len(s.Accounts) != 2 {
		t.Errorf("by the flag: %+v %v", s, err)
	}
	for text, says := range map[string]string{
		"Second=" + other:                    ":1: the account is \"Second\", which is no name",
		"second=" + other + " https://x/":    ":1: the domain of the endpoints",
		"# one\n" + other:                    ":2 is neither NAME=KEY nor NAME=KEY DOMAIN",
		"second=":                            ":1 is neither",
		"second='" + other:                   ":1 is neither",
		"second=" + other + " one.net two":   ":1 is neither",
		other + "=" + other + "\nsecond=abc": ":1: the account is",
	} {
		_, err := read(text)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %s", text, err, says)
		}
		if err != nil && !strings.Contains(text, other+"=") && strings.Contains(err.Error(), other) {
			t.Errorf("the key is in %v", err)
		}
	}
	first["AZURE_STORAGE_ACCOUNTS_FILE"] = file + ".none"
	if _, err := loaded(t, nil, first, ""); err == nil || !strings.Contains(err.Error(), "the file of further accounts") {
		t.Error(err)
	}
	// Beside the settings' file nobody has to name it.
	dir := t.TempDir()
	settings := filepath.Join(dir, "azurefile-dockervolumedriver")
	for path, text := range map[string]string{settings: "AF_ACCOUNT_NAME=first\nAF_ACCOUNT_KEY=" + someKey + "\nAZURE_STORAGE_BASE=core.chinacloudapi.cn\n", settings + ".accounts": "second=" + other + "\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if s, err = load(nil, func(string) string { return "" }, settings); err != nil || len(s.Accounts) != 1 || s.Accounts[0].Base != "core.chinacloudapi.cn" {
		t.Errorf("%+v %v", s, err)
	}
}

// TestAccountTwice refuses an account with two keys, and takes one that is only named again.
func TestAccountTwice(t *testing.T) {
	o := DriverOptions{Account: Account{Name: "abc", Key: someKey, Base: "x"}, Metadata: filepath.Join(t.TempDir(), "v")}
	o.Accounts = []Account{o.Account}
	if _, err := New(o); err != nil {
		t.Error(err)
	}
	o.Accounts = []Account{{Name: "abc", Key: "d3Jvbmc=", Base: "x"}}
	if _, err := New(o); err == nil || err.Error() != "account abc is there twice, with different keys or domains" {
		t.Error(err)
	}
	o.Accounts = []Account{{Name: "def", Key: "no base64!", Base: "x"}}
	if _, err := New(o); err == nil || !strings.Contains(err.Error(), "account def") || strings.Contains(err.Error(), "base64!") {
		t.Error(err)
	}
}

// TestExposedKeyFile warns of a file with a key that every user can read.
func TestExposedKeyFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(someKey), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, warnings := range map[os.FileMode]int{0o600: 0, 0o644: 1} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		s, err := loaded(t, []string{"--account-name=abc", "--account-key-file=" + file}, nil, "")
		if err != nil || len(s.Warnings) != warnings || warnings == 1 && !strings.Contains(s.Warnings[0], "chmod 600 "+file) {
			t.Errorf("%o: %+v %v", mode, s, err)
		}
	}
}
