package adapters

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
)

//go:embed protocol.schema.json
var schema []byte

// Schema gives the JSON Schema of both kinds of lines, for who checks an
// adapter that was written elsewhere.
func Schema() []byte { return bytes.Clone(schema) }

// The values of Request.Signature.
const (
	SignatureACS3     = "acs3"      // ACS3-HMAC-SHA256, in the Authorization header
	SignatureHMACSHA1 = "hmac-sha1" // RPC signature 1.0, in the parameters
)

// The values of Request.Placement.
const (
	PlacementQuery = "query" // parameters in the query
	PlacementForm  = "form"  // parameters in a form body
)

// Request tells an adapter to make one call. Its fields are explained in
// protocol.schema.json; empty ones take the default that stands there.
type Request struct {
	ID              string            `json:"id"`
	Endpoint        string            `json:"endpoint"`
	AccessKeyID     string            `json:"accessKeyId,omitempty"`
	AccessKeySecret string            `json:"accessKeySecret,omitempty"`
	SecurityToken   string            `json:"securityToken,omitempty"`
	BearerToken     string            `json:"bearerToken,omitempty"`
	Signature       string            `json:"signature,omitempty"`
	Method          string            `json:"method,omitempty"`
	Placement       string            `json:"placement,omitempty"`
	Parameters      map[string]string `json:"parameters"`
	TimeoutMs       int               `json:"timeoutMs,omitempty"`
	MaxAttempts     int               `json:"maxAttempts,omitempty"`
}

// Result tells what the client under test returned: a Response or an Error.
type Result struct {
	ID       string    `json:"id"`
	OK       bool      `json:"ok"`
	Response *Response `json:"response,omitempty"`
	Error    *Error    `json:"error,omitempty"`
}

// Response is an answer as the client gave it to its caller. Status is 0 and
// Headers nil where the client does not show them.
type Response struct {
	Status  int               `json:"status,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    map[string]any    `json:"body"` // numbers are json.Number
}

// Kind says which kind of failure a client reported.
type Kind string

// The kinds of failures; protocol.schema.json says where each begins.
const (
	KindService     Kind = "service"
	KindConnection  Kind = "connection"
	KindAnswer      Kind = "answer"
	KindInput       Kind = "input"
	KindUnsupported Kind = "unsupported"
	KindOther       Kind = "other"
)

// Error is a failure as the client told it to its caller. Message is the
// service's own; Raw is what the client prints. Status is 0 where the client
// lost it.
type Error struct {
	Kind      Kind           `json:"kind"`
	Code      string         `json:"code"`
	Message   string         `json:"message"`
	Status    int            `json:"status,omitempty"`
	RequestID string         `json:"requestId,omitempty"`
	Data      map[string]any `json:"data,omitempty"`
	Raw       string         `json:"raw"`
}

// ParseRequest reads a request from a line. It takes no unknown member, so
// that an adapter never leaves out what a newer runner asks for. Where the line
// shows an id, the request has it even if there is an error.
func ParseRequest(line []byte) (Request, error) {
	var request Request
	if err := decode(line, &request); err != nil {
		var id struct{ ID string }
		if json.Unmarshal(line, &id) != nil {
			return Request{}, fmt.Errorf("no request: %w", err)
		}
		return Request{ID: id.ID}, fmt.Errorf("no request: %w", err)
	}
	return request.withDefaults(), request.check()
}

func (r Request) withDefaults() Request {
	for _, field := range []struct {
		value *string
		empty string
	}{{&r.Signature, SignatureACS3}, {&r.Method, "POST"}, {&r.Placement, PlacementQuery}} {
		if *field.value == "" {
			*field.value = field.empty
		}
	}
	if r.TimeoutMs == 0 {
		r.TimeoutMs = 10_000
	}
	if r.MaxAttempts == 0 {
		r.MaxAttempts = 1
	}
	return r
}

func (r Request) check() error {
	switch {
	case r.ID == "":
		return errors.New("no request: id is missing")
	case !isBase(r.Endpoint):
		return fmt.Errorf("no request: endpoint %q is no scheme://host:port", r.Endpoint)
	case r.Parameters == nil:
		return errors.New("no request: parameters are missing")
	}
	for _, field := range []struct{ name, value, one, two string }{
		{"signature", r.Signature, SignatureACS3, SignatureHMACSHA1},
		{"method", r.Method, "POST", "GET"},
		{"placement", r.Placement, PlacementQuery, PlacementForm},
	} {
		if field.value != "" && field.value != field.one && field.value != field.two {
			return fmt.Errorf("no request: %s is %q; it is %s or %s", field.name, field.value, field.one, field.two)
		}
	}
	if r.TimeoutMs < 0 || r.MaxAttempts < 0 {
		return errors.New("no request: timeoutMs and maxAttempts are greater than 0")
	}
	return nil
}

// isBase tells whether an endpoint is scheme, host and port alone.
func isBase(endpoint string) bool {
	u, err := url.Parse(endpoint)
	return err == nil && u.Host != "" && (endpoint == "http://"+u.Host || endpoint == "https://"+u.Host)
}

// ParseResult reads a result from a line, with the same strictness.
func ParseResult(line []byte) (Result, error) {
	var result Result
	if err := decode(line, &result); err != nil {
		return Result{}, fmt.Errorf("no result: %w", err)
	}
	if err := result.check(); err != nil {
		return Result{}, err
	}
	return result, nil
}

func (r Result) check() error {
	switch {
	case r.OK && (r.Response == nil || r.Error != nil):
		return errors.New("no result: ok comes with a response and no error")
	case !r.OK && (r.Error == nil || r.Response != nil):
		return errors.New("no result: not ok comes with an error and no response")
	case r.OK && r.Response.Body == nil:
		return errors.New("no result: the response has no body")
	case r.OK && !isStatus(r.Response.Status), !r.OK && !isStatus(r.Error.Status):
		return errors.New("no result: the status has three digits")
	case !r.OK && !r.Error.Kind.known():
		return fmt.Errorf("no result: error of unknown kind %q", r.Error.Kind)
	}
	return nil
}

// isStatus takes 0 for a status that the client does not show.
func isStatus(status int) bool { return status == 0 || status >= 100 && status <= 999 }

func (k Kind) known() bool {
	switch k {
	case KindService, KindConnection, KindAnswer, KindInput, KindUnsupported, KindOther:
		return true
	}
	return false
}

// decode reads exactly one JSON value without unknown members.
func decode(line []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value on the line")
	}
	return nil
}
