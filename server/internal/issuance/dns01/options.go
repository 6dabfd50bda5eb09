package dns01

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// Defaults of Options.
const (
	DefaultTTL    = 10 * time.Second
	DefaultExpiry = time.Hour
)

// Limits of the values in memory.
const (
	maxNames  = 100_000
	maxValues = 16 // per name
)

// Options are the options of New. Zone and Nameservers are required.
type Options struct {
	// Zone that is delegated to this server, like "acme.example.net".
	Zone string
	// Nameservers are the names of the servers of the zone, as in the delegation,
	// the primary one first.
	Nameservers []string
	// Addresses of the nameservers that are in the zone itself, by their name:
	// the parent zone has them as glue records, and this server returns them too.
	Addresses map[string][]netip.Addr
	// Contact is the mail address in the SOA record. Default: hostmaster@ and the
	// zone.
	Contact string
	// TTL is how long resolvers may cache a value or its absence, rounded to
	// seconds. Default: DefaultTTL.
	TTL time.Duration
	// Expiry is how long a value is served unless CleanUp removes it. Default:
	// DefaultExpiry.
	Expiry time.Duration
	// Delegation checks, before the authority validates a challenge, that the
	// challenge name points to this server. If nil, it is not checked.
	Delegation Resolver
	// Wait is how long a value may take to become visible through Delegation, which
	// is queried once per second. Default: 30 seconds.
	Wait time.Duration
	// Now returns the time for the expiry. Default: time.Now.
	Now func() time.Time
}

// names returns the names of the options in canonical form. The error lists every
// invalid option.
func (o *Options) names() (zone string, nameservers []string, addresses map[string][]netip.Addr, err error) {
	var errs []error
	zone, problem := canonical(o.Zone)
	if problem != nil || zone == "." {
		errs = append(errs, fmt.Errorf("the zone %q is not a domain name like acme.example.net", o.Zone))
	}
	// The name of a challenge is a label of 32 bytes in the zone.
	if len(zone)+challengeLabel+1 > 254 {
		errs = append(errs, fmt.Errorf("the zone %q is too long: want at most %d bytes, to leave space for the names of challenges", o.Zone, 253-challengeLabel-1))
	}
	if len(o.Nameservers) == 0 {
		errs = append(errs, errors.New("the zone needs at least one nameserver, as in its delegation"))
	}
	for _, name := range o.Nameservers {
		server, problem := canonical(name)
		if problem != nil || server == "." {
			errs = append(errs, fmt.Errorf("the nameserver %q is not a domain name like ns1.example.net", name))
		}
		nameservers = append(nameservers, server)
	}
	addresses = make(map[string][]netip.Addr)
	for name, of := range o.Addresses {
		server, problem := canonical(name)
		if problem != nil || !dns.IsSubDomain(zone, server) {
			errs = append(errs, fmt.Errorf("address of %q: the name is not in the zone %q", name, o.Zone))
		}
		addresses[server] = of
	}
	if o.Contact != "" && strings.Count(o.Contact, "@") != 1 {
		errs = append(errs, fmt.Errorf("the contact %q is not a mail address", o.Contact))
	}
	if o.TTL < 0 || o.Expiry < 0 || o.Wait < 0 {
		errs = append(errs, errors.New("TTL, Expiry and Wait must not be negative"))
	}
	return zone, nameservers, addresses, errors.Join(errs...)
}

func canonical(name string) (string, error) {
	if _, ok := dns.IsDomainName(name); !ok || name == "" {
		return "", errors.New("not a domain name")
	}
	return dns.CanonicalName(name), nil
}

// mailbox returns the contact in the form of an SOA record. Source: RFC 1035,
// section 8.
func (o *Options) mailbox(zone string) string {
	local, domain, found := strings.Cut(o.Contact, "@")
	if !found {
		return "hostmaster." + zone
	}
	return dns.CanonicalName(strings.ReplaceAll(local, ".", `\.`) + "." + domain)
}
