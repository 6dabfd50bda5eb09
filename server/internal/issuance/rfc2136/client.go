package rfc2136

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/esacert/esacert/server/internal/ctxerr"
	"github.com/esacert/esacert/server/internal/issuance/challenge"
)

// Client solves challenges by DNS updates. It is safe for concurrent use.
type Client struct {
	o   Options
	key string // canonical name
	dns dns.Client
}

var _ challenge.Solver = (*Client)(nil)

// New returns a Client. It sends no query. The error lists all invalid options.
func New(options Options) (*Client, error) {
	o, err := options.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("rfc2136: %w", err)
	}
	key := dns.CanonicalName(o.Key.Name)
	return &Client{o: o, key: key, dns: dns.Client{
		Net: "tcp", Timeout: o.Timeout, TsigSecret: map[string]string{key: o.Key.Secret},
	}}, nil
}

// Present adds the value of a challenge and waits until every server serves it.
//
// Errors: an *Error if a server rejects a query or does not respond.
func (c *Client) Present(ctx context.Context, ch challenge.Challenge) error {
	name, value := dns.CanonicalName(ch.RecordName()), ch.RecordValue()
	if err := c.checkNoAlias(ctx, name); err != nil {
		return err
	}
	zone, err := c.zoneOf(ctx, name)
	if err != nil {
		return err
	}
	add := new(dns.Msg).SetUpdate(zone)
	add.Insert([]dns.RR{c.txtRecord(name, value)})
	if err := c.update(ctx, zone, name, add); err != nil {
		return err
	}
	for _, server := range append([]string{c.o.Server}, c.o.Secondaries...) {
		if err := c.waitServed(ctx, server, name, value); err != nil {
			return err
		}
	}
	return nil
}

// CleanUp deletes the value of a challenge. Other values at the name remain.
func (c *Client) CleanUp(ctx context.Context, ch challenge.Challenge) error {
	name := dns.CanonicalName(ch.RecordName())
	zone, err := c.zoneOf(ctx, name)
	if err != nil {
		return err
	}
	remove := new(dns.Msg).SetUpdate(zone)
	remove.Remove([]dns.RR{c.txtRecord(name, ch.RecordValue())})
	return c.update(ctx, zone, name, remove)
}

func (c *Client) txtRecord(name, value string) *dns.TXT {
	return &dns.TXT{
		Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: uint32(c.o.TTL.Round(time.Second) / time.Second)},
		Txt: []string{value},
	}
}

// zoneOf returns the zone of a name, from the options or the server's SOA record.
func (c *Client) zoneOf(ctx context.Context, name string) (string, error) {
	if c.o.Zone != "" {
		if !dns.IsSubDomain(c.o.Zone, name) {
			return "", &Error{Server: c.o.Server, Op: "update " + name, Reason: "name is not in the zone " + c.o.Zone, Hint: "correct the zone, or unset it to detect it"}
		}
		return c.o.Zone, nil
	}
	const hint = "configure a server that is authoritative for the name, or the zone"
	op := "find zone of " + name
	response, err := c.exchange(ctx, c.o.Server, op, name, dns.TypeSOA)
	if err != nil {
		return "", err
	}
	if !response.Authoritative {
		return "", &Error{Server: c.o.Server, Op: op, Reason: "server is not authoritative for it", Hint: hint}
	}
	for _, record := range slices.Concat(response.Answer, response.Ns) {
		soa, ok := record.(*dns.SOA)
		if ok && dns.IsSubDomain(soa.Hdr.Name, name) && soa.Hdr.Name != "." {
			return dns.CanonicalName(soa.Hdr.Name), nil
		}
	}
	return "", &Error{Server: c.o.Server, Op: op, Reason: "response has no SOA record", Hint: hint}
}

// checkNoAlias returns an error if the name has a CNAME record. A TXT record in
// addition would not be visible, and servers silently ignore the update.
func (c *Client) checkNoAlias(ctx context.Context, name string) error {
	op := "look up CNAME of " + name
	response, err := c.exchange(ctx, c.o.Server, op, name, dns.TypeCNAME)
	if err != nil {
		return err
	}
	for _, record := range response.Answer {
		if alias, ok := record.(*dns.CNAME); ok {
			return &Error{
				Server: c.o.Server, Op: "update " + name, Reason: "name is an alias (CNAME) of " + alias.Target,
				Hint: "delete the alias, or solve the challenges in the zone of its target",
			}
		}
	}
	return nil
}

// waitServed waits until a server serves the value. It returns the last error of
// the server, except that of a query interrupted by the end of the wait.
func (c *Client) waitServed(ctx context.Context, server, name, value string) error {
	waiting, cancel := context.WithTimeout(ctx, c.o.Wait)
	defer cancel()
	op := "wait for TXT record of " + name
	unserved := &Error{Server: server, Op: op, Reason: "value not served", Hint: "check that the server receives the zone from " + c.o.Server}
	last := unserved
	for {
		response, err := c.exchange(waiting, server, op, name, dns.TypeTXT)
		switch {
		case err == nil && hasValue(response, value):
			return nil
		case err == nil:
			last = unserved
		case ctxerr.Err(waiting) == nil:
			errors.As(err, &last)
		}
		select {
		case <-time.After(c.o.Poll):
		case <-waiting.Done():
			if ctx.Err() != nil {
				return fmt.Errorf("rfc2136: %s at %s: %w", op, server, ctx.Err())
			}
			last.Reason = fmt.Sprintf("%s after %v", last.Reason, c.o.Wait)
			return last
		}
	}
}

func hasValue(response *dns.Msg, value string) bool {
	for _, record := range response.Answer {
		if txt, ok := record.(*dns.TXT); ok && strings.Join(txt.Txt, "") == value {
			return true
		}
	}
	return false
}

// exchange sends one query. NXDOMAIN is not an error.
func (c *Client) exchange(ctx context.Context, server, op, name string, typ uint16) (*dns.Msg, error) {
	query := new(dns.Msg).SetQuestion(name, typ)
	query.RecursionDesired = false
	response, _, err := c.dns.ExchangeContext(ctx, query, server)
	switch {
	case err != nil:
		if ctxErr := ctxerr.Err(ctx); ctxErr != nil {
			return nil, fmt.Errorf("rfc2136: %s at %s: %w", op, server, ctxErr)
		}
		return nil, unreachable(server, op, err)
	case response.Rcode != dns.RcodeSuccess && response.Rcode != dns.RcodeNameError:
		return nil, &Error{Server: server, Op: op, Rcode: response.Rcode, Reason: "got " + rcode(response.Rcode), Hint: "check that the server has the zone and permits queries from here"}
	}
	return response, nil
}

func unreachable(server, op string, err error) error {
	return &Error{Server: server, Op: op, Reason: "no response: " + err.Error(), Hint: "check that the server is reachable over TCP", Err: err}
}
