package config

import (
	"path/filepath"
	"strings"
)

// bySuperuser has clients log in, and what they do take permissions, where a first superuser is named or given a password. So it is in
// Bitnami's image without either, unless a file of its directory says otherwise.
func (l *loader) bySuperuser(k *setting) (Value, bool) {
	class := map[string]string{"authenticator": passwordAuthenticator, "authorizer": cassandraAuthorizer}[k.name]
	if class == "" {
		return Value{}, false
	}
	for _, name := range []string{"superuser", "superuser_password"} {
		other := find(name)
		for _, has := range []layer{l.flag, l.variable} {
			if v, ok := has(other); ok && v.Text != "" {
				return Value{class, "since " + v.Source + " is set"}, true
			}
		}
	}
	if l.bitnami && !l.plain && filepath.Dir(l.yaml.name) != l.under(bitnamiConf) {
		return Value{class, "default of Bitnami's image"}, true
	}
	return Value{}, false
}

// checkLogin notes settings of logins that do not go together.
func (l *loader) checkLogin() {
	authenticator, authorizer := l.out.values["authenticator"], l.out.values["authorizer"]
	if !l.out.Authenticates() && l.out.Authorizes() {
		l.fault("%s is %s, which takes that clients log in, but %s is %s; set the authenticator to %s, too", authorizer.Source, authorizer.Text, authenticator.Source, authenticator.Text, passwordAuthenticator)
	}
	if may, only := l.out.Certificates(); may {
		if auth := truth(l.out.text("client_auth")); truth(l.out.text("client_encryption")) != "true" || auth == "false" || only && auth != "true" {
			l.fault("%s is %s, which takes client_encryption_options.enabled to be true & client_encryption_options.require_client_auth to be true", authenticator.Source, authenticator.Text)
		}
	}
	name, secret := l.out.values["superuser"], l.out.values["superuser_password"]
	if name.Text != "" && name.Text != "cassandra" && secret.Text == "" && !l.bitnami {
		l.fault("%s is %q, but there is no password: set CASSANDRA_PASSWORD, or CASSANDRA_PASSWORD_FILE to a file that holds it", name.Source, name.Text)
	}
}

// Authenticates says whether clients have to log in, Authorizes whether what they do takes permissions.
func (s *Settings) Authenticates() bool {
	return simpleName(s.text("authenticator")) != allowAll+"Authenticator"
}

// Certificates says whether clients may log in by their certificates; only: and by nothing else.
func (s *Settings) Certificates() (may, only bool) {
	class := simpleName(s.text("authenticator"))
	return class == mutualTLS || class == mutualTLSOrPassword, class == mutualTLS
}

// Authorizes: see Authenticates.
func (s *Settings) Authorizes() bool { return simpleName(s.text("authorizer")) == cassandraAuthorizer }

// BindsToDatacenters says whether roles may be bound to datacenters.
func (s *Settings) BindsToDatacenters() bool {
	return simpleName(s.text("network_authorizer")) == "CassandraNetworkAuthorizer"
}

// BindsToAddresses says whether roles may be bound to groups of addresses; monitors: who comes from elsewhere is noted only.
func (s *Settings) BindsToAddresses() (binds, monitors bool) {
	return simpleName(s.text("cidr_authorizer")) == "CassandraCIDRAuthorizer", strings.EqualFold(s.text("cidr_authorizer_mode"), "MONITOR")
}

// Superuser is the name and the password of a new cluster's first superuser; empty: the default ones.
func (s *Settings) Superuser() (name, password string) {
	name, password = s.text("superuser"), s.text("superuser_password")
	if name != "" && name != "cassandra" && password == "" {
		password = "cassandra" // as in Bitnami's image
	}
	return name, password
}
