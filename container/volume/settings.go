package volume

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// Settings are the process's. Flags win over variables, variables over the file.
type Settings struct {
	Account      Account
	Accounts     []Account // further ones
	RemoveShares bool
	Debug        bool
	Mountpoint   string
	Metadata     string
	// Warnings are said once the log is there.
	Warnings []string
}

// Defaults of flags.
const (
	defaultBase       = "core.windows.net"
	defaultMountpoint = "/var/run/docker/volumedriver/azurefile"
	defaultMetadata   = "/etc/docker/plugins/azurefile/volumes"
)

// ErrHelp is returned when only the usage was asked for, errVersion when the version was.
var (
	ErrHelp    = flag.ErrHelp
	errVersion = errors.New("version")
)

// errNoAccount is the old driver's.
var errNoAccount = errors.New("azure storage account name and key must be provided.") //nolint:staticcheck // the old driver's words, dot and all

// Placeholders of the files that installations begin with.
const (
	placeholderAccount = "youraccount"
	placeholderKey     = "yourkey"
)

type flags struct {
	set                                                         *flag.FlagSet
	account, key, keyFile, accounts, base, mountpoint, metadata string
	removeShares, debug, version, versionShort, help, helpShort bool
}

func newFlags(debug bool) *flags {
	f := &flags{set: flag.NewFlagSet("azurefile-dockervolumedriver", flag.ContinueOnError)}
	f.set.SetOutput(io.Discard)
	f.set.StringVar(&f.account, "account-name", "", "")
	f.set.StringVar(&f.key, "account-key", "", "")
	f.set.StringVar(&f.keyFile, "account-key-file", "", "")
	f.set.StringVar(&f.accounts, "accounts-file", "", "")
	f.set.StringVar(&f.base, "storage-base", "", "")
	f.set.BoolVar(&f.removeShares, "remove-shares", false, "")
	f.set.BoolVar(&f.debug, "debug", debug, "")
	f.set.StringVar(&f.mountpoint, "mountpoint", defaultMountpoint, "")
	f.set.StringVar(&f.metadata, "metadata", defaultMetadata, "")
	f.set.BoolVar(&f.version, "version", false, "")
	f.set.BoolVar(&f.versionShort, "v", false, "")
	f.set.BoolVar(&f.help, "help", false, "")
	f.set.BoolVar(&f.helpShort, "h", false, "")
	return f
}

// usage is without commands and arguments: there are none.
const usage = `NAME:
   azurefile-dockervolumedriver - Azure Files volumes for Docker

USAGE:
   azurefile-dockervolumedriver [options]

OPTIONS:
   --account-name NAME       storage account [$AZURE_STORAGE_ACCOUNT]
   --account-key KEY         its key, base64; visible in the process list, so better: [$AZURE_STORAGE_ACCOUNT_KEY]
   --account-key-file FILE   a file with the key [$AZURE_STORAGE_ACCOUNT_KEY_FILE]
   --accounts-file FILE      a file of further accounts, NAME=KEY a line, for volumes that name one by -o account [$AZURE_STORAGE_ACCOUNTS_FILE]
                             (default: "/etc/default/azurefile-dockervolumedriver.accounts", where it is there)
   --storage-base DOMAIN     domain of the account's endpoints (default: "core.windows.net") [$AZURE_STORAGE_BASE]
   --remove-shares           delete a volume's share, with its data, when the volume is removed
   --debug                   log more [$DEBUG]
   --mountpoint DIR          parent directory of the mounts (default: "/var/run/docker/volumedriver/azurefile")
   --metadata DIR            directory of the volumes' records (default: "/etc/docker/plugins/azurefile/volumes")
   --help, -h                show this
   --version, -v             print the version

Where no variable gives an account, /etc/default/azurefile-dockervolumedriver is read. helenus volume-driver install writes it, and a systemd unit.
`

