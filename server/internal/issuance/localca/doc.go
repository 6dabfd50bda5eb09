// Package localca is an embedded certificate authority: it issues immediately,
// without a network or other services. It is for tests, experiments and private
// networks; only clients configured to trust it do.
//
//	ca, err := localca.Open(localca.Options{Dir: "/var/lib/esacertd/localca"})
//	pool.AppendCertsFromPEM(ca.Root())
//
// A root and an intermediate, both ECDSA P-256, are created at the first start
// and stored in one file of the folder, so that both exist or neither does.
// Without a folder they are kept in memory only.
//
// # Reproducible certificates
//
// The authority stores no orders. The URL of an order contains all its data,
// including its time; serial number and validity are derived from the URL and
// the key. An order that is fulfilled again for the same key, after a crash or
// by two workers concurrently, therefore yields the same certificate byte for
// byte.
//
// # Faults
//
// It can simulate refusals, delays and outages, for one name or for all:
//
//	err := ca.Faults().Add(localca.Fault{Name: "www.example.com", Refuse: "rejectedIdentifier"})
//	err := ca.Faults().Add(localca.Fault{Slow: time.Hour})             // each order takes an hour
//	err := ca.Faults().Add(localca.Fault{Unreachable: true, Times: 3}) // the next three steps
package localca
