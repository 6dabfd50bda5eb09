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

// Client updates the DNS. It is used from many goroutines.
type Client struct {
	o   Options
	key string // name, canonical
	dns dns.Client
}

var _ challenge.Solver = (*Client)(nil)

// New makes a client. It asks the server nothing yet. The error lists all that
// is wrong with the options.
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
// Errors: an *Error where a server says no, with what would be right.
func (c *Client) Present(ctx context.Context, asked challenge.Challenge) error {
	name, value := dns.CanonicalName(asked.RecordName()), asked.RecordValue()
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

// CleanUp deletes the value of a challenge, and leaves others at the name.
func (c *Client) CleanUp(ctx context.Context, asked challenge.Challenge) error {
	name := dns.CanonicalName(asked.RecordName())
	zone, err := c.zoneOf(ctx, name)
	if err != nil {
		return err
	}
	remove := new(dns.Msg).SetUpdate(zone)
	remove.Remove([]dns.RR{c.txtRecord(name, asked.RecordValue())})
	return c.update(ctx, zone, name, remove)
}

func (c *Client) txtRecord(name, value string) *dns.TXT {
	return &dns.TXT{
		Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: uint32(c.o.TTL.Round(time.Second) / time.Second)},
		Txt: []string{value},
	}
}

// zoneOf finds the zone that a name is in: the server tells with its SOA record.
func (c *Client) zoneOf(ctx context.Context, name string) (string, error) {
	if c.o.Zone != "" {
		if !dns.IsSubDomain(c.o.Zone, name) {
			return "", &Error{Server: c.o.Server, Op: "updating " + name, Reason: "it is not in the zone " + c.o.Zone, Hint: "correct the zone, or leave it out to have it found"}
		}
		return c.o.Zone, nil
	}
	const hint = "give a server that is authoritative for the name, or the zone"
	doing := "looking for the zone of " + name
	answer, err := c.exchange(ctx, c.o.Server, doing, name, dns.TypeSOA)
	if err != nil {
		return "", err
	}
	if !answer.Authoritative {
		return "", &Error{Server: c.o.Server, Op: doing, Reason: "the server is not authoritative for it", Hint: hint}
	}
	for _, record := range slices.Concat(answer.Answer, answer.Ns) {
		soa, ok := record.(*dns.SOA)
		if ok && dns.IsSubDomain(soa.Hdr.Name, name) && soa.Hdr.Name != "." {
			return dns.CanonicalName(soa.Hdr.Name), nil
		}
	}
	return "", &Error{Server: c.o.Server, Op: doing, Reason: "the server gives no SOA record", Hint: hint}
}

// refuseAlias finds a CNAME at the name. A TXT record beside it would never be
// seen, and servers ignore such an update without a word.
func (c *Client) checkNoAlias(ctx context.Context, name string) error {
	doing := "looking for an alias at " + name
	answer, err := c.exchange(ctx, c.o.Server, doing, name, dns.TypeCNAME)
	if err != nil {
		return err
	}
	for _, record := range answer.Answer {
		if alias, ok := record.(*dns.CNAME); ok {
			return &Error{
				Server: c.o.Server, Op: "updating " + name, Reason: "it is an alias (CNAME) of " + alias.Target,
				Hint: "delete the alias, or have the zone that it leads to answer the challenges",
			}
		}
	}
	return nil
}

// waitServed waits until a server has the value. The error is the last that the
// server said; a question that the end of the wait cuts off says nothing.
func (c *Client) waitServed(ctx context.Context, server, name, value string) error {
	waiting, cancel := context.WithTimeout(ctx, c.o.Wait)
	defer cancel()
	doing := "waiting for the TXT record of " + name
	unserved := &Error{Server: server, Op: doing, Reason: "the value is not served", Hint: "does the server get the zone from " + c.o.Server + "?"}
	last := unserved
	for {
		answer, err := c.exchange(waiting, server, doing, name, dns.TypeTXT)
		switch {
		case err == nil && hasValue(answer, value):
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
				return fmt.Errorf("rfc2136: %s at %s: %w", doing, server, ctx.Err())
			}
			last.Reason = fmt.Sprintf("%s after %v", last.Reason, c.o.Wait)
			return last
		}
	}
}

func hasValue(answer *dns.Msg, value string) bool {
	for _, record := range answer.Answer {
		if txt, ok := record.(*dns.TXT); ok && strings.Join(txt.Txt, "") == value {
			return true
		}
	}
	return false
}

// ask asks one question. That there is no such name is an answer like others.
func (c *Client) exchange(ctx context.Context, server, doing, name string, typ uint16) (*dns.Msg, error) {
	query := new(dns.Msg).SetQuestion(name, typ)
	query.RecursionDesired = false
	answer, _, err := c.dns.ExchangeContext(ctx, query, server)
	switch {
	case err != nil:
		if over := ctxerr.Err(ctx); over != nil {
			return nil, fmt.Errorf("rfc2136: %s at %s: %w", doing, server, over)
		}
		return nil, unreachable(server, doing, err)
	case answer.Rcode != dns.RcodeSuccess && answer.Rcode != dns.RcodeNameError:
		return nil, &Error{Server: server, Op: doing, Rcode: answer.Rcode, Reason: "it answers " + rcode(answer.Rcode), Hint: "does the server have the zone, and may we ask it?"}
	}
	return answer, nil
}

func unreachable(server, doing string, err error) error {
	return &Error{Server: server, Op: doing, Reason: "no answer: " + err.Error(), Hint: "does the server answer over TCP, and can it be reached from here?", Err: err}
}
