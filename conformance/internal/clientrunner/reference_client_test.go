package clientrunner_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaops"
)

// referenceClient is a correct client that supports every call. Tests replace its steps by
// faulty ones.
type referenceClient struct {
	http     *http.Client
	now      func() time.Time
	nonce    func() string
	method   func(string) string
	path     string
	action   func(action string) string
	version  string
	form     string                        // Content-Type of a form body; "" omits it
	request  func(*adapters.Request)       // called first
	values   func(url.Values)              // called before encoding
	encode   func(url.Values) string       // encodes the query or the form
	signed   func(*http.Request)           // called after signing
	attempts func(limit int) int           // total number of requests
	pause    func(delay time.Duration)     // waits before the next attempt
	result   func(result *adapters.Result) // called last
}

const formType = "application/x-www-form-urlencoded"

func newReferenceClient() *referenceClient {
	return &referenceClient{
		http: &http.Client{
			Transport:     &http.Transport{DisableCompression: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		now: time.Now, nonce: rand.Text, method: func(method string) string { return method }, path: "/",
		action: func(action string) string { return action }, version: esaapi.Version, form: formType,
		request: func(*adapters.Request) {}, values: func(url.Values) {}, encode: url.Values.Encode, signed: func(*http.Request) {},
		attempts: func(limit int) int { return limit }, pause: time.Sleep, result: func(*adapters.Result) {},
	}
}

func (m *referenceClient) call(ctx context.Context, request adapters.Request) adapters.Result {
	defer m.http.CloseIdleConnections()
	m.request(&request)
	result := m.apply(ctx, request)
	m.result(&result)
	return result
}

func (m *referenceClient) apply(ctx context.Context, request adapters.Request) adapters.Result {
	if operation, _ := suite.LookupFacts(request.Operation); hasSiteID(operation) && request.Parameters["SiteId"] == "" {
		return fails(adapters.Error{Kind: adapters.KindInput, Raw: "SiteId is missing"})
	}
	var result adapters.Result
	for range m.attempts(request.MaxAttempts) {
		var again bool
		var delay time.Duration
		result, delay, again = m.attempt(ctx, request)
		if !again {
			break
		}
		m.pause(delay)
	}
	return result
}

func hasSiteID(operation *esaops.Operation) bool {
	_, ok := operation.Parameter("SiteId")
	return ok
}

func fails(e adapters.Error) adapters.Result { return adapters.Result{Error: &e} }

func (m *referenceClient) attempt(ctx context.Context, request adapters.Request) (result adapters.Result, delay time.Duration, again bool) {
	req, body, err := m.build(ctx, request)
	if err == nil {
		err = m.sign(req, body, request)
	}
	if err != nil {
		return fails(adapters.Error{Kind: adapters.KindInput, Raw: err.Error()}), 0, false
	}
	m.signed(req)
	resp, err := m.http.Do(req)
	if err != nil {
		return fails(adapters.Error{Kind: adapters.KindConnection, Raw: err.Error()}), 0, true
	}
	defer resp.Body.Close()
	millis, _ := strconv.Atoi(resp.Header.Get("X-Acs-Retry-After"))
	result = readResult(resp)
	return result, time.Duration(millis) * time.Millisecond, result.Error != nil
}

func (m *referenceClient) build(ctx context.Context, request adapters.Request) (*http.Request, []byte, error) {
	values := url.Values{}
	for name, value := range request.Parameters {
		values.Set(name, value)
	}
	if request.Signature == adapters.SignatureHMACSHA1 {
		values.Set("Action", m.action(request.Operation))
		values.Set("Version", m.version)
	}
	m.values(values)
	address, body := request.Endpoint+m.path+"?"+m.encode(values), []byte(nil)
	if request.Placement == adapters.PlacementForm {
		address, body = request.Endpoint+m.path, []byte(m.encode(values))
	}
	req, err := http.NewRequestWithContext(ctx, m.method(request.Method), address, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if body != nil && m.form != "" {
		req.Header.Set("Content-Type", m.form)
	}
	req.Header.Set("X-Acs-Action", m.action(request.Operation))
	req.Header.Set("X-Acs-Version", m.version)
	return req, body, nil
}

func (m *referenceClient) sign(req *http.Request, body []byte, request adapters.Request) error {
	key := signature.Key{ID: request.AccessKeyID, Secret: request.AccessKeySecret, SecurityToken: request.SecurityToken}
	rpc := request.Signature == adapters.SignatureHMACSHA1
	switch {
	case request.BearerToken != "" && rpc:
		return signature.SetBearerRPC(req, request.BearerToken, m.now(), m.nonce())
	case request.BearerToken != "":
		return signature.SetBearerACS3(req, body, request.BearerToken, m.now(), m.nonce())
	case rpc:
		return signature.SignRPC(req, body, key, m.now(), m.nonce())
	}
	return signature.SignACS3(req, body, key, m.now(), m.nonce())
}

// readResult converts a response to a result.
func readResult(resp *http.Response) adapters.Result {
	raw, err := readBody(resp)
	if err != nil {
		return fails(adapters.Error{Kind: adapters.KindConnection, Raw: err.Error()})
	}
	var body map[string]any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&body); err != nil {
		return fails(adapters.Error{Kind: adapters.KindResponse, Status: resp.StatusCode, Raw: "not JSON"})
	}
	if resp.StatusCode == http.StatusOK {
		return adapters.Result{Response: &adapters.Response{Status: resp.StatusCode, Body: body}}
	}
	field := func(name string) string { value, _ := body[name].(string); return value }
	return fails(adapters.Error{
		Kind: adapters.KindService, Code: field("Code"), Message: field("Message"), Status: resp.StatusCode,
		RequestID: field("RequestId"), Data: body, Raw: field("Code") + ": " + field("Message"),
	})
}

func readBody(resp *http.Response) ([]byte, error) {
	var from io.Reader = resp.Body
	if strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") {
		unpacked, err := gzip.NewReader(from)
		if err != nil {
			return nil, err
		}
		from = unpacked
	}
	raw, err := io.ReadAll(from)
	return raw, cmp.Or(err, checkRequestID(resp))
}

// checkRequestID rejects a response without the request ID of the gateway.
func checkRequestID(resp *http.Response) error {
	if resp.StatusCode < http.StatusMultipleChoices && resp.Header.Get("X-Acs-Request-Id") == "" {
		return errors.New("no x-acs-request-id")
	}
	return nil
}
