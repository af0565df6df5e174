//go:build linux

package process

import (
	"fmt"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// Account is who a process runs as.
type Account struct {
	UID, GID int
	Groups   []int // further ones
	Home     string
}

// ParseAccount reads user or user:group, by names or numbers. A number needs no entry in /etc/passwd: its group is then 0, as Docker has it,
// and its home /.
func ParseAccount(text string) (Account, error) {
	name, group, hasGroup := strings.Cut(text, ":")
	a := Account{Home: "/"}
	u, err := user.Lookup(name)
	if err != nil {
		u, err = user.LookupId(name)
	}
	number, numberErr := strconv.Atoi(name)
	switch {
	case err == nil:
		if err := a.fill(u); err != nil {
			return a, err
		}
	case numberErr == nil && number >= 0:
		a.UID = number
	default:
		return a, fmt.Errorf("there is no user %s", name)
	}
	if !hasGroup {
		return a, nil
	}
	a.Groups = nil
	if a.GID, err = groupID(group); err != nil {
		return a, err
	}
	return a, nil
}

func (a *Account) fill(u *user.User) error {
	var err error
	if a.UID, err = strconv.Atoi(u.Uid); err != nil {
		return err
	}
	if a.GID, err = strconv.Atoi(u.Gid); err != nil {
		return err
	}
	a.Home = u.HomeDir
	groups, err := u.GroupIds()
	if err != nil {
		return fmt.Errorf("groups of %s: %w", u.Username, err)
	}
	for _, g := range groups {
		if id, err := strconv.Atoi(g); err == nil {
			a.Groups = append(a.Groups, id)
		}
	}
	return nil
}

func groupID(text string) (int, error) {
	if g, err := user.LookupGroup(text); err == nil {
		text = g.Gid
	}
	id, err := strconv.Atoi(text)
	if err != nil || id < 0 {
		return 0, fmt.Errorf("there is no group %s", text)
	}
	return id, nil
}

// ParseOwner reads what chown takes: user, user:group, user: or :group. -1 stands for what stays as it is.
func ParseOwner(text string) (uid, gid int, err error) {
	name, group, hasGroup := strings.Cut(text, ":")
	uid, gid = -1, -1
	if name != "" {
		a, err := ParseAccount(name)
		if err != nil {
			return 0, 0, err
		}
		uid = a.UID
		if hasGroup && group == "" {
			gid = a.GID
		}
	}
	if group != "" {
		gid, err = groupID(group)
	}
	return uid, gid, err
}

// Become makes the whole process run as the account. Root only.
func (a Account) Become() error {
	if err := syscall.Setgroups(a.Groups); err != nil {
		return fmt.Errorf("set the groups of uid %d: %w", a.UID, err)
	}
	if err := syscall.Setgid(a.GID); err != nil {
		return fmt.Errorf("become gid %d: %w", a.GID, err)
	}
	if err := syscall.Setuid(a.UID); err != nil {
		return fmt.Errorf("become uid %d: %w", a.UID, err)
	}
	return nil
}
