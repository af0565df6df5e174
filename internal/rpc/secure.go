package rpc

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// Files reads a file; platform passes the machine's.
type Files func(name string) ([]byte, error)

// Secure returns a configuration with which nodes know each other by certificates of one authority, both ways, with TLS 1.3. The files (PEM) are read
// anew for each connection, so that renewed ones need no restart. A certificate names no address: nodes may move, and who may be a member is
// the authority's to say.
func Secure(read Files, certificate, key, authority string) (*tls.Config, error) {
	own := func() (*tls.Certificate, error) {
		c, err1 := read(certificate)
		k, err2 := read(key)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("read this node's certificate: %w", err)
		}
		pair, err := tls.X509KeyPair(c, k)
		if err != nil {
			return nil, fmt.Errorf("this node's certificate %s and key %s: %w", certificate, key, err)
		}
		return &pair, nil
	}
	trusted := func() (*x509.CertPool, error) {
		raw, err := read(authority)
		if err != nil {
			return nil, fmt.Errorf("read the authority's certificate: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(raw) {
			return nil, fmt.Errorf("%s holds no certificate", authority)
		}
		return pool, nil
	}
	if _, err := own(); err != nil {
		return nil, err
	}
	if _, err := trusted(); err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:           tls.VersionTLS13,
		GetCertificate:       func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return own() },
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own() },
		ClientAuth:           tls.RequireAnyClientCert,
		InsecureSkipVerify:   true, // names are not checked; VerifyConnection checks all else
		VerifyConnection: func(s tls.ConnectionState) error {
			roots, err := trusted()
			if err != nil {
				return err
			}
			if len(s.PeerCertificates) == 0 {
				return errors.New("the other node has shown no certificate")
			}
			between := x509.NewCertPool()
			for _, c := range s.PeerCertificates[1:] {
				between.AddCert(c)
			}
			_, err = s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
			if err != nil {
				return fmt.Errorf("the other node's certificate: %w", err)
			}
			return nil
		},
	}, nil
}
