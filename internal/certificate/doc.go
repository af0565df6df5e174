// Package certificate reads private keys and certificates from files of every form that Cassandra's settings name: PEM, PKCS #12 and Java's
// own key stores. What a file is shows in its bytes, whatever it is called.
//
//	store.go    a file → its key and certificates
//	server.go   the TLS that clients are served with; files that change take effect without a restart
//	shell.go    the TLS that a client speaks
package certificate
