package serverrunner

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaops"
)

// contract checks exchanges against the OpenAPI documents. It is safe for concurrent
// use.
type contract struct {
	*suite.Contract
}

func readContract() (*contract, error) {
	c, err := suite.ReadContract()
	if err != nil {
		return nil, err
	}
	return &contract{c}, nil
}

// input returns the input of openapi3filter for a request of an operation.
func (c *contract) input(action string, r *http.Request) (*openapi3filter.RequestValidationInput, error) {
	of, err := c.Lookup(action)
	if err != nil {
		return nil, err
	}
	item := of.Document.Paths.Value("/")
	operation := item.GetOperation(r.Method)
	if operation == nil {
		// Responses to methods outside the contract are checked like those to the first
		// method.
		operation = item.GetOperation(of.Facts.Methods[0])
	}
	return &openapi3filter.RequestValidationInput{
		Request: r,
		Route:   &routers.Route{Spec: of.Document, Path: "/", PathItem: item, Method: r.Method, Operation: operation},
		Options: &openapi3filter.Options{AuthenticationFunc: hasCredential, SkipSettingDefaults: true},
	}, nil
}

// checkRequest validates a request that is meant to be valid.
func (c *contract) checkRequest(ctx context.Context, of *sentRequest) error {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(of.bytes)))
	if err != nil {
		return fmt.Errorf("parse request: %w", err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("read request body: %w", err)
	}
	r.Body = http.NoBody
	query := r.URL.Query()
	if err := addBody(query, r.Header.Get("Content-Type"), body); err != nil {
		return err
	}
	dropEmpty(query, of.operation)
	// Signature 1.0 sends action and version as parameters; the contract declares the
	// headers.
	for header, name := range map[string]string{"X-Acs-Action": "Action", "X-Acs-Version": "Version"} {
		if r.Header.Get(header) == "" && query.Has(name) {
			r.Header.Set(header, query.Get(name))
		}
	}
	input, err := c.input(of.operation, r)
	if err != nil {
		return err
	}
	if input.Route.Operation.RequestBody != nil {
		setForm(r, moveParameters(query, of.operation))
	}
	r.URL.RawQuery = query.Encode()
	return truncateError(openapi3filter.ValidateRequest(ctx, input))
}

// dropEmpty removes optional parameters that are empty, because in this contract they
// are the same as missing ones.
func dropEmpty(query url.Values, action string) {
	facts, _ := esaops.Find(action)
	for _, p := range facts.Parameters {
		if values := query[p.Name]; !p.Required && len(values) == 1 && values[0] == "" {
			query.Del(p.Name)
		}
	}
}

// moveParameters removes the parameters of an operation from the query and returns
// them.
func moveParameters(query url.Values, action string) url.Values {
	form := url.Values{}
	facts, _ := esaops.Find(action)
	for _, p := range facts.Parameters {
		if values, ok := query[p.Name]; ok {
			form[p.Name] = values
			query.Del(p.Name)
		}
	}
	return form
}

// setForm sets the body of a request.
func setForm(r *http.Request, form url.Values) {
	r.Body = io.NopCloser(strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", formType)
}

// addBody adds the parameters in a form or a JSON object to those of the query. The
// contract allows both, but only in prose, because OpenAPI cannot express it.
func addBody(query url.Values, contentType string, body []byte) error {
	switch {
	case isForm(contentType):
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return fmt.Errorf("parse request form: %w", err)
		}
		for name, values := range form {
			query[name] = append(query[name], values...)
		}
	case isJSON(contentType) && len(body) > 0:
		object, err := parseBody(body)
		if err != nil {
			return fmt.Errorf("parse request body: %w", err)
		}
		for name, value := range object {
			if value != nil {
				query.Add(name, formatValue(value))
			}
		}
	}
	return nil
}

// checkResponse validates a response with a JSON body.
func (c *contract) checkResponse(ctx context.Context, of *sentRequest, resp *response) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://localhost/", http.NoBody)
	if err != nil {
		return err
	}
	if of.method == http.MethodGet {
		r.Method = of.method
	}
	request, err := c.input(of.operation, r)
	if err != nil {
		return err
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: request,
		Status:                 resp.status,
		Header:                 resp.header,
		Options:                &openapi3filter.Options{IncludeResponseStatus: true},
	}
	return truncateError(openapi3filter.ValidateResponse(ctx, input.SetBodyBytes(resp.body)))
}

// hasCredential accepts a security requirement if the named header or parameter is
// set. It does not verify signatures, which the cases test.
func hasCredential(_ context.Context, input *openapi3filter.AuthenticationInput) error {
	scheme, r := input.SecurityScheme, input.RequestValidationInput.Request
	switch {
	case scheme.In == "header" && r.Header.Get(scheme.Name) != "":
		return nil
	case scheme.In == "query" && r.URL.Query().Get(scheme.Name) != "":
		return nil
	}
	return fmt.Errorf("the %s %s is missing", scheme.In, scheme.Name)
}

// truncateError removes the schema and the value from an error of the validator. The
// report shows the value anyway.
func truncateError(err error) error {
	if err == nil {
		return nil
	}
	if schema, ok := errors.AsType[*openapi3.SchemaError](err); ok {
		at := strings.Join(schema.JSONPointer(), ".")
		if at == "" {
			return errors.New(schema.Reason)
		}
		return fmt.Errorf("%s: %s", at, schema.Reason)
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return errors.New(line)
}

func isForm(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && mediaType == formType
}

func isJSON(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && mediaType == "application/json"
}
