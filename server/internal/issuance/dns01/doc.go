// Package dns01 answers the dns-01 challenges of certificate authorities (RFC
// 8555, section 8.4) with a small authoritative DNS server of its own.
//
// An operator delegates one zone to it, once, and points the challenge names of
// the sites there, once each:
//
//	acme.example.net.                    NS     esacert.example.net.
//	_acme-challenge.www.example.com.     CNAME  80fc0fb9266db7b83f85850fa0e6548b.acme.example.net.
//
// The target of such a CNAME is Target(zone, name): the first 32 hexadecimal
// digits of the SHA-256 of the name, below the zone. It depends on nothing
// else, so it can be told before there is a certificate:
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
// presents them again, as they are made of the authority's token and the
// account's key.
//
// # What is answered
//
//	the zone itself     SOA, NS
//	a name with values  TXT; for other types no data
//	any other name      NXDOMAIN
//	outside of the zone REFUSED, as is AXFR, IXFR and every class but IN
//
// Answers over UDP have 1232 bytes at most, and go on over TCP; ANY is answered
// as RFC 8482 says. There is no recursion, no DNSSEC, and no update.
package dns01
