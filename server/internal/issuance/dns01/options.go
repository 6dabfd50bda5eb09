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

// Bounds of what is held in memory.
const (
	maxNames  = 100_000
	maxValues = 16 // per name
)

// Options says which zone is served. Zone and Nameservers are needed.
type Options struct {
	// Zone that is delegated to this server, like "acme.example.net".
	Zone string
	// Nameservers are the names of the servers of the zone, as in the delegation,
	// the primary one first.
	Nameservers []string
	// Addresses of the nameservers that are in the zone itself, by their name:
	// the parent has them as glue, and they are answered here too.
	Addresses map[string][]netip.Addr
	// Contact is the mail address in the SOA record; empty for hostmaster@ the
	// zone.
	Contact string
	// TTL of the values, and for how long it is remembered that there is none;
	// 0 for DefaultTTL. It is rounded to whole seconds.
	TTL time.Duration
	// Expiry is how long a value is served that nobody takes away; 0 for
	// DefaultExpiry.
	Expiry time.Duration
	// Delegation looks, before a challenge is presented, whether the name really
	// leads here; nil to trust that it does. A *net.Resolver is one.
	Delegation Resolver
	// Wait is how long a value may take to be seen through Delegation; 0 for 30
	// seconds. It is asked for once a second.
	Wait time.Duration
	// Now is the clock of the expiry; nil for time.Now.
	Now func() time.Time
}

// names gives the options' names in the form in which the DNS library compares
// them. The error lists all that is wrong.
func (o *Options) names() (zone string, nameservers []string, addresses map[string][]netip.Addr, err error) {
	var errs []error
	zone, problem := canonical(o.Zone)
	if problem != nil || zone == "." {
		errs = append(errs, fmt.Errorf("the zone %q is not a domain name like acme.example.net", o.Zone))
	}
	// The names of challenges are a label of 32 in the zone.
	if len(zone)+challengeLabel+1 > 254 {
		errs = append(errs, fmt.Errorf("the zone %q is too long: %d bytes at most leave room for the names of challenges", o.Zone, 253-challengeLabel-1))
	}
	if len(o.Nameservers) == 0 {
		errs = append(errs, errors.New("the zone needs the name of at least one nameserver, as in its delegation"))
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
			errs = append(errs, fmt.Errorf("the address of %q is not one of a name in the zone %q", name, o.Zone))
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

// mailbox is a mail address as SOA has it. Source: RFC 1035, section 8.
func (o *Options) mailbox(zone string) string {
	local, domain, found := strings.Cut(o.Contact, "@")
	if !found {
		return "hostmaster." + zone
	}
	return dns.CanonicalName(strings.ReplaceAll(local, ".", `\.`) + "." + domain)
}
