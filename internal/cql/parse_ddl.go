package cql

func (p *parser) createStatement() Statement {
	begin := p.at
	p.keyword("create")
	switch {
	case p.accept("keyspace"):
		s := &CreateKeyspace{IfNotExists: p.ifNotExists()}
		s.Name = p.ident()
		p.keyword("with")
		s.Properties = p.properties(nil)
		return s
	case p.accept("table"), p.accept("columnfamily"):
		return p.createTable()
	case p.accept("type"):
		return p.createType()
	case p.accept("index"):
		return p.createIndex(false)
	case p.accept("custom"):
		p.keyword("index")
		return p.createIndex(true)
	case p.accept("function"):
		return p.createFunction(false)
	case p.accept("aggregate"):
		return p.createAggregate(false)
	case p.acceptAll("or", "replace", "function"):
		return p.createFunction(true)
	case p.acceptAll("or", "replace", "aggregate"):
		return p.createAggregate(true)
	case p.acceptAll("or", "replace"), p.accept("or"):
		p.noViableSinceWord(begin)
	case p.accept("materialized"):
		p.keyword("view")
		return p.createView()
	case p.cur().is("trigger"):
		return p.laterCreate()
	case p.cur().is("role"), p.cur().is("user"):
		return p.createRole()
	}
	p.noViableSinceWord(begin)
	return nil
}

func (p *parser) createTable() Statement {
	s := &CreateTable{IfNotExists: p.ifNotExists()}
	s.Table = p.name()
	if !p.accept("(") {
		p.noViable()
	}
	for {
		if p.cur().is("primary") {
			p.at++
			p.keyword("key")
			p.punct("(")
			s.Keys = append(s.Keys, p.primaryKey())
			p.punct(")")
		} else {
			s.Columns = append(s.Columns, p.columnDef(true))
		}
		if !p.accept(",") || p.cur().is(")") {
			break
		}
	}
	p.punct(")")
	if p.accept("with") {
		p.tableProperties(&s.Properties, &s.Order, &s.CompactStorage)
	}
	return s
}

// tableProperties reads what may follow the WITH of a table or a view.
func (p *parser) tableProperties(properties *[]Property, order *[]Ordering, compact *bool) {
	for {
		switch {
		case p.acceptAll("compact", "storage"):
			*compact = true
		case p.acceptAll("clustering", "order"):
			p.keyword("by")
			p.punct("(")
			for {
				o := Ordering{Column: p.ident()}
				if p.accept("desc") {
					o.Descending = true
				} else if !p.accept("asc") {
					p.noViableFrom(p.at)
				}
				*order = append(*order, o)
				if !p.accept(",") {
					break
				}
			}
			p.punct(")")
		default:
			*properties = p.property(*properties)
		}
		if !p.accept("and") {
			return
		}
	}
}

func (p *parser) primaryKey() PrimaryKey {
	var k PrimaryKey
	if p.accept("(") {
		k.Partition = p.columnList()
		p.punct(")")
	} else {
		k.Partition = []string{p.ident()}
	}
	for p.accept(",") {
		k.Clustering = append(k.Clustering, p.ident())
	}
	return k
}

func (p *parser) columnDef(keys bool) ColumnDef {
	if p.tokens[p.at-1].is(",") {
		p.refuseReserved()
	}
	c := ColumnDef{Name: p.ident()}
	p.close()
	c.Type = p.typeName()
	if p.cur().is("(") || p.cur().is("[") || p.cur().is("not") {
		p.noViableFrom(p.at - 1)
	}
	p.close()
	if p.accept("static") {
		c.Static = true
	}
	if p.accept("masked") {
		c.Mask = p.mask()
	}
	if keys && p.accept("primary") {
		p.keyword("key")
		c.PrimaryKey = true
	}
	return c
}

// refuseReserved refuses a reserved word where a column's name or the end of a list may stand.
func (p *parser) refuseReserved() {
	if t := p.cur(); t.kind == tokIdent && !isIdent(t) {
		p.mismatch("')'")
	}
}

