package client

import (
	"context"
	"net/http"

	"github.com/esacert/esacert/gen/esaapi"
)

// Client calls the service. Make it with New; it is safe for concurrent use and
// meant to be kept, since it keeps its connections.
type Client struct {
	// A pointer, so that printing a Client shows an address and no credentials.
	settings *settings
}

// New makes a client. Without options it calls DefaultRegion with the
// credentials of the environment. Its error is an *InputError with everything
// that is wrong with the options.
func New(options ...Option) (*Client, error) {
	s := newSettings()
	s.constant = newSharedHeaders()
	s.defaultDoer = roundTripper{newTransport()}
	s.apply(options)
	if err := invalid(s.problems); err != nil {
		return nil, err
	}
	return &Client{settings: &s}, nil
}

// ApplyCertificate applies for free certificates of names of one site. The
// service answers at once; the certificates are issued afterwards. Options hold
// for this call alone.
//
// Errors are one of these, to be told apart with errors.As:
//
//   - *InputError: the input or an option is wrong; nothing was sent
//   - *CredentialsError: there is nothing to sign with; nothing was sent
//   - *ConnectionError: no connection, or no answer
//   - *UnexpectedResponseError: something answered, but not as documented
//   - *ServiceError: the service refused; errors.Is finds the documented row
//
// A context that ends stops the call at once, and errors.Is finds its error.
func (c *Client) ApplyCertificate(ctx context.Context, input ApplyCertificateInput, options ...Option) (*ApplyCertificateOutput, error) {
	if c == nil || c.settings == nil {
		return nil, invalid([]Problem{{Field: "Client", Message: "is not initialized; use New"}})
	}
	if ctx == nil {
		return nil, invalid([]Problem{{Field: "ctx", Message: "is nil; use context.Background()"}})
	}
	s := c.settings
	if len(options) > 0 {
		own := *s
		s = &own
		s.apply(options)
	}
	problems := s.problems
	if s.checkInput {
		problems = append(problems, input.check()...)
	}
	err := invalid(problems)
	if err != nil {
		return nil, err
	}
	one := &call{settings: s, params: input.params(s.checkInput)}
	if one.credentials, err = s.provider.Credentials(ctx); err == nil {
		err = one.credentials.check()
	}
	if err != nil {
		return nil, &CredentialsError{Err: err}
	}
	return one.run(ctx)
}

// Endpoint gives the URL that the client calls.
func (c *Client) Endpoint() string {
	if c == nil || c.settings == nil {
		return ""
	}
	return c.settings.generated.Server
}

// CloseIdleConnections closes the connections that the client keeps for its
// next call. Its transport decides whether it has any.
func (c *Client) CloseIdleConnections() {
	if c == nil || c.settings == nil {
		return
	}
	if closer, ok := c.settings.generated.Client.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}

// sharedHeaders are header values that every request shares. No transport may
// change them.
type sharedHeaders struct{ accept, action, version []string }

func newSharedHeaders() sharedHeaders {
	return sharedHeaders{
		accept:  []string{"application/json"},
		action:  []string{esaapi.Action},
		version: []string{esaapi.Version},
	}
}

// CloseIdleConnections passes on to the transport.
func (r roundTripper) CloseIdleConnections() {
	(&http.Client{Transport: r.transport}).CloseIdleConnections()
}

// ApplyCertificateOutput is the answer to a call that was accepted. The
// certificates are issued afterwards.
type ApplyCertificateOutput struct {
	// SiteName is the name of the site.
	SiteName string
	// TotalCount is the number of certificates applied for. The documented page
	// says it is the number of names sent, and shows an example in which it is
	// not the length of Result: count neither from the other.
	TotalCount int64
	// Applications has what was applied for (Result on the wire). Find a name by
	// Domain and not by its place.
	Applications []Application
	// RequestID names the call towards the vendor's support.
	RequestID string

	// Status is the HTTP status.
	Status int
	// Header has the headers of the answer.
	Header http.Header
	// Attempts is how many requests it took, from 1.
	Attempts int
}

// Application is one application for a certificate.
type Application struct {
	// Domain is the name that the certificate is for, as the service spells it.
	Domain string
	// Status is the state of the application: Applying, right after the call.
	Status string
	// ID names the certificate. It is opaque; the documented example is a number,
	// those of later operations are not.
	ID string
}
