package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// accountsSuffix makes the name of the file of further accounts from that of the settings.
const accountsSuffix = ".accounts"

// readAccounts reads a file of further accounts, one a line: NAME=KEY, or NAME=KEY DOMAIN where an account's endpoints are not in the domain base. Quotes and
// comments are those of the settings' file. A missing file says nothing, unless it was asked for.
func readAccounts(path, base string, asked bool) (all []Account, warnings []string, err error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !asked {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the file of further accounts: %w", err)
	}
	for i, line := range strings.Split(string(raw), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		// No error here shows the line: it may hold a key.
		name, value, ok := strings.Cut(line, "=")
		if value, closed := unquote(value); ok && closed {
			words := strings.Fields(value)
			if len(words) == 1 {
				words = append(words, base)
			}
			if len(words) == 2 {
				a := Account{Name: strings.TrimSpace(name), Key: words[0], Base: words[1]}
				if err := a.check(); err != nil {
					return nil, nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
				}
				all = append(all, a)
				continue
			}
		}
		return nil, nil, fmt.Errorf("%s:%d is neither NAME=KEY nor NAME=KEY DOMAIN", path, i+1)
	}
	if len(all) > 0 {
		warnings = append(warnings, exposed(path, "keys of accounts")...)
	}
	return all, warnings, nil
}

// exposed warns of a file with secrets that every user can read.
func exposed(path, what string) []string {
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o004 != 0 {
		return []string{fmt.Sprintf("%s holds %s and every user can read it: chmod 600 %[1]s", path, what)}
	}
	return nil
}

// check looks at an account's name and domain.
func (a Account) check() error {
	switch {
	case strings.Trim(a.Name, "abcdefghijklmnopqrstuvwxyz0123456789") != "" || len(a.Name) < 3 || len(a.Name) > 24:
		return fmt.Errorf("the account is %q, which is no name of a storage account: 3 to 24 lower-case letters and digits", a.Name)
	case strings.Trim(a.Base, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") != "" || strings.HasPrefix(a.Base, ".") || strings.HasPrefix(a.Base, "file."):
		return fmt.Errorf("the domain of the endpoints (--storage-base) is %q; it takes the domain behind ACCOUNT.file., such as core.windows.net or core.chinacloudapi.cn", a.Base)
	}
	return nil
}

// openAccounts makes what speaks to each account's service. An account that is named twice has to be the same.
func openAccounts(first Account, further []Account) (map[string]*shares, error) {
	all := map[string]*shares{}
	for _, a := range append([]Account{first}, further...) {
		s, err := newShares(a)
		if err != nil {
			return nil, fmt.Errorf("error creating azure client: %w", err)
		}
		if before := all[a.Name]; before != nil {
			if before.account.Key != a.Key || before.account.Base != a.Base {
				return nil, fmt.Errorf("account %s is there twice, with different keys or domains", a.Name)
			}
			continue
		}
		all[a.Name] = s
	}
	return all, nil
}

// accountOf returns the account that a volume is to be on: the one that -o account names, or the driver's own.
func (d *Driver) accountOf(name string) (*shares, error) {
	if name == "" {
		return d.home, nil
	}
	if s := d.accounts[name]; s != nil {
		return s, nil
	}
	var names []string
	for n := range d.accounts {
		names = append(names, n)
	}
	slices.Sort(names)
	return nil, fmt.Errorf("volume option 'account' is %q; the driver has keys of: %s", name, strings.Join(names, ", "))
}
