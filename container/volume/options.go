package volume

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Options are what docker volume create takes by -o, as a record holds them: empty where a default applies.
type Options struct {
	Share      string `json:"share"`
	FileMode   string `json:"filemode"`
	DirMode    string `json:"dirmode"`
	UID        string `json:"uid"`
	GID        string `json:"gid"`
	NoLock     bool   `json:"nolock"`
	RemotePath string `json:"remotepath"`
	// What the old driver does not know; it reads records that have these.
	Vers      string `json:"vers,omitempty"`      // dialect of SMB
	MountOpts string `json:"mountopts,omitempty"` // further options of the kernel's, separated by blanks
	Quota     string `json:"quota,omitempty"`     // GiB, of a share that is made
}

// Defaults of mounts.
const (
	defaultMode = "0777"
	defaultID   = "0"
	defaultVers = "3.0"
)

// quotaMax is the largest share, in GiB.
const quotaMax = 102400

// errNoShare is the old driver's.
var errNoShare = errors.New("missing volume option: 'share'")

// parseOptions reads -o: names first, then the share, then values, which is the order that decides what a user with several faults sees. account is no part of a
// record's options; empty: none was named.
func parseOptions(given map[string]string) (o Options, account string, err error) {
	texts := map[string]*string{
		"share": &o.Share, "uid": &o.UID, "gid": &o.GID, "filemode": &o.FileMode, "dirmode": &o.DirMode, "remotepath": &o.RemotePath,
		"vers": &o.Vers, "mountopts": &o.MountOpts, "quota": &o.Quota, "account": &account,
	}
	names := make([]string, 0, len(given))
	for name := range given {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if texts[name] == nil && name != "nolock" {
			return o, "", fmt.Errorf("error validating metadata: not a recognized volume driver option: %q", name)
		}
	}
	if given["share"] == "" {
		return o, "", errNoShare
	}
	for _, name := range names {
		if strings.ContainsAny(given[name], ",\x00\n") {
			return o, "", fmt.Errorf("volume option '%s' may contain no comma, line end or NUL", name)
		}
		if text := texts[name]; text != nil {
			*text = given[name]
		}
	}
	if text := given["nolock"]; text != "" {
		on, err := strconv.ParseBool(text)
		if err != nil || !slices.Contains([]string{"true", "false", "1", "0"}, text) {
			return o, "", fmt.Errorf("volume option 'nolock' is %q; allowed: true, false, 1, 0", text)
		}
		o.NoLock = on
	}
	return o, account, o.check()
}

// check looks at values.
func (o Options) check() error {
	if err := checkShare(o.Share); err != nil {
		return err
	}
	for name, text := range map[string]string{"uid": o.UID, "gid": o.GID} {
		if _, err := strconv.ParseUint(text, 10, 32); text != "" && err != nil {
			return fmt.Errorf("volume option '%s' is %q; it takes a decimal number", name, text)
		}
	}
	for name, text := range map[string]string{"filemode": o.FileMode, "dirmode": o.DirMode} {
		if mode, err := strconv.ParseUint(text, 8, 32); text != "" && (err != nil || mode > 0o7777) {
			return fmt.Errorf("volume option '%s' is %q; it takes an octal number such as 0777", name, text)
		}
	}
	if o.Quota != "" {
		if n, err := strconv.ParseUint(o.Quota, 10, 32); err != nil || n == 0 || n > quotaMax {
			return fmt.Errorf("volume option 'quota' is %q; it takes a number of GiB from 1 to %d", o.Quota, quotaMax)
		}
	}
	if o.Vers != "" && !slices.Contains([]string{"3", "3.0", "3.02", "3.1.1"}, o.Vers) {
		return fmt.Errorf("volume option 'vers' is %q; allowed: 3, 3.0, 3.02, 3.1.1", o.Vers)
	}
	if err := checkMountOpts(o.MountOpts); err != nil {
		return err
	}
	return checkRemotePath(o.RemotePath)
}

// mountNames are options of the kernel's that a volume may add. Those that say which server, share or account is meant are not among them.
var mountNames = []string{
	"acdirmax", "acregmax", "actimeo", "cache", "closetimeo", "echo_interval", "handletimeout", "hard", "max_channels", "mfsymlinks", "nobrl", "nodelete", "nohandlecache",
	"nolease", "nopersistenthandles", "noperm", "noserverino", "nosharesock", "nostrictsync", "persistenthandles", "resilienthandles", "rsize", "seal", "serverino", "sfu", "soft", "wsize",
}

func checkMountOpts(text string) error {
	for _, option := range strings.Fields(text) {
		name, _, _ := strings.Cut(option, "=")
		if !slices.Contains(mountNames, name) {
			return fmt.Errorf("volume option 'mountopts' has %q; allowed, separated by blanks: %s", name, strings.Join(mountNames, " "))
		}
	}
	return nil
}

// String is what docker volume create was told, for messages.
func (o Options) String() string {
	var b strings.Builder
	b.WriteString("share=" + o.Share)
	for _, f := range [][2]string{{"remotepath", o.RemotePath}, {"uid", o.UID}, {"gid", o.GID}, {"filemode", o.FileMode}, {"dirmode", o.DirMode}, {"vers", o.Vers}, {"mountopts", o.MountOpts}, {"quota", o.Quota}} {
		if f[1] != "" {
			b.WriteString(" " + f[0] + "=" + f[1])
		}
	}
	if o.NoLock {
		b.WriteString(" nolock=true")
	}
	return b.String()
}

// or returns a text, or what stands for an empty one.
func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
