package node

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net/netip"
	"slices"

	"helenus/internal/auth"
	"helenus/internal/cluster/metadata"
	"helenus/internal/exec"
	"helenus/internal/protocol"
	"helenus/internal/transport"
)

// datacenters are those that the cluster has, in order.
func (n *Member) datacenters() (all []string) {
	for _, m := range n.metadata.State().Members {
		all = append(all, m.Datacenter)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// firstSuperuser is the name of the cluster's first superuser, as far as this node is asked.
func (n *Node) firstSuperuser() string {
	if n.options.Superuser != "" {
		return n.options.Superuser
	}
	return auth.DefaultSuperuser
}

// ensureSuperuser gives a cluster that has none its first superuser: a new one, or one from before there were roles. It says so when a name is
// given that is of no use any more, and when everybody could log in.
func (n *Node) ensureSuperuser(ctx context.Context) error {
	name, hash, log := n.firstSuperuser(), "", n.options.Logger
	if !n.founded && !n.options.Policy.Authenticates {
		return nil // nodes from before there were roles could not read them, and nobody needs any
	}
	if !n.metadata.Roles().Begun && (n.options.SuperuserPassword != "" || name != auth.DefaultSuperuser) {
		var err error
		if hash, err = auth.HashPassword(n.options.SuperuserPassword); err != nil {
			return fmt.Errorf("the first superuser %s: %w", name, err)
		}
	}
	state, err := n.metadata.Change(ctx, func(s *metadata.State) (*metadata.Delta, error) {
		if s.Roles.Begun {
			return nil, nil
		}
		return &metadata.Delta{Roles: auth.FirstSuperuser(name, hash)}, nil
	})
	if err != nil { // of a cluster from before there were roles: whoever starts next tries again
		log.Warn("the cluster can't be given its first superuser yet", "error", err)
		return nil
	}
	if !n.options.Policy.Authenticates {
		return nil
	}
	if n.options.Superuser != "" && state.Roles.Role(name) == nil {
		log.Warn("the cluster has its roles already: the superuser that is named for a new one was not made", "role", name)
	}
	if state.Roles.HasDefaultPassword() {
		log.Warn("everybody knows the password of the superuser cassandra: change it with ALTER ROLE cassandra WITH PASSWORD = '…'")
	}
	return nil
}

// initialAccess is a login as a superuser that is good for one server, and the handler that knows it: what a cluster begins with is carried
// out before anybody could be asked for a password, and may change those that there are.
func (n *Node) initialAccess(address string) (InitialAccess, transport.Handler, error) {
	access := InitialAccess{Address: address}
	if !n.options.Policy.Authenticates {
		return access, handler{n.executor}, nil
	}
	access.User, access.Password = n.superuser(), rand.Text()
	return access, initialHandler{handler{n.executor}, access}, nil
}

// superuser is a superuser that may log in: the first one, or else any.
func (n *Node) superuser() string {
	roles := n.metadata.Roles()
	if r := roles.Role(n.firstSuperuser()); r != nil && r.Login && roles.IsSuperuser(r.Name) {
		return r.Name
	}
	for _, r := range roles.All() {
		if r.Login && roles.IsSuperuser(r.Name) {
			return r.Name
		}
	}
	return ""
}

// initialHandler takes the login of an InitialAccess beside those of roles.
type initialHandler struct {
	handler
	access InitialAccess
}

var _ transport.Handler = initialHandler{}

func (h initialHandler) Connect(client netip.AddrPort, version protocol.Version, options map[string]string) transport.Session {
	return initialSession{h.executor.Connect(client, version, options), h.access}
}

type initialSession struct {
	*exec.Session
	access InitialAccess
}

var _ transport.LoginSession = initialSession{}

// Authenticator asks for a password, whatever other clients are asked for.
func (s initialSession) Authenticator() (string, error) { return exec.PasswordAuthenticator, nil }

func (s initialSession) Login(ctx context.Context, token []byte) error {
	user, password, err := auth.DecodePlain(token)
	if err == nil && user == s.access.User && subtle.ConstantTimeCompare([]byte(password), []byte(s.access.Password)) == 1 {
		return s.LoginAs(user)
	}
	return s.Session.Login(ctx, token)
}
