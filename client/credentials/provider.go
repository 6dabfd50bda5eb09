package credentials

import (
	"context"
	"fmt"

	vendor "github.com/aliyun/credentials-go/credentials"

	"github.com/esacert/esacert/client"
)

// provider asks a credential of the vendor's module, one caller at a time: its
// caches are not all safe for concurrent use.
type provider struct {
	name    string
	build   func() (vendor.Credential, error)
	sem     chan struct{}     // holds a value while someone asks
	current vendor.Credential // nil before the first call and after a failure
}

func newProvider(name string, build func() (vendor.Credential, error)) *provider {
	return &provider{name: name, build: build, sem: make(chan struct{}, 1)}
}

// result is what a credential gave.
type result struct {
	credentials client.Credentials
	err         error
}

// Credentials asks the vendor's module. Its functions know no context, so they
// run aside: when the context ends, the caller goes and they finish alone.
func (p *provider) Credentials(ctx context.Context) (client.Credentials, error) {
	select {
	case p.sem <- struct{}{}:
	case <-ctx.Done():
		return client.Credentials{}, fmt.Errorf("%s: %w", p.name, ctx.Err())
	}
	done := make(chan result, 1)
	go func() {
		defer func() { <-p.sem }()
		done <- p.ask()
	}()
	select {
	case r := <-done:
		return r.credentials, r.err
	case <-ctx.Done():
		return client.Credentials{}, fmt.Errorf("%s: %w", p.name, ctx.Err())
	}
}

// ask asks once. After a failure the next call begins anew: the vendor's chain
// would ask only the last of its places again.
func (p *provider) ask() (r result) {
	defer func() {
		if trouble := recover(); trouble != nil {
			// Its reader of profiles, for one, does not check for a null in the list.
			r = result{err: p.failure(fmt.Sprintf("vendor's module panicked: %v", trouble))}
		}
		if r.err != nil {
			p.current = nil
		}
	}()
	if p.current == nil {
		credential, err := p.build()
		if err != nil {
			return result{err: p.failure(err.Error())}
		}
		p.current = credential
	}
	model, err := p.current.GetCredential()
	if err != nil {
		return result{err: p.failure(err.Error())}
	}
	if model == nil {
		return result{err: p.failure("vendor's module returned no credentials")}
	}
	return result{credentials: client.Credentials{
		AccessKeyID:     value(model.AccessKeyId),
		AccessKeySecret: value(model.AccessKeySecret),
		SecurityToken:   value(model.SecurityToken),
		BearerToken:     value(model.BearerToken),
	}}
}

// failure makes an error of the vendor's text alone: its error values may hold
// what must not be shown.
func (p *provider) failure(text string) error {
	return fmt.Errorf("%w from the %s: %s", client.ErrNoCredentials, p.name, redact(text))
}

func value(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
