// Package rfc2136 answers the dns-01 challenges of certificate authorities (RFC
// 8555, section 8.4) in the operator's own DNS, by dynamic updates (RFC 2136)
// that are signed with TSIG (RFC 8945).
//
//	names, err := rfc2136.New(rfc2136.Options{
//		Server: "ns1.example.com:53",
//		Key:    rfc2136.Key{Name: "esacert.", Algorithm: rfc2136.HMACSHA256, Secret: secret},
//	})
//
// It adds and deletes the TXT records of its own values, and nothing else: other
// values at the same name stay. After adding one it asks the server, and
// those of Options.Secondaries, until each of them serves it.
//
// The zone is asked for (SOA) unless it is given. An alias is not followed: where
// _acme-challenge.www.example.com is a CNAME, the error says where to, because
// the update belongs to that zone, with a key of its own.
//
// In BIND:
//
//	key "esacert." { algorithm hmac-sha256; secret "…"; };
//	zone "example.com" { …; update-policy { grant esacert. wildcard _acme-challenge.*.example.com. TXT; }; };
//
// A crash may leave a value behind. It does no harm, as nobody asks for it
// again; `nsupdate` deletes it.
package rfc2136