// mask reads what follows MASKED: DEFAULT is mask_default of package plan/function.
func (p *parser) mask() *Call {
	begin := p.at - 1
	p.closed = -1 // MASKED may be a name as well
	p.keyword("with")
	if p.cur().is("default") && !p.ahead(1).is("(") {
		p.at++
		return &Call{Func: Name{Keyspace: "system", Name: "mask_default"}}
	}
	if !isFunctionStart(p.cur(), p.ahead(1), p.ahead(2), p.ahead(3)) {
		if isIdent(p.cur()) {
			p.at++ // Cassandra reads the word as a function's name and stumbles at what follows
			p.noViable()
		}
		p.noViableSince(begin)
	}
	return p.call(p.term)
}

// properties reads name = value AND ….
func (p *parser) properties(all []Property) []Property {
	for {
		all = p.property(all)
		if !p.accept("and") {
			return all
		}
	}
}

func (p *parser) property(all []Property) []Property {
	begin := p.at
	name := p.ident()
	for _, o := range all {
		if o.Name == name {
			p.refuse("Multiple definitions for property '%s'", name)
		}
	}
	if !p.accept("=") {
		p.noViable()
	}
	o := Property{Name: name}
	switch e := p.propertyValue(begin).(type) {
	case *Constant:
		o.Value, o.Quoted = e.Text, e.Kind == ConstString
		if e.Kind == ConstHex {
			o.Value = "0x" + e.Text
		}
	case *SetLit:
		if len(e.Elems) > 0 {
			p.noViable()
		}
		o.IsMap, o.Map = true, map[string]string{}
	case *MapLit:
		o.IsMap, o.Map = true, map[string]string{}
		for i, k := range e.Keys {
			key, ok1 := k.(*Constant)
			value, ok2 := e.Values[i].(*Constant)
			if !ok1 || !ok2 {
				p.refuseProperty(k, e.Values[i], ok1)
			}
			if _, twice := o.Map[key.Text]; twice {
				p.refuse("Multiple definition for property %s", key.Text)
			}
			o.Map[key.Text] = value.Text
		}
	default:
		p.noViable()
	}
	return append(all, o)
}

// refuseProperty says what in a map of properties is no constant.
func (p *parser) refuseProperty(key, value Expr, keyFits bool) {
	wrong, what := key, "name: "+ExprText(key)
	if keyFits {
		wrong, what = value, "value: "+ExprText(value)+" for property: "+ExprText(key)
	}
	if _, bind := wrong.(*Bind); bind {
		what += " (bind variables are not supported in DDL queries)"
	}
	p.refuse("Invalid property %s", what)
}

// propertyValue reads a value; the property's name is the token at begin.
func (p *parser) propertyValue(begin int) Expr {
	if isIdent(p.cur()) && !p.cur().is("true") && !p.cur().is("false") {
		return &Constant{ConstString, p.advance().text}
	}
	if p.cur().kind == tokQMark || p.cur().is(":") || p.cur().is("null") {
		p.noViableSince(begin)
	}
	if p.cur().is("-") && p.ahead(1).start == p.cur().end {
		return p.unary(p.termPrimary)
	}
	if e := p.literal(p.term, p.hintedTerm); e != nil {
		return e
	}
	p.noViable()
	return nil
}

func (p *parser) createType() Statement {
	s := &CreateType{IfNotExists: p.ifNotExists()}
	s.Type = p.userType()
	p.punct("(")
	for {
		s.Fields = append(s.Fields, ColumnDef{Name: p.ident(), Type: p.typeName()})
		if !p.accept(",") || p.cur().is(")") {
			break
		}
	}
	p.punct(")")
	return s
}

func (p *parser) alterStatement() Statement {
	begin := p.at
	p.keyword("alter")
	switch {
	case p.accept("keyspace"):
		s := &AlterKeyspace{IfExists: p.ifExists()}
		s.Name = p.ident()
		p.keyword("with")
		s.Properties = p.properties(nil)
		return s
	case p.accept("table"), p.accept("columnfamily"):
		return p.alterTable()
	case p.accept("type"):
		return p.alterType()
	case p.accept("materialized"):
		p.keyword("view")
		return p.alterView()
	case p.cur().is("role"), p.cur().is("user"):
		return p.alterRole()
	}
	p.noViableSinceWord(begin)
	return nil
}

