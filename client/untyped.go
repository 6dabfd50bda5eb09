package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/esacert/esacert/gen/esaclient"
	"github.com/esacert/esacert/gen/esaops"
)

// CallInput is a call of any operation of the API, by name.
type CallInput struct {
	// Action is the operation, for example ListRecords.
	Action string
	// Method is GET or POST. Empty means the first documented method of an operation
	// that the contract has, else POST. If the service responds UnsupportedHTTPMethod,
	// the operation accepts only the other one.
	Method string
	// Parameters are the parameters of the operation. The client adds those of the
	// gateway: action, version, date, nonce, credentials and signature.
	Parameters url.Values
	// Form sends the parameters in the body instead of the query.
	Form bool
	// Secrets are the names of parameters with values that no log, error or debug hook
	// may show, for example PrivateKey.
	Secrets []string
}

// CallOutput is the response to an accepted Call.
type CallOutput struct {
	// Body is the JSON object of the response.
	Body json.RawMessage
	// RequestID identifies the call to the vendor's support.
	RequestID string
	Response  ResponseInfo // status, header and attempts
}

// Call calls an operation that this package has no method for, or one with parameters
// that its method lacks. Signature, attempts and errors are those of the other methods.
// WithMethod has no effect.
func (c *Client) Call(ctx context.Context, in CallInput, options ...Option) (*CallOutput, error) {
	output := new(CallOutput)
	if err := c.do(ctx, in.operation(), &in, output, options); err != nil {
		return nil, err
	}
	return output, nil
}

// operation returns the facts of the called operation. Methods has only the one to use.
func (in *CallInput) operation() *esaops.Operation {
	method := in.Method
	if method == "" {
		method = http.MethodPost
		if known, ok := esaops.Find(in.Action); ok && !in.Form {
			method = known.Methods[0]
		}
	}
	return &esaops.Operation{Action: in.Action, Methods: []string{method}}
}

var actionPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{0,127}$`)

// gatewayParameters returns those that the client sets.
func gatewayParameters() []string {
	return []string{
		"AccessKeyId", "Action", "BearerToken", "SecurityToken", "Signature", "SignatureMethod", "SignatureNonce",
		"SignatureType", "SignatureVersion", "Timestamp", "Version",
	}
}

// check implements input.
func (in *CallInput) check() []Problem {
	var problems []Problem
	if !actionPattern.MatchString(in.Action) {
		problems = append(problems, Problem{Field: "Action", Value: quoted(in.Action), Message: "is not the name of an operation; want one like ListRecords"})
	}
	if in.Method != "" && in.Method != http.MethodGet && in.Method != http.MethodPost {
		problems = append(problems, Problem{Field: "Method", Value: quoted(in.Method), Message: "is not a method of the API; want GET or POST"})
	}
	if in.Form && in.Method == http.MethodGet {
		problems = append(problems, Problem{Field: "Form", Message: "is set and Method is GET; send a form with POST"})
	}
	for _, name := range gatewayParameters() {
		if in.Parameters.Has(name) {
			problems = append(problems, Problem{Field: "Parameters", Value: quoted(name), Message: "is set by the client; remove it"})
		}
	}
	return problems
}

// logAttrs implements input.
func (in *CallInput) logAttrs() []slog.Attr { return nil }

// secrets implements secretInput.
func (in *CallInput) secrets() []string {
	var values []string
	for _, name := range in.Secrets {
		values = append(values, in.Parameters[name]...)
	}
	return values
}

// send implements input.
func (in *CallInput) send(ctx context.Context, c *esaclient.Client, _ bool, editor esaclient.RequestEditorFn) (*http.Response, error) {
	encoded, target := in.Parameters.Encode(), strings.TrimSuffix(c.Server, "/")+"/"
	var body io.Reader
	if in.Form {
		body = strings.NewReader(encoded)
	} else if encoded != "" {
		target += "?" + encoded
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, body)
	if err != nil {
		return nil, fmt.Errorf("creating the request: %w", err)
	}
	if in.Form {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if err := editor(ctx, req); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// decode implements output.
func (o *CallOutput) decode(r *response) attemptError {
	body, err := decodeBody(r.body, struct {
		RequestID string `json:"RequestId"`
	}{})
	if err != nil {
		return r.decodeError(reasonWrongType, err)
	}
	if body.RequestID == "" {
		return r.missing("RequestId")
	}
	*o = CallOutput{
		Body: slices.Clone(r.body), RequestID: body.RequestID,
		Response: ResponseInfo{Status: r.status, Header: r.header},
	}
	return nil
}

func (o *CallOutput) setAttempts(n int) { o.Response.Attempts = n }

func (o *CallOutput) requestID() string { return o.RequestID }