// load reads flags, variables and, where neither names an account, the file.
func load(args []string, getenv func(string) string, file string) (*Settings, error) {
	debug, _ := strconv.ParseBool(getenv("DEBUG")) // what can't be read is off, as it was
	f := newFlags(debug)
	if err := f.parse(args); err != nil {
		return nil, err
	}
	c, err := readFile(file)
	if f.account != "" || getenv("AZURE_STORAGE_ACCOUNT") != "" {
		c = configured{exposed: c.exposed} // its service manager has read it; that others can, too, is worth a word all the same
	} else {
		if err != nil {
			return nil, err
		}
		if further := strings.Fields(c.value("AF_OPTS")); len(further) > 0 {
			f = newFlags(debug)
			if err := f.parse(append(further, args...)); err != nil {
				return nil, fmt.Errorf("%s, AF_OPTS, and the command line: %w", file, err)
			}
		}
	}
	s := &Settings{RemoveShares: f.removeShares, Debug: f.debug, Mountpoint: f.mountpoint, Metadata: f.metadata, Warnings: append(c.warnings, c.exposed...)}
	s.Account.Name = first(f.account, getenv("AZURE_STORAGE_ACCOUNT"), c.value("AZURE_STORAGE_ACCOUNT", "AF_ACCOUNT_NAME"))
	s.Account.Base = first(f.base, getenv("AZURE_STORAGE_BASE"), c.value("AZURE_STORAGE_BASE"), defaultBase)
	key, warnings, err := f.accountKey(getenv, c)
	if err != nil {
		return nil, err
	}
	s.Account.Key, s.Warnings = key, append(s.Warnings, warnings...)
	if f.key != "" {
		s.Warnings = append(s.Warnings, "--account-key shows the key in the process list; use --account-key-file, or AZURE_STORAGE_ACCOUNT_KEY")
	}
	if err := s.check(file); err != nil {
		return nil, err
	}
	return s, s.furtherAccounts(first(f.accounts, getenv("AZURE_STORAGE_ACCOUNTS_FILE"), c.value("AZURE_STORAGE_ACCOUNTS_FILE")), file)
}

func (f *flags) parse(args []string) error {
	err := f.set.Parse(args)
	switch {
	case err != nil:
		return err
	case f.help || f.helpShort:
		return ErrHelp
	case f.version || f.versionShort:
		return errVersion
	case f.set.NArg() > 0:
		return fmt.Errorf("%q is no option, and there are no commands; --help shows the options", f.set.Arg(0))
	}
	return nil
}

// accountKey takes the key from where it is given first.
func (f *flags) accountKey(getenv func(string) string, c configured) (text string, warnings []string, err error) {
	key, file := f.key, f.keyFile
	if key == "" && file == "" {
		key, file = getenv("AZURE_STORAGE_ACCOUNT_KEY"), getenv("AZURE_STORAGE_ACCOUNT_KEY_FILE")
	}
	if key == "" && file == "" {
		key, file = c.value("AZURE_STORAGE_ACCOUNT_KEY", "AF_ACCOUNT_KEY"), c.value("AZURE_STORAGE_ACCOUNT_KEY_FILE")
	}
	if key != "" || file == "" {
		return key, nil, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", nil, fmt.Errorf("the file of the account's key: %w", err)
	}
	return strings.TrimSpace(string(raw)), exposed(file, "the account's key"), nil
}

// check finds what can't work, before anything is asked for.
func (s *Settings) check(file string) error {
	a := s.Account
	switch {
	case a.Name == "" || a.Key == "":
		return errNoAccount
	case a.Name == placeholderAccount || a.Key == placeholderKey:
		return fmt.Errorf("account name and key have not been filled in: they are still %q or %q; edit %s, or give AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_ACCOUNT_KEY", placeholderAccount, placeholderKey, file)
	}
	return a.check()
}

// furtherAccounts reads them from the file that is named, or else beside that of the settings.
func (s *Settings) furtherAccounts(named, file string) (err error) {
	var warnings []string
	s.Accounts, warnings, err = readAccounts(first(named, file+accountsSuffix), s.Account.Base, named != "")
	s.Warnings = append(s.Warnings, warnings...)
	return err
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
