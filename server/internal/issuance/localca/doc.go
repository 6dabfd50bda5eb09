// Package localca is a certificate authority inside the program: it issues at
// once, asks nobody, and needs no network. It is for tests, for trying things
// out, and for networks of one's own; nobody trusts it who was not told to.
//
//	ca, err := localca.Open(localca.Options{Folder: "/var/lib/esacertd/localca"})
//	pool.AppendCertsFromPEM(ca.Root())
//
// A root and an intermediate, both ECDSA P-256, are made at the first start and
// kept in one file of the folder, so that there are both or none. Without a
// folder they are kept in memory, and gone with it.
//
// # Nothing is issued twice
//
// The authority keeps no orders. An order's URL says all there is to know of it,
// above all when it was opened; serial number and validity follow from the URL
// and the key. So an order that is fulfilled again for the same key, after a
// crash or by two workers at once, gives the same certificate byte for byte.
//
// # Faults
//
// It can be told to refuse, to be slow, or to be out of reach, for one name or
// for all:
//
//	err := ca.Faults().Add(localca.Fault{Name: "www.example.com", Refuse: "rejectedIdentifier"})
//	err := ca.Faults().Add(localca.Fault{Slow: time.Hour})             // each order takes an hour
//	err := ca.Faults().Add(localca.Fault{Unreachable: true, Times: 3}) // the next three steps
package localca
