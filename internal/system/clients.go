package system

// clients is system_views.clients: the connections now.
func (t *Tables) clients(add func(fields)) {
	if t.options.Clients == nil {
		return
	}
	for _, c := range t.options.Clients() {
		f := fields{
			"address": inet(c.Address.Addr()), "port": integer(int(c.Address.Port())), "client_options": textTextMap(c.Options),
			"connection_stage": text("ready"), "driver_name": text(c.Options["DRIVER_NAME"]), "driver_version": text(c.Options["DRIVER_VERSION"]),
			"hostname": text(c.Address.Addr().String()), "protocol_version": integer(c.ProtocolVersion), "request_count": bigint(c.Requests),
			"ssl_enabled": boolean(c.TLS), "username": text(c.User),
		}
		if c.Keyspace != "" {
			f["keyspace_name"] = text(c.Keyspace)
		}
		if c.TLS {
			f["ssl_cipher_suite"], f["ssl_protocol"] = text(c.Cipher), text(c.TLSVersion)
		}
		if c.User == "" {
			f["username"] = text("anonymous")
		}
		add(f)
	}
}
