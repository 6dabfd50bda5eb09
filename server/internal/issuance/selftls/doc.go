// Package selftls issues the certificate of this server's HTTPS listener, from
// a root used for nothing else.
//
//	identity, err := selftls.Open(selftls.Options{Dir: "/var/lib/esacertd/https"})
//	…
//	config := &tls.Config{GetCertificate: identity.GetCertificate}
//	fmt.Println("trust", identity.RootFile())
//
// It is not the authority that issues what is applied for (package localca):
// the two have different keys, files and names.
//
// # What the root can do
//
// A client that trusts the root trusts it for a few names only. A critical name
// constraint permits localhost, 127.0.0.0/8, ::1 and the host names of the
// vendor's endpoints as the contract lists them, so that an entry in a hosts
// file is enough for a client whose endpoint is fixed. A host name and an
// address that is not a loopback one are permitted if the listener had it when
// the root was made. As RFC 5280 has it, a permitted host name permits the names
// below it too. The root can sign server certificates and no authorities.
//
// # Files
//
//	root-key.pem   root and its key; only its owner can read it
//	root.pem       the root alone, for clients to trust
//	server.pem     the server's certificate and its key; only its owner can read it
//
// Each is written in one step, so several servers can share a folder and start
// at the same time: one of them creates the root, and the others use it.
//
// # Renewal
//
// The server's certificate is valid for 90 days, and is renewed while the server
// runs when a third of them is left. The root is valid for ten years. In its
// last year it is renewed with the same key and name, at a start or while the
// server runs: clients that trust the old one still accept the server until the
// old one expires.
package selftls
