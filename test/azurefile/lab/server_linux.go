package lab

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// smbConf is as near to Azure Files as Samba comes: SMB 3 with encryption, one user, writes synced when asked for, no POSIX extensions, hard
// limits between open files and renames.
const smbConf = `[global]
	server role = standalone server
	interfaces = %[2]s/24
	bind interfaces only = yes
	smb ports = 445
	disable netbios = yes
	server min protocol = SMB3_00
	server smb encrypt = required
	server signing = mandatory
	ntlm auth = ntlmv2-only
	unix extensions = no
	passdb backend = tdbsam:%[1]s/private/passdb.tdb
	username map = %[1]s/users
	private dir = %[1]s/private
	lock directory = %[1]s/lock
	state directory = %[1]s/state
	cache directory = %[1]s/cache
	pid directory = %[1]s/run
	ncalrpc dir = %[1]s/rpc
	log file = %[1]s/log
	max log size = 1000
	log level = 1
	load printers = no
	printcap name = /dev/null
	disable spoolss = yes
	usershare path =
	strict sync = yes
	case sensitive = no
	preserve case = yes
	force user = root
	create mask = 0666
	directory mask = 0777
	read only = no
	ea support = yes
	kernel share modes = no
	kernel oplocks = no
	posix locking = no
	durable handles = yes
	include = %[1]s/shares.conf
`

// server is Samba.
type server struct {
	dir     string // its own files
	shares  string // a folder for each share
	address string
	smbd    *process
}

func newServer(dir, address, account, key string) (*server, error) {
	s := &server{dir: filepath.Join(dir, "samba"), shares: filepath.Join(dir, "shares"), address: address}
	for name, mode := range map[string]os.FileMode{"private": 0o700, "lock": 0o755, "state": 0o755, "cache": 0o755, "run": 0o755, "rpc": 0o755} {
		if err := os.MkdirAll(filepath.Join(s.dir, name), mode); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(s.shares, 0o755); err != nil {
		return nil, err
	}
	for name, content := range map[string]string{"smb.conf": fmt.Sprintf(smbConf, s.dir, address), "users": "nobody = " + account + "\n", "shares.conf": ""} {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(content), 0o600); err != nil {
			return nil, err
		}
	}
	cmd := exec.Command("smbpasswd", "-c", s.conf(), "-s", "-a", "nobody")
	cmd.Stdin = strings.NewReader(key + "\n" + key + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("smbpasswd: %w\n%s", err, out)
	}
	return s, s.start()
}

func (s *server) conf() string { return filepath.Join(s.dir, "smb.conf") }

// startWithin bounds the wait for what the lab starts; the machine may be busy.
const startWithin = 2 * time.Minute

func (s *server) start() (err error) {
	if s.smbd, err = startProcess(filepath.Join(s.dir, "out"), "smbd", "-F", "--no-process-group", "-s", s.conf()); err != nil {
		return err
	}
	for began := time.Now(); ; {
		c, err := net.Dial("tcp", s.address+":445")
		if err == nil {
			return c.Close()
		}
		if time.Since(began) > startWithin {
			return fmt.Errorf("smbd does not answer: %w\n%s%s", err, s.smbd.tail(), tail(filepath.Join(s.dir, "log")))
		}
		<-time.After(20 * time.Millisecond)
	}
}

// stop ends it at once: sessions and locks die with it.
func (s *server) stop() error { return s.smbd.kill() }

// make makes a share, or a directory in one.
func (s *server) make(share, path string) error {
	if err := os.MkdirAll(filepath.Join(s.shares, share, path), 0o777); err != nil || path != "" {
		return err
	}
	return s.tell()
}

// remove deletes a share.
func (s *server) remove(share string) error {
	if err := os.RemoveAll(filepath.Join(s.shares, share)); err != nil {
		return err
	}
	return s.tell()
}

// tell has the server read the list of shares again.
func (s *server) tell() error {
	all, err := os.ReadDir(s.shares)
	if err != nil {
		return err
	}
	var conf strings.Builder
	for _, share := range all {
		fmt.Fprintf(&conf, "[%s]\n\tpath = %s\n", share.Name(), filepath.Join(s.shares, share.Name()))
	}
	if err := os.WriteFile(filepath.Join(s.dir, "shares.conf"), []byte(conf.String()), 0o600); err != nil {
		return err
	}
	return run("smbcontrol", "-s", s.conf(), "smbd", "reload-config")
}
