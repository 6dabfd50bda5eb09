// Package rfc2136 solves dns-01 challenges (RFC 8555, section 8.4) in the
// operator's DNS, by dynamic updates (RFC 2136) signed with TSIG (RFC 8945).
//
//	names, err := rfc2136.New(rfc2136.Options{
//		Server: "ns1.example.com:53",
//		Key:    rfc2136.Key{Name: "esacert.", Algorithm: rfc2136.HMACSHA256, Secret: secret},
//	})
//
// The client adds and deletes only the TXT records of its own values; other
// values at the same name remain. After adding a value it polls the server and
// Options.Secondaries until each of them serves it.
//
// Unless Options.Zone is set, the zone is found by an SOA query. Aliases are not
// followed: if _acme-challenge.www.example.com is a CNAME, the error contains its
// target. That zone would need a separate key.
//
// In BIND:
//
//	key "esacert." { algorithm hmac-sha256; secret "…"; };
//	zone "example.com" { …; update-policy { grant esacert. wildcard _acme-challenge.*.example.com. TXT; }; };
//
// A crash may leave a value behind. It is harmless, because no authority queries
// it again; `nsupdate` deletes it.
package rfc2136
