package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"
)

// File is a key store or trust store with what opens it.
type File struct{ Name, Password string }

// Server says how clients are served with TLS.
type Server struct {
	// Key holds the server's key and certificates, Trust those of the authorities whose clients are let in: all have to show a certificate with
	// Require, those that show one are looked at with Verify.
	Key, Trust      File
	Require, Verify bool
	// Least is the oldest version of TLS; 0: 1.2. Suites are the cipher suites of TLS 1.2; none: Go's choice.
	Least  uint16
	Suites []uint16
	// Read reads a file, Stat tells when it was changed.
	Read func(name string) ([]byte, error)
	Stat func(name string) (fs.FileInfo, error)
	Now  func() time.Time
	// Failed is told when files that were changed can't be used: the old ones stay in use.
	Failed func(error)
}

// lookEvery is how often files are looked at for changes, at most.
const lookEvery = time.Second

// Config returns a configuration that follows changes of the files. The error says what is wrong with them now.
func (s Server) Config() (*tls.Config, error) {
	r := &reloading{server: s}
	current, err := r.load()
	if err != nil {
		return nil, err
	}
	r.current = current
	r.stamp, r.looked = r.stamps(), s.Now()
	return &tls.Config{
		MinVersion:         max(s.Least, tls.VersionTLS12),
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return r.config(), nil },
	}, nil
}

// reloading has the configuration of the files as they were last read.
type reloading struct {
	server Server

	mu      sync.Mutex
	current *tls.Config // guarded by mu
	stamp   string      // of the files that current was made from; guarded by mu
	looked  time.Time   // guarded by mu
}

// config returns the configuration for a connection that begins now.
func (r *reloading) config() *tls.Config {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.server.Now(); now.Sub(r.looked).Abs() >= lookEvery {
		r.looked = now
		if stamp := r.stamps(); stamp != r.stamp {
			r.stamp = stamp
			next, err := r.load()
			if err == nil {
				r.current = next
			} else if r.server.Failed != nil {
				r.server.Failed(err)
			}
		}
	}
	return r.current
}

func (r *reloading) stamps() (all string) {
	for _, f := range []File{r.server.Key, r.server.Trust} {
		if f.Name == "" {
			continue
		}
		info, err := r.server.Stat(f.Name)
		if err != nil {
			all += err.Error()
			continue
		}
		all += fmt.Sprint(info.ModTime().UnixNano(), info.Size(), ";")
	}
	return all
}

func (r *reloading) load() (*tls.Config, error) {
	s := &r.server
	own, err := s.open("keystore", s.Key)
	if err != nil {
		return nil, err
	}
	if own.Pair.PrivateKey == nil {
		return nil, fmt.Errorf("keystore %s holds no private key", s.Key.Name)
	}
	c := &tls.Config{MinVersion: max(s.Least, tls.VersionTLS12), CipherSuites: s.Suites, Certificates: []tls.Certificate{own.Pair}}
	if !s.Require && !s.Verify {
		return c, nil
	}
	trusted := own
	if s.Trust.Name != "" {
		if trusted, err = s.open("truststore", s.Trust); err != nil {
			return nil, err
		}
	}
	c.ClientAuth, c.ClientCAs = tls.VerifyClientCertIfGiven, x509.NewCertPool()
	if s.Require {
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	for _, t := range trusted.Trusted {
		c.ClientCAs.AddCert(t)
	}
	return c, nil
}

func (s *Server) open(what string, f File) (*Store, error) {
	if f.Name == "" {
		return nil, errors.New("no " + what + " is named")
	}
	raw, err := s.Read(f.Name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	store, err := Parse(raw, f.Password)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", what, f.Name, err)
	}
	return store, nil
}

// Suite returns a cipher suite of TLS 1.2 by the name that Java and the standards have for it. Those of TLS 1.3 can't be chosen; known says
// that the name is one of theirs, or of one that is not safe any more.
func Suite(name string) (id uint16, known bool) {
	for _, c := range tls.CipherSuites() {
		if c.Name == name || c.Name == name+"_SHA256" {
			for _, v := range c.SupportedVersions {
				if v == tls.VersionTLS12 {
					return c.ID, true
				}
			}
			return 0, true
		}
	}
	for _, c := range tls.InsecureCipherSuites() {
		if c.Name == name {
			return 0, true
		}
	}
	return 0, false
}
