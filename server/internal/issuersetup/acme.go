package issuersetup

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/conns"
	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/acme"
	"github.com/esacert/esacert/server/internal/issuance/challenge"
	"github.com/esacert/esacert/server/internal/issuance/dns01"
	"github.com/esacert/esacert/server/internal/issuance/http01"
	"github.com/esacert/esacert/server/internal/issuance/rfc2136"
	"github.com/esacert/esacert/server/internal/issuance/seal"
)

// acmeClients has the ACME clients of a configuration and their challenge responders.
type acmeClients struct {
	byName map[string]issuance.Authority
	limits map[string]issuance.Limits
	names  *dns01.Server // nil if not configured
	http01 http.Handler  // serves HTTP-01 challenges
}

func newAuthorities(o Options, ring *seal.Keyring) (*acmeClients, error) {
	all := &acmeClients{byName: map[string]issuance.Authority{}, limits: map[string]issuance.Limits{}}
	byDNS, err := all.dnsSolver(o)
	if err != nil {
		return nil, err
	}
	var accounts []http01.Account
	for i := range o.Config.Issuing.Authorities {
		c := &o.Config.Issuing.Authorities[i]
		authority, err := newAuthority(o, c, ring, byDNS)
		if err != nil {
			return nil, fmt.Errorf("issuing: authority %s: %w", c.Name, err)
		}
		all.byName[c.Name], all.limits[c.Name] = authority, c.Limits
		if slices.Contains(c.Challenges, challenge.HTTP01) {
			accounts = append(accounts, http01.Account{Authority: c.Name, Thumbprint: authority.Thumbprint})
		}
	}
	all.http01 = http01.New(http01.AccountsByOrder(o.Jobs, accounts), o.Logger)
	return all, nil
}

func newAuthority(o Options, c *config.Authority, ring *seal.Keyring, byDNS challenge.Solver) (*acme.Client, error) {
	solvers := map[string]challenge.Solver{}
	for _, typ := range c.Challenges {
		switch {
		case typ == challenge.HTTP01:
			solvers[typ] = &http01.Solver{}
		case byDNS != nil:
			solvers[typ] = byDNS
		}
	}
	options := acme.Options{
		Name: c.Name, DirectoryURL: c.DirectoryURL, Contacts: c.Contacts, TermsAgreed: c.TermsAgreed, Profile: c.Profile,
		Accounts: o.Jobs, Keys: ring, Solvers: solvers, Now: o.Now, Random: o.Random, Logger: o.Logger,
	}
	if c.ExternalAccount.KeyID != "" {
		options.ExternalAccount = &acme.ExternalAccount{KeyID: c.ExternalAccount.KeyID, HMAC: c.ExternalAccount.HMAC.Reveal()}
	}
	if c.Roots != "" {
		roots, err := os.ReadFile(c.Roots)
		if err != nil {
			return nil, fmt.Errorf("read roots: %w", err)
		}
		options.Roots = roots
	}
	return acme.New(options)
}

// dnsSolver returns the solver of DNS-01 challenges; nil if none is configured.
func (a *acmeClients) dnsSolver(o Options) (challenge.Solver, error) {
	switch c := &o.Config.Issuing; {
	case c.DNS.Zone != "":
		var delegation dns01.Resolver
		if !c.DNS.TrustDelegation {
			// The system's resolver does not return the CNAME of a name that only has TXT
			// records.
			delegation = &net.Resolver{PreferGo: true}
		}
		names, err := dns01.New(dns01.Options{Zone: c.DNS.Zone, Nameservers: c.DNS.Nameservers, Delegation: delegation, Now: o.Now})
		if err != nil {
			return nil, fmt.Errorf("issuing: DNS server: %w", err)
		}
		a.names = names
		return names, nil
	case c.RFC2136.Server != "":
		updates, err := rfc2136.New(rfc2136.Options{
			Server: c.RFC2136.Server, Zone: c.RFC2136.Zone,
			Key: rfc2136.Key{Name: c.RFC2136.KeyName, Algorithm: c.RFC2136.Algorithm, Secret: c.RFC2136.Key.Reveal()},
		})
		if err != nil {
			return nil, fmt.Errorf("issuing: DNS updates: %w", err)
		}
		return updates, nil
	}
	return nil, nil
}

// HTTP01 returns the handler of HTTP-01 challenges, for challenge.Path.
func (i *Service) HTTP01() http.Handler { return i.authorities.http01 }

// listen opens the configured listeners for challenges. stop closes them.
func (i *Service) listen(ctx context.Context) (stop func() error, err error) {
	var closers []func() error
	stop = func() error {
		var errs []error
		for _, closer := range closers {
			errs = append(errs, closer())
		}
		return errors.Join(errs...)
	}
	if i.authorities.names != nil {
		l, err := i.authorities.names.Listen(ctx, i.config.DNS.Listen)
		if err != nil {
			return nil, fmt.Errorf("issuing: %w", err)
		}
		i.logger.Info("serving DNS-01 challenges", "listen", l.Addr, "zone", i.config.DNS.Zone)
		closers = append(closers, l.Close)
	}
	if i.config.HTTP01.Listen != "" {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", i.config.HTTP01.Listen)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("issuing: listen for HTTP-01 challenges: %w", err), stop())
		}
		i.logger.Info("serving HTTP-01 challenges", "listen", l.Addr().String())
		closers = append(closers, i.serveHTTP01(l))
	}
	return stop, nil
}

// serveHTTP01 serves challenges until stop is called.
func (i *Service) serveHTTP01(l net.Listener) (stop func() error) {
	mux := http.NewServeMux()
	mux.Handle(challenge.Path, i.authorities.http01)
	s := &http.Server{Handler: mux, ReadTimeout: challengeTimeout, WriteTimeout: challengeTimeout, MaxHeaderBytes: challengeHeader}
	bounded := conns.New(l, conns.Options{
		Name: "HTTP-01 challenges", Limit: conns.Divide(conns.Descriptors()).Challenges, Fields: challengeFields, Logger: i.logger,
	})
	bounded.Attach(s)
	go func() {
		if err := s.Serve(bounded); !errors.Is(err, http.ErrServerClosed) {
			i.logger.Error("HTTP-01 listener failed", "error", err)
		}
	}()
	return s.Close
}

const (
	challengeTimeout = 10 * time.Second
	challengeHeader  = 16 << 10
	challengeFields  = 100
)
