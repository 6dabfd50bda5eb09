// Package dns01 responds to the dns-01 challenges of certificate authorities (RFC
// 8555, section 8.4) with a small authoritative DNS server.
//
// An operator delegates one zone to it, and adds one CNAME record per domain name
// that points the challenge name to the zone:
//
//	acme.example.net.                    NS     esacert.example.net.
//	_acme-challenge.www.example.com.     CNAME  80fc0fb9266db7b83f85850fa0e6548b.acme.example.net.
//
// The target of the CNAME is Target(zone, name): the first 32 hexadecimal digits of
// the SHA-256 of the name, below the zone. It depends on nothing else, so it is
// known before a certificate exists:
//
//	printf %s www.example.com | sha256sum | cut -c 1-32
//
// A wildcard *.example.com has the name example.com, so one CNAME serves both.
//
//	names, err := dns01.New(dns01.Options{
//		Zone:        "acme.example.net",
//		Nameservers: []string{"esacert.example.net"},
//	})
//	listening, err := names.Listen(ctx, ":53") // UDP and TCP
//	defer listening.Close()
//
// The values are in memory. After a crash the next step of the application
// presents them again: they are derived from the authority's token and the
// account's key.
//
// # Responses
//
//	the zone itself     SOA, NS
//	a name with values  TXT; NODATA for other types
//	any other name      NXDOMAIN
//	outside of the zone REFUSED, like AXFR, IXFR and every class except IN
//
// Responses over UDP are at most 1232 bytes long; longer ones are truncated, so that
// the client retries over TCP. The response to ANY follows RFC 8482. Recursion,
// DNSSEC and updates are not supported.
package dns01
