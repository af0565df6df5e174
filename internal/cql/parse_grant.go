package cql

import "strings"

// permissionWords are the permissions; the last two are no reserved words.
var permissionWords = words("create alter drop select modify authorize describe execute unmask select_masked")

// grantStatement reads GRANT and REVOKE, of permissions and of roles.
func (p *parser) grantStatement() Statement {
	p.plain = true
	revoke := p.cur().is("revoke")
	direction := "to"
	if revoke {
		direction = "from"
	}
	begin := p.at
	p.at++
	if p.cur().kind == tokEOF {
		p.noViable()
	}
	if !p.atPermissions(begin, direction) {
		if p.cur().kind != tokString && p.cur().kind != tokQMark && !isIdent(p.cur()) {
			p.noViableSince(begin)
		}
		s := &GrantRole{Role: p.roleName(), Revoke: revoke}
		p.keyword(direction)
		s.To = p.roleName()
		return s
	}
	s := &GrantPermission{Permissions: p.permissions(), Revoke: revoke}
	p.keyword("on")
	s.On = p.resource(direction)
	p.keyword(direction)
	s.To = p.roleName()
	return s
}

// atPermissions says whether permissions come next, and not the name of a role; begin is where the statement begins.
func (p *parser) atPermissions(begin int, direction string) bool {
	t := p.cur()
	if t.kind != tokIdent {
		return false
	}
	next := p.ahead(1)
	word := strings.ToLower(t.text)
	switch {
	case word == "all":
		switch {
		case next.is("on"), next.is("permissions"):
			return true
		case next.is(direction):
			return false
		}
		p.at++
		p.noViableSince(begin)
	case reserved[word]:
		return permissionWords[word]
	}
	return permissionWords[word] && !next.is(direction)
}

// permissions reads ALL [PERMISSIONS], or a list; nil stands for ALL.
func (p *parser) permissions() (all []string) {
	if p.accept("all") {
		p.accept("permissions")
		return nil
	}
	for {
		word := strings.ToLower(p.cur().text)
		if p.cur().kind != tokIdent || !permissionWords[word] {
			p.noViable()
		}
		all = append(all, strings.ToUpper(p.advance().text))
		p.accept("permission")
		if !p.accept(",") {
			return all
		}
	}
}

// resource reads what permissions are on. after is the word that follows it, or nothing: it tells a table that is called all, role or
// mbean from the word.
func (p *parser) resource(after string) Resource {
	begin := p.at
	next := p.ahead(1)
	isName := next.is(".") || after != "" && next.is(after) || after == "" && (next.kind == tokEOF || next.is(";") || next.is("of"))
	switch {
	case isName && isIdent(p.cur()):
	case p.cur().is("all") && next.kind == tokEOF && after != "":
		p.at++
		p.keyword(after)
	case p.acceptAll("all", "keyspaces"):
		return Resource{Kind: OnAllKeyspaces}
	case p.acceptAll("all", "tables"):
		p.keyword("in")
		p.keyword("keyspace")
		return Resource{Kind: OnAllTables, Keyspace: p.ident()}
	case p.acceptAll("all", "roles"):
		return Resource{Kind: OnAllRoles}
	case p.acceptAll("all", "mbeans"):
		return Resource{Kind: OnAllMBeans}
	case p.acceptAll("all", "functions"):
		if p.accept("in") {
			p.keyword("keyspace")
			return Resource{Kind: OnKeyspaceFunctions, Keyspace: p.ident()}
		}
		return Resource{Kind: OnAllFunctions}
	case p.cur().is("all"):
		p.at++
		p.noViableSince(begin)
	case p.accept("keyspace"):
		return Resource{Kind: OnKeyspace, Keyspace: p.ident()}
	case p.accept("role"):
		return Resource{Kind: OnRole, Name: p.roleName()}
	case p.accept("function"):
		return p.functionResource()
	case p.cur().is("mbean"), p.cur().is("mbeans"):
		p.at++
		if p.cur().kind != tokString {
			p.noViableSince(begin)
		}
		return Resource{Kind: OnMBean, Name: p.advance().text}
	case p.accept("table"), p.accept("columnfamily"):
	case after != "" && isIdent(p.cur()) && next.kind == tokIdent:
		p.at++
		p.noViableSince(begin)
	}
	n := p.name()
	return Resource{Kind: OnTable, Keyspace: n.Keyspace, Name: n.Name}
}

func (p *parser) functionResource() Resource {
	n := p.functionName()
	p.punct("(")
	r := Resource{Kind: OnFunction, Keyspace: n.Keyspace, Name: n.Name}
	for !p.cur().is(")") {
		if len(r.Args) == 0 && !isIdent(p.cur()) {
			p.mismatch("')'")
		}
		begin := p.at
		r.Args = append(r.Args, p.typeName())
		if p.accept(",") {
			continue
		}
		if !p.cur().is(")") {
			p.noViableSince(begin)
		}
	}
	p.punct(")")
	return r
}

// listStatement reads LIST ROLES, LIST USERS and LIST of permissions.
func (p *parser) listStatement() Statement {
	p.plain = true
	begin := p.at
	p.keyword("list")
	switch {
	case p.cur().kind == tokEOF:
		p.noViable()
	case p.accept("users"):
		return &ListRoles{Users: true}
	case p.accept("roles"):
		return &ListRoles{Of: p.ofRole(), NoRecursive: p.accept("norecursive")}
	case !p.cur().is("all") && (p.cur().kind != tokIdent || !permissionWords[strings.ToLower(p.cur().text)]):
		p.noViableSince(begin)
	}
	s := &ListPermissions{Permissions: p.permissions()}
	if p.accept("on") {
		on := p.resource("")
		s.On = &on
	}
	s.Of = p.ofRole()
	s.NoRecursive = p.accept("norecursive")
	return s
}

func (p *parser) ofRole() *string {
	if !p.accept("of") {
		return nil
	}
	name := p.roleName()
	return &name
}
