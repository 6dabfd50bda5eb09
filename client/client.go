package client

import (
	"context"
	"net/http"

	"github.com/esacert/esacert/gen/esaops"
)

// Client calls the service. Create it with New. It is safe for concurrent use;
// reuse it, because it keeps its connections.
type Client struct {
	// A pointer, so that printing a Client shows an address instead of
	// credentials.
	settings *settings
}

// New returns a Client. By default it calls DefaultRegion with the credentials
// of the environment. Its error is an *InputError that lists every invalid
// option.
func New(options ...Option) (*Client, error) {
	s := newSettings()
	s.constant = newSharedHeaders()
	s.defaultDoer = roundTripper{newTransport()}
	s.apply(options)
	if err := invalid("", s.problems); err != nil {
		return nil, err
	}
	return &Client{settings: &s}, nil
}

// ApplyCertificate requests free certificates for domain names of one site. The
// service responds immediately and issues the certificates afterwards. Options
// apply to this call only.
//
// The error is one of these types, which errors.As distinguishes:
//
//   - *InputError: the input or an option is invalid; no request was sent
//   - *CredentialsError: no usable credentials; no request was sent
//   - *ConnectionError: no connection, or no response
//   - *UnexpectedResponseError: the response is not documented
//   - *ServiceError: the service rejected the request; errors.Is matches the documented error
//
// The call returns as soon as the context is done, and errors.Is matches the
// context's error.
func (c *Client) ApplyCertificate(ctx context.Context, input ApplyCertificateInput, options ...Option) (*ApplyCertificateOutput, error) {
	output := new(ApplyCertificateOutput)
	if err := c.do(ctx, esaops.ApplyCertificate, &applyCertificateCall{ApplyCertificateInput: input}, output, options); err != nil {
		return nil, err
	}
	return output, nil
}

// do checks the input, calls an operation and sets the output.
func (c *Client) do(ctx context.Context, op *esaops.Operation, in input, out output, options []Option) error {
	if c == nil || c.settings == nil {
		return invalid(op.Action, []Problem{{Field: "Client", Message: "is not initialized; use New"}})
	}
	if ctx == nil {
		return invalid(op.Action, []Problem{{Field: "ctx", Message: "is nil; use context.Background()"}})
	}
	s := c.settings
	if len(options) > 0 {
		own := *s
		s = &own
		s.apply(options)
	}
	problems := s.problems
	if s.checkInput {
		problems = append(problems, in.check()...)
	}
	if err := invalid(op.Action, problems); err != nil {
		return err
	}
	one := &call{settings: s, op: op, input: in, output: out}
	var err error
	if one.credentials, err = s.provider.Credentials(ctx); err == nil {
		err = one.credentials.check()
	}
	if err != nil {
		return &CredentialsError{Operation: op.Action, Err: err}
	}
	return one.run(ctx)
}

// Endpoint returns the URL that the client calls.
func (c *Client) Endpoint() string {
	if c == nil || c.settings == nil {
		return ""
	}
	return c.settings.generated.Server
}

// CloseIdleConnections closes the client's idle connections, if its transport
// keeps any.
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
type sharedHeaders struct {
	accept, version []string
	actions         map[string][]string // by operation
}

func newSharedHeaders() sharedHeaders {
	h := sharedHeaders{accept: []string{"application/json"}, version: []string{esaops.Version}, actions: map[string][]string{}}
	for _, op := range esaops.All() {
		h.actions[op.Action] = []string{op.Action}
	}
	return h
}

// action returns the header value for an action, which the contract may not have.
func (h *sharedHeaders) action(name string) []string {
	if shared, ok := h.actions[name]; ok {
		return shared
	}
	return []string{name}
}

// CloseIdleConnections passes on to the transport.
func (r roundTripper) CloseIdleConnections() {
	(&http.Client{Transport: r.transport}).CloseIdleConnections()
}

// ApplyCertificateOutput is the response to an accepted call. The certificates
// are issued afterwards.
type ApplyCertificateOutput struct {
	// SiteName is the name of the site.
	SiteName string
	// TotalCount is the number of certificates requested. According to the
	// documented page it is the number of names sent, but the example there
	// differs from the length of Result: derive neither from the other.
	TotalCount int64
	// Applications is Result on the wire. Find a name by Domain, not by
	// position.
	Applications []Application
	// RequestID identifies the call to the vendor's support.
	RequestID string

	ResponseInfo
}

func (o *ApplyCertificateOutput) requestID() string { return o.RequestID }

// ResponseInfo is what every output has besides the body.
type ResponseInfo struct {
	// Status is the HTTP status.
	Status int
	// Header is the response header.
	Header http.Header
	// Attempts is the number of requests sent, from 1.
	Attempts int
}

func (i *ResponseInfo) setAttempts(n int) { i.Attempts = n }

// Application is one application for a certificate.
type Application struct {
	// Domain is the name that the certificate is for, as the service spells it.
	Domain string
	// Status is the state of the application: Applying, right after the call.
	Status string
	// ID is the opaque certificate ID. The documented example is a number; IDs
	// of later operations are not.
	ID string
}
