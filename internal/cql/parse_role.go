package cql

// roleName wants the name of a role: a name, quoted or not, or a string.
func (p *parser) roleName() string {
	switch p.cur().kind {
	case tokString:
		return p.advance().text
	case tokQMark:
		p.refuse("Bind variables cannot be used for role names")
	}
	return p.ident()
}

// userName wants the name of a user: a name, whose letters stay as they are, or a string.
func (p *parser) userName() string {
	return p.unquoted("user names and USER is deprecated, please use ROLE")
}

// identity wants an identity of a client's certificate.
func (p *parser) identity() string { return p.unquoted("identity") }

func (p *parser) unquoted(what string) string {
	switch {
	case p.cur().kind == tokString:
		return p.advance().text
	case p.cur().kind == tokQuoted:
		p.refuse("Quoted strings are are not supported for %s", what)
	case !isIdent(p.cur()):
		p.noViable()
	}
	return p.advance().text
}

func (p *parser) createRole() Statement {
	p.plain = true
	s := &CreateRole{User: p.acceptEither("user", "role")}
	s.IfNotExists = p.ifNotExists()
	s.Role = p.roleOrUser(s.User)
	if !s.User {
		s.Options = p.roleOptions()
		return s
	}
	s.Options = p.userOptions()
	login := true
	s.Options.Login = &login
	if s.Options.Superuser == nil {
		s.Options.Superuser = new(bool)
	}
	return s
}

func (p *parser) alterRole() Statement {
	p.plain = true
	s := &AlterRole{User: p.acceptEither("user", "role")}
	s.IfExists = p.ifExists()
	s.Role = p.roleOrUser(s.User)
	if s.User {
		s.Options = p.userOptions()
	} else {
		s.Options = p.roleOptions()
	}
	return s
}

func (p *parser) dropRole() Statement {
	p.plain = true
	s := &DropRole{User: p.acceptEither("user", "role")}
	s.IfExists = p.ifExists()
	s.Role = p.roleOrUser(s.User)
	return s
}

// acceptEither takes the next token, one of two words, and says whether it is the first.
func (p *parser) acceptEither(first, second string) bool {
	if p.accept(first) {
		return true
	}
	p.keyword(second)
	return false
}

func (p *parser) roleOrUser(user bool) string {
	if user {
		return p.userName()
	}
	return p.roleName()
}

// userOptions reads [WITH [HASHED] PASSWORD 'x'] [SUPERUSER | NOSUPERUSER].
func (p *parser) userOptions() (o RoleOptions) {
	if p.accept("with") {
		switch {
		case p.accept("hashed"):
			p.keyword("password")
			o.HashedPassword = p.stringLiteral()
		case p.accept("password"):
			o.Password = p.stringLiteral()
		default:
			p.noViable()
		}
	}
	super := p.accept("superuser")
	if super || p.accept("nosuperuser") {
		o.Superuser = &super
	}
	return o
}

func (p *parser) stringLiteral() *string {
	if p.cur().kind != tokString {
		p.mismatch("STRING_LITERAL")
	}
	text := p.advance().text
	return &text
}

// roleOptions reads [WITH option AND option …].
func (p *parser) roleOptions() (o RoleOptions) {
	if !p.accept("with") {
		return o
	}
	for {
		p.roleOption(&o)
		if !p.accept("and") {
			break
		}
	}
	if o.Password != nil && o.HashedPassword != nil {
		p.refuse("Options 'password' and 'hashed password' are mutually exclusive")
	}
	return o
}

func (p *parser) roleOption(o *RoleOptions) {
	once := func(given bool, name string) {
		if given {
			p.refuse("Multiple definition for property '%s'", name)
		}
	}
	switch {
	case p.accept("password"):
		p.punct("=")
		value := p.stringLiteral()
		once(o.Password != nil, "PASSWORD")
		o.Password = value
	case p.accept("hashed"):
		p.keyword("password")
		p.punct("=")
		value := p.stringLiteral()
		once(o.HashedPassword != nil, "HASHED_PASSWORD")
		o.HashedPassword = value
	case p.accept("options"):
		p.punct("=")
		p.customOptions()
		once(o.Custom, "OPTIONS")
		o.Custom = true
	case p.accept("superuser"):
		p.punct("=")
		value := p.booleanLiteral()
		once(o.Superuser != nil, "SUPERUSER")
		o.Superuser = value
	case p.accept("login"):
		p.punct("=")
		value := p.booleanLiteral()
		once(o.Login != nil, "LOGIN")
		o.Login = value
	case p.cur().is("access"):
		p.access(o)
	default:
		p.noViable()
	}
}

func (p *parser) booleanLiteral() *bool {
	value := p.cur().is("true")
	if !value && !p.cur().is("false") {
		p.mismatch("BOOLEAN")
	}
	p.at++
	return &value
}

// customOptions passes the map of OPTIONS, which no role manager of this grammar's takes.
func (p *parser) customOptions() {
	p.punct("{")
	p.elemsOrPairs()
	p.punct("}")
}

func (p *parser) elemsOrPairs() {
	for !p.cur().is("}") {
		p.term()
		p.punct(":")
		p.term()
		if !p.accept(",") {
			return
		}
	}
}

// access reads ACCESS TO [ALL] DATACENTERS and ACCESS FROM [ALL] CIDRS, the former without ALL followed by {'name', …}.
func (p *parser) access(o *RoleOptions) {
	begin := p.at
	p.at++
	to, word := &o.Datacenters, "datacenters"
	switch {
	case p.accept("to"):
	case p.accept("from"):
		to, word = &o.CIDRs, "cidrs"
	default:
		if p.cur().kind == tokEOF {
			p.noViable()
		}
		p.noViableSince(begin)
	}
	switch {
	case p.accept("all"):
		p.keyword(word)
		*to = &Access{All: true}
	case p.accept(word):
		*to = &Access{Names: p.stringSet()}
	default:
		p.noViableSince(begin)
	}
}

func (p *parser) stringSet() (all []string) {
	p.punct("{")
	for {
		all = append(all, *p.stringLiteral())
		if !p.accept(",") {
			break
		}
	}
	p.punct("}")
	return all
}

// addStatement reads ADD IDENTITY.
func (p *parser) addStatement() Statement {
	p.plain = true
	p.keyword("add")
	p.keyword("identity")
	s := &AddIdentity{IfNotExists: p.ifNotExists(), Identity: p.identity()}
	p.keyword("to")
	p.keyword("role")
	s.Role = p.roleName()
	return s
}

func (p *parser) dropIdentity() Statement {
	p.plain = true
	s := &DropIdentity{IfExists: p.ifExists()}
	s.Identity = p.identity()
	return s
}
