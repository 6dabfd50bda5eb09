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

// Schema returns the JSON Schema of requests and results.
func Schema() []byte { return bytes.Clone(schema) }

// Values of Request.Signature.
const (
	SignatureACS3     = "acs3"      // ACS3-HMAC-SHA256, in the Authorization header
	SignatureHMACSHA1 = "hmac-sha1" // RPC signature 1.0, in the parameters
)

// Values of Request.Placement.
const (
	PlacementQuery = "query" // parameters in the query
	PlacementForm  = "form"  // parameters in a form body
)

// Request describes one call for an adapter to make. protocol.schema.json
// documents the fields and the defaults of empty ones.
type Request struct {
	ID              string            `json:"id"`
	Endpoint        string            `json:"endpoint"`
	Operation       string            `json:"operation,omitempty"`
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

// Result is what the client under test returned: a Response or an Error.
type Result struct {
	ID       string    `json:"id"`
	OK       bool      `json:"ok"`
	Response *Response `json:"response,omitempty"`
	Error    *Error    `json:"error,omitempty"`
}

// Response is a response as the client returned it to its caller. Status is 0 and
// Headers is nil if the client does not expose them.
type Response struct {
	Status  int               `json:"status,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    map[string]any    `json:"body"` // numbers are json.Number
}

// Kind is the kind of failure that a client reported.
type Kind string

// Kinds of failures. protocol.schema.json defines them.
const (
	KindService     Kind = "service"     // rejected by the service, with a code
	KindConnection  Kind = "connection"  // no response, or an incomplete one
	KindResponse    Kind = "response"    // the client could not use the response
	KindInput       Kind = "input"       // not sent, because of its parameters
	KindUnsupported Kind = "unsupported" // the client cannot make this call
	KindOther       Kind = "other"
)

// deprecatedKindResponse is the earlier spelling of KindResponse. ParseResult still
// accepts it.
const deprecatedKindResponse Kind = "answer"

// Error is a failure as the client reported it to its caller. Message is the
// message of the service; Raw is what the client prints. Status is 0 if the
// client does not expose it.
type Error struct {
	Kind      Kind           `json:"kind"`
	Code      string         `json:"code"`
	Message   string         `json:"message"`
	Status    int            `json:"status,omitempty"`
	RequestID string         `json:"requestId,omitempty"`
	Data      map[string]any `json:"data,omitempty"`
	Raw       string         `json:"raw"`
}

// ParseRequest parses a request line and fills in defaults. It rejects unknown
// members, so that an adapter does not ignore what a newer runner requires. If
// the line has an ID, the request has it even if err is not nil.
func ParseRequest(line []byte) (Request, error) {
	var request Request
	if err := decode(line, &request); err != nil {
		var id struct{ ID string }
		if json.Unmarshal(line, &id) != nil {
			return Request{}, fmt.Errorf("invalid request: %w", err)
		}
		return Request{ID: id.ID}, fmt.Errorf("invalid request: %w", err)
	}
	return request.withDefaults(), request.check()
}

func (r Request) withDefaults() Request {
	for _, field := range []struct {
		value *string
		empty string
	}{{&r.Operation, "ApplyCertificate"}, {&r.Signature, SignatureACS3}, {&r.Method, "POST"}, {&r.Placement, PlacementQuery}} {
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
		return errors.New("invalid request: id is missing")
	case !isBase(r.Endpoint):
		return fmt.Errorf("invalid request: endpoint %q: want scheme://host:port", r.Endpoint)
	case r.Parameters == nil:
		return errors.New("invalid request: parameters are missing")
	}
	for _, field := range []struct{ name, value, one, two string }{
		{"signature", r.Signature, SignatureACS3, SignatureHMACSHA1},
		{"method", r.Method, "POST", "GET"},
		{"placement", r.Placement, PlacementQuery, PlacementForm},
	} {
		if field.value != "" && field.value != field.one && field.value != field.two {
			return fmt.Errorf("invalid request: %s is %q, want %s or %s", field.name, field.value, field.one, field.two)
		}
	}
	if r.TimeoutMs < 0 || r.MaxAttempts < 0 {
		return errors.New("invalid request: timeoutMs and maxAttempts must be greater than 0")
	}
	return nil
}

// isBase reports whether an endpoint is scheme, host and port only.
func isBase(endpoint string) bool {
	u, err := url.Parse(endpoint)
	return err == nil && u.Host != "" && (endpoint == "http://"+u.Host || endpoint == "https://"+u.Host)
}

// ParseResult parses a result line. It rejects unknown members.
func ParseResult(line []byte) (Result, error) {
	var result Result
	if err := decode(line, &result); err != nil {
		return Result{}, fmt.Errorf("invalid result: %w", err)
	}
	if result.Error != nil && result.Error.Kind == deprecatedKindResponse {
		result.Error.Kind = KindResponse
	}
	if err := result.check(); err != nil {
		return Result{}, err
	}
	return result, nil
}

func (r Result) check() error {
	switch {
	case r.OK && (r.Response == nil || r.Error != nil):
		return errors.New("invalid result: ok requires a response and no error")
	case !r.OK && (r.Error == nil || r.Response != nil):
		return errors.New("invalid result: not ok requires an error and no response")
	case r.OK && r.Response.Body == nil:
		return errors.New("invalid result: the response has no body")
	case r.OK && !isStatus(r.Response.Status), !r.OK && !isStatus(r.Error.Status):
		return errors.New("invalid result: status must have three digits")
	case !r.OK && !r.Error.Kind.known():
		return fmt.Errorf("invalid result: unknown error kind %q", r.Error.Kind)
	}
	return nil
}

// isStatus reports whether status is a status code, or 0 for an unknown one.
func isStatus(status int) bool { return status == 0 || status >= 100 && status <= 999 }

func (k Kind) known() bool {
	switch k {
	case KindService, KindConnection, KindResponse, KindInput, KindUnsupported, KindOther:
		return true
	}
	return false
}

// decode reads exactly one JSON value and rejects unknown members.
func decode(line []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("line has more than one value")
	}
	return nil
}
