package exec

import (
	"context"
	"crypto/x509"
	"net/netip"

	"helenus/internal/auth"
	"helenus/internal/cassandra"
)

// Login is how clients log in.
type Login struct {
	Policy auth.Policy
	// Datacenter is this node's: roles may be bound to some.
	Datacenter string
	// Datacenters are the cluster's.
	Datacenters func() []string
	// Hash makes the hash of a password, when its turn comes; nil: at once.
	Hash func(ctx context.Context, client netip.AddrPort, password string) (string, error)
}

// PasswordAuthenticator is what clients are told of how to log in. Drivers know the name.
const PasswordAuthenticator = "org.apache.cassandra.auth.PasswordAuthenticator"

// identity is who a session is, for one state of the roles. err says why it may do nothing.
type identity struct {
	subject *auth.Subject
	err     error
}

// Authenticator is the class name that clients are told to log in with; empty: they need not, or their certificate says who they are.
func (s *Session) Authenticator() (string, error) {
	policy := &s.executor.options.Login.Policy
	switch {
	case !policy.Authenticates:
		return "", nil
	case policy.Certificates && s.tls != nil && len(s.tls.PeerCertificates) > 0:
		return "", s.loginByCertificate(s.tls.PeerCertificates[0])
	case policy.CertificatesOnly:
		return "", cassandra.BadCredentialsf("Invalid or not supported certificate")
	}
	return PasswordAuthenticator, nil
}

// loginByCertificate makes the role the session's that the identity in a certificate stands for. TLS has verified it.
// Source: Cassandra 5.0, MutualTlsAuthenticator and SpiffeCertificateValidator.
func (s *Session) loginByCertificate(c *x509.Certificate) error {
	for _, uri := range c.URIs {
		if uri.Scheme != "spiffe" {
			continue
		}
		role := s.executor.options.Metadata.Roles().Identity(uri.String())
		if role == "" {
			return cassandra.BadCredentialsf("Certificate identity '%s' not authorized", uri)
		}
		return s.LoginAs(role)
	}
	return cassandra.BadCredentialsf("Unable to extract client identity from certificate for authentication")
}

// Login checks what a client shows of who it is, a message of SASL PLAIN, and makes that role the session's. It comes before the first
// request. It takes the time that bcrypt needs, whether there is such a role or not.
func (s *Session) Login(_ context.Context, token []byte) error {
	if s.executor.options.Login.Policy.CertificatesOnly {
		return cassandra.BadCredentialsf("Invalid or not supported certificate")
	}
	user, password, err := auth.DecodePlain(token)
	if err != nil {
		return err
	}
	subject := s.executor.options.Metadata.Roles().Subject(user)
	if !s.executor.verified.Verify(subject.Hash, password, s.executor.options.Clock.Now()) {
		return cassandra.BadCredentialsf("Provided username %s and/or password are incorrect", user)
	}
	return s.LoginAs(user)
}

// LoginAs makes a role the session's that has shown by other means that it is the one.
func (s *Session) LoginAs(name string) error {
	if !s.executor.options.Metadata.Roles().Subject(name).Login {
		return cassandra.BadCredentialsf("%s is not permitted to log in", name)
	}
	s.role = name
	return nil
}

// Role is the role that the session has logged in as; empty: nobody logs in.
func (s *Session) Role() string { return s.role }

// OnExpelled has f called, once, when the session's role is dropped or may not log in any more. f must not wait.
func (s *Session) OnExpelled(f func()) {
	s.expelled.Store(&f)
	if s.identity().err != nil && s.isExpelled() {
		s.expel()
	}
}

// isExpelled says whether the role is gone, or may not log in.
func (s *Session) isExpelled() bool {
	return s.role != "" && !s.executor.options.Metadata.Roles().Subject(s.role).Login
}

func (s *Session) expel() {
	if f := s.expelled.Swap(nil); f != nil {
		(*f)()
	}
}

// RolesChanged ends the sessions of roles that are gone or may not log in any more.
func (e *Executor) RolesChanged() {
	for _, s := range e.Sessions() {
		if s.isExpelled() {
			s.expel()
		}
	}
}

// anonymous is who everybody is where nobody logs in, strange who has not logged in where that is asked.
var (
	anonymous = &identity{}
	strange   = &identity{err: cassandra.Unauthorizedf("You have not logged in")}
)

// identity is who the session is now. It is worked out anew when the roles have changed.
//
// Budget: where nobody logs in, a comparison; else two loads.
func (s *Session) identity() *identity {
	if s.role == "" {
		if s.executor.options.Login.Policy.Authenticates {
			return strange
		}
		return anonymous
	}
	roles := s.executor.options.Metadata.Roles()
	if id := s.who.Load(); id != nil && id.subject.Is(roles) {
		return id
	}
	id := &identity{subject: roles.Subject(s.role)}
	id.err = s.admit(id.subject)
	s.who.Store(id)
	return id
}

// mayComeFrom says whether a role may log in from an address, and counts how long that takes to see.
func (s *Session) mayComeFrom(subject *auth.Subject, from netip.Addr) bool {
	clock := s.executor.options.Clock
	began := clock.Monotonic()
	may := subject.MayComeFrom(from)
	s.executor.Counts.Checks.Observe(clock.Monotonic() - began)
	return may
}

// admit says why a role may do nothing here.
// Source: Cassandra 5.0, ClientState.validateLogin.
func (s *Session) admit(subject *auth.Subject) error {
	login := &s.executor.options.Login
	switch from := s.client.Addr(); {
	case !subject.Login:
		return cassandra.Unauthorizedf("%s is not permitted to log in", subject.Name)
	case login.Policy.Datacenters && !subject.MayEnter(login.Datacenter):
		return cassandra.Unauthorizedf("You do not have access to this datacenter (%s)", login.Datacenter)
	case !login.Policy.Addresses || s.mayComeFrom(subject, from):
	case login.Policy.Monitors:
		s.executor.options.Logger.Warn("a role comes from an address that it is not bound to", "role", subject.Name, "address", from.Unmap())
	default:
		return cassandra.Unauthorizedf("You do not have access from this IP %s", from.Unmap())
	}
	return nil
}
