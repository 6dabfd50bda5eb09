package credentials

import (
	"context"
	"fmt"

	vendor "github.com/aliyun/credentials-go/credentials"

	"github.com/esacert/esacert/client"
)

// provider gets credentials from the vendor's module, one caller at a time,
// because not all of its caches are safe for concurrent use.
type provider struct {
	name    string
	build   func() (vendor.Credential, error)
	sem     chan struct{}     // holds a value during a fetch
	current vendor.Credential // nil before the first call and after a failure
}

func newProvider(name string, build func() (vendor.Credential, error)) *provider {
	return &provider{name: name, build: build, sem: make(chan struct{}, 1)}
}

// result is the result of a fetch.
type result struct {
	credentials client.Credentials
	err         error
}

// Credentials fetches the credentials. The vendor's functions accept no
// context, so they run in a goroutine that may outlive the call.
func (p *provider) Credentials(ctx context.Context) (client.Credentials, error) {
	select {
	case p.sem <- struct{}{}:
	case <-ctx.Done():
		return client.Credentials{}, fmt.Errorf("%s: %w", p.name, ctx.Err())
	}
	done := make(chan result, 1)
	go func() {
		defer func() { <-p.sem }()
		done <- p.fetch()
	}()
	select {
	case r := <-done:
		return r.credentials, r.err
	case <-ctx.Done():
		return client.Credentials{}, fmt.Errorf("%s: %w", p.name, ctx.Err())
	}
}

// fetch calls the vendor's module. After a failure the next call rebuilds the
// credential, because the vendor's chain would only retry the last of its
// sources.
func (p *provider) fetch() (r result) {
	defer func() {
		if cause := recover(); cause != nil {
			// Its profile parser does not check for a null in the list.
			r = result{err: p.failure(fmt.Sprintf("vendor's module panicked: %v", cause))}
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

// failure returns an error with the vendor's message only: its error values may
// hold secrets.
func (p *provider) failure(message string) error {
	return fmt.Errorf("%w from the %s: %s", client.ErrNoCredentials, p.name, redactMessage(message))
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
