package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// Client says how a client speaks TLS. Authority is a file with the certificates of those who may sign the server's; empty: the machine's. Key
// and Certificate are what the client shows of itself; both may be in one file. Without Verify anybody may be the server.
type Client struct {
	Authority, Certificate, Key string
	Verify                      bool
	Read                        func(name string) ([]byte, error)
}

// Config returns the configuration.
func (c Client) Config() (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: !c.Verify}
	if c.Authority != "" {
		raw, err := c.Read(c.Authority)
		if err != nil {
			return nil, fmt.Errorf("certificate of the authority: %w", err)
		}
		store, err := Parse(raw, "")
		if err != nil {
			return nil, fmt.Errorf("certificate of the authority %s: %w", c.Authority, err)
		}
		t.RootCAs = x509.NewCertPool()
		for _, a := range store.Trusted {
			t.RootCAs.AddCert(a)
		}
	}
	if c.Certificate == "" && c.Key == "" {
		return t, nil
	}
	var both []byte
	for _, name := range []string{c.Certificate, c.Key} {
		if name == "" {
			continue
		}
		raw, err := c.Read(name)
		if err != nil {
			return nil, fmt.Errorf("the client's certificate: %w", err)
		}
		both = append(append(both, raw...), '\n')
	}
	store, err := Parse(both, "")
	if err == nil && store.Pair.PrivateKey == nil {
		err = errors.New("there is no private key")
	}
	if err != nil {
		return nil, fmt.Errorf("the client's certificate %s: %w", c.Certificate, err)
	}
	t.Certificates = []tls.Certificate{store.Pair}
	return t, nil
}