func (p *parser) alterTable() Statement {
	s := &AlterTable{IfExists: p.ifExists()}
	s.Table = p.name()
	switch {
	case p.accept("add"):
		s.IfNotExists = p.ifNotExists()
		open := p.accept("(")
		for {
			s.Add = append(s.Add, p.columnDef(false))
			if !p.accept(",") {
				break
			}
		}
		if open {
			p.punct(")")
		}
	case p.acceptAll("drop", "compact", "storage"):
		s.DropCompact = true
	case p.accept("drop"):
		s.DropIf = p.ifExists()
		if p.accept("(") {
			s.Drop = p.columnList()
			p.punct(")")
		} else {
			s.Drop = p.columnList()
			p.close()
		}
		if p.accept("using") {
			p.keyword("timestamp")
			s.DropAt = p.integer()
		}
	case p.accept("rename"):
		s.RenameIf = p.ifExists()
		s.Rename = p.renames()
	case p.accept("alter"):
		begin := p.at - 1
		ifExists := p.ifExists()
		c := ColumnDef{Name: p.ident()}
		switch {
		case p.accept("type"):
			c.Type = p.typeName()
			s.AlterType = &c
		case p.accept("masked"):
			s.AlterMask = &AlterMask{c.Name, ifExists, p.mask()}
		case p.acceptAll("drop", "masked"):
			s.AlterMask = &AlterMask{Column: c.Name, IfExists: ifExists}
		default:
			p.noViableSince(begin)
		}
	case p.accept("with"):
		s.Properties = p.properties(nil)
	default:
		p.noViable()
	}
	return s
}

func (p *parser) renames() [][2]string {
	var all [][2]string
	for {
		from := p.ident()
		p.close()
		p.keyword("to")
		all = append(all, [2]string{from, p.ident()})
		if !p.accept("and") {
			return all
		}
	}
}

func (p *parser) alterType() Statement {
	s := &AlterType{IfExists: p.ifExists()}
	s.Type = p.userType()
	switch {
	case p.accept("add"):
		s.IfNotExists = p.ifNotExists()
		s.Add = &ColumnDef{Name: p.ident(), Type: p.typeName()}
	case p.accept("rename"):
		s.RenameIf = p.ifExists()
		s.Rename = p.renames()
	case p.accept("alter"):
		c := ColumnDef{Name: p.ident()}
		p.keyword("type")
		c.Type = p.typeName()
		s.Alter = &c
	default:
		p.noViableFrom(p.at)
	}
	return s
}

func (p *parser) dropStatement() Statement {
	begin := p.at
	p.keyword("drop")
	switch {
	case p.accept("keyspace"):
		s := &DropKeyspace{IfExists: p.ifExists()}
		s.Name = p.ident()
		return s
	case p.accept("table"), p.accept("columnfamily"):
		s := &DropTable{IfExists: p.ifExists()}
		s.Table = p.tableName()
		return s
	case p.accept("type"):
		s := &DropType{IfExists: p.ifExists()}
		s.Type = p.userType()
		return s
	case p.cur().is("role"), p.cur().is("user"):
		return p.dropRole()
	case p.accept("identity"):
		return p.dropIdentity()
	case p.accept("materialized"):
		p.keyword("view")
		return p.dropView()
	case p.accept("index"):
		s := &DropIndex{IfExists: p.ifExists()}
		s.Index = p.name()
		return s
	case p.accept("function"):
		return p.dropFunction(false)
	case p.accept("aggregate"):
		return p.dropFunction(true)
	}
	if p.accept("trigger") {
		s := &Unsupported{What: "DROP TRIGGER", IfExists: p.ifExists()}
		if isIdent(p.cur()) {
			s.Name = p.name()
		}
		p.rest()
		return s
	}
	p.noViableSinceWord(begin)
	return nil
}
