package serverrunner

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaapi"
)

// errInvalidCase is wrapped by errors about the case, not about the server.
var errInvalidCase = errors.New("invalid case")

// sentRequest is the request of a step. The next step may send it again, or reuse its
// nonce.
type sentRequest struct {
	operation  string // action of the operation that the case calls
	bytes      []byte
	method     string
	nonce      string
	transcript signature.Transcript
}

// builder builds the requests of a case.
type builder struct {
	host     string
	targets  *suite.Targets
	unique   string
	captured map[string]string // fields of earlier responses
	now      func() time.Time
	nonce    func() string
}

// values returns the values of placeholders.
func (b *builder) values() suite.Values {
	return suite.Values{Targets: b.targets, Unique: b.unique, Captured: b.captured}
}

// build builds the request of a step. before is the request of the previous step, or
// nil.
func (b *builder) build(r *suite.Request, before *sentRequest) (*sentRequest, error) {
	switch {
	case r.Replay && before == nil, r.ReuseNonce && before == nil:
		return nil, fmt.Errorf("%w: replay or reuse_nonce without a previous step", errInvalidCase)
	case r.Replay:
		return before, nil
	}
	q, err := b.expand(*r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errInvalidCase, err)
	}
	if q.Raw != "" {
		method, _, _ := strings.Cut(q.Raw, " ")
		return &sentRequest{operation: q.Operation, bytes: []byte(q.Raw), method: method}, nil
	}
	s := &sentRequest{operation: q.Operation, nonce: b.nonce()}
	if q.ReuseNonce {
		s.nonce = before.nonce
	}
	wire, transcript, err := b.signedRequest(&q, s.nonce)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errInvalidCase, err)
	}
	for _, change := range q.Tamper {
		if err := tamperRequest(wire, change); err != nil {
			return nil, fmt.Errorf("%w: tamper: %w", errInvalidCase, err)
		}
	}
	s.bytes, s.method, s.transcript = wire.bytes(), wire.method, transcript
	return s, nil
}

// expand returns a copy of a request with placeholders expanded.
func (b *builder) expand(r suite.Request) (suite.Request, error) {
	var failed error
	fill := func(template string) string {
		filled, err := b.values().Expand(template)
		if err != nil && failed == nil {
			failed = err
		}
		return filled
	}
	pointer := func(template *string) *string {
		if template == nil {
			return nil
		}
		filled := fill(*template)
		return &filled
	}
	list := func(parameters []suite.Parameter) []suite.Parameter {
		filled := slices.Clone(parameters)
		for i := range filled {
			filled[i].Value = fill(filled[i].Value)
		}
		return filled
	}
	one := func(p *suite.Parameter) *suite.Parameter {
		if p == nil {
			return nil
		}
		return &suite.Parameter{Name: p.Name, Value: fill(p.Value)}
	}
	if err := setDefaults(&r); err != nil {
		return r, err
	}
	r.Path, r.RawQuery, r.Raw = fill(r.Path), fill(r.RawQuery), fill(r.Raw)
	r.Body, r.Action, r.Version = pointer(r.Body), pointer(r.Action), pointer(r.Version)
	r.KeyID, r.Token = pointer(r.KeyID), pointer(r.Token)
	r.Parameters, r.Headers, r.Sign = list(r.Parameters), list(r.Headers), list(r.Sign)
	r.Tamper = slices.Clone(r.Tamper)
	for i := range r.Tamper {
		s := &r.Tamper[i]
		s.SetHeader, s.AddHeader, s.Replace = one(s.SetHeader), one(s.AddHeader), one(s.Replace)
	}
	return r, failed
}

// setDefaults sets the operation of a request, and the action, method and placement
// that a client uses for it.
func setDefaults(r *suite.Request) error {
	facts, known := suite.LookupFacts(r.Operation)
	if !known {
		return fmt.Errorf("the contract has no operation %q", r.Operation)
	}
	r.Operation = facts.Action
	if r.Action == nil {
		r.Action = &facts.Action
	}
	if r.Method == "" {
		r.Method = facts.Methods[0]
	}
	if r.Placement == "" && facts.Form && r.Method == http.MethodPost && r.Body == nil && r.RawQuery == "" {
		r.Placement = "form"
	}
	return nil
}

// key returns the key for a request: a key of the targets, with the parts that the
// case replaces.
func (b *builder) key(r *suite.Request) (suite.Key, error) {
	if r.Scheme == "none" {
		return suite.Key{}, nil
	}
	name := r.Key
	if name == "" {
		name = "account"
		if r.Scheme == "bearer" {
			name = "bearer"
		}
	}
	key, ok := b.targets.Keys[name]
	if !ok {
		return key, fmt.Errorf("the targets have no key %s", name)
	}
	if r.KeyID != nil {
		key.ID = *r.KeyID
	}
	if r.Secret != nil {
		key.Secret = *r.Secret
	}
	if r.Token != nil && r.Scheme == "bearer" {
		key.BearerToken = *r.Token
	} else if r.Token != nil {
		key.SecurityToken = *r.Token
	}
	return key, nil
}

// signedRequest builds and signs the request of a correct client, with the parts that
// the case replaces.
func (b *builder) signedRequest(r *suite.Request, nonce string) (*wireRequest, signature.Transcript, error) {
	key, err := b.key(r)
	if err != nil {
		return nil, signature.Transcript{}, err
	}
	wire := b.unsignedRequest(r)
	date := b.now().Add(time.Duration(r.ClockOffset)).UTC().Format("2006-01-02T15:04:05Z")
	switch r.Scheme {
	case "", "acs3", "acs3-sm3":
		a := acs3Of(r.Scheme)
		b.addACS3(wire, r, key, date, nonce, a)
		transcript, err := a.sign(wire, key.ID, key.Secret, r.Signed, r.Sign)
		return wire, transcript, err
	case "rpc", "rpc-sha256":
		a := rpcOf(r.Scheme)
		b.addRPC(wire, r, key, date, nonce, a)
		transcript, err := a.sign(wire, key.Secret, r.Sign)
		return wire, transcript, err
	case "bearer":
		b.addACS3(wire, r, suite.Key{}, date, nonce, acs3Of(""))
		if _, isSet := wire.get("x-acs-bearer-token"); !isSet {
			wire.set("x-acs-bearer-token", key.BearerToken)
		}
		wire.query = joinQuery(wire.query, "SignatureType=BEARERTOKEN")
	case "none":
		b.addACS3(wire, r, suite.Key{}, date, nonce, acs3Of(""))
	default:
		return nil, signature.Transcript{}, fmt.Errorf("unknown signature scheme %q", r.Scheme)
	}
	return wire, signature.Transcript{}, nil
}

// unsignedRequest builds the request without the headers and parameters of a
// signature scheme.
func (b *builder) unsignedRequest(r *suite.Request) *wireRequest {
	w := &wireRequest{method: cmp.Or(r.Method, http.MethodPost), path: "/", query: r.RawQuery, chunks: r.Placement == "chunked"}
	if r.Path != "" {
		w.path = r.Path
	}
	w.header = []suite.Parameter{
		{Name: "Host", Value: b.host},
		{Name: "User-Agent", Value: "esaconform"},
		{Name: "Accept", Value: "application/json"},
	}
	inBody := r.Placement == "form" || r.Placement == "chunked"
	if inBody {
		w.header = append(w.header, suite.Parameter{Name: "Content-Type", Value: formType})
	}
	parameters := encodeParameters(r.Parameters)
	switch {
	case r.Body != nil:
		w.body = *r.Body
		w.query = joinQuery(w.query, parameters)
	case inBody:
		w.body = parameters
	default:
		w.query = joinQuery(w.query, parameters)
	}
	for _, h := range r.Headers {
		w.drop(h.Name)
	}
	w.header = append(w.header, r.Headers...)
	return w
}

// valueOr returns *value, or fallback if value is nil.
func valueOr(value *string, fallback string) string {
	if value != nil {
		return *value
	}
	return fallback
}

// addACS3 adds the headers of ACS3 except Authorization. It does not add headers that
// the case sets.
func (b *builder) addACS3(w *wireRequest, r *suite.Request, key suite.Key, date, nonce string, a algorithm) {
	headers := []suite.Parameter{
		{Name: "x-acs-action", Value: *r.Action},
		{Name: "x-acs-version", Value: valueOr(r.Version, esaapi.Version)},
		{Name: "x-acs-date", Value: date},
		{Name: "x-acs-signature-nonce", Value: nonce},
		{Name: "x-acs-content-sha256", Value: a.hash(w.body)},
	}
	if key.SecurityToken != "" {
		headers = append(headers,
			suite.Parameter{Name: "x-acs-accesskey-id", Value: key.ID},
			suite.Parameter{Name: "x-acs-security-token", Value: key.SecurityToken})
	}
	for _, h := range headers {
		if _, isSet := w.get(h.Name); !isSet && h.Value != "" {
			w.header = append(w.header, h)
		}
	}
}

// addRPC adds the parameters of the RPC scheme except Signature to the query. It does
// not add parameters that the case sets in query or form.
func (b *builder) addRPC(w *wireRequest, r *suite.Request, key suite.Key, date, nonce string, a rpcAlgorithm) {
	parameters := []suite.Parameter{
		{Name: "Action", Value: *r.Action},
		{Name: "Version", Value: valueOr(r.Version, esaapi.Version)},
		{Name: "Format", Value: "JSON"},
		{Name: "AccessKeyId", Value: key.ID},
		{Name: "SignatureMethod", Value: a.scheme.String()},
		{Name: "SignatureVersion", Value: "1.0"},
		{Name: "SignatureNonce", Value: nonce},
		{Name: "Timestamp", Value: date},
		{Name: "SecurityToken", Value: key.SecurityToken},
	}
	parameters = slices.DeleteFunc(parameters, func(p suite.Parameter) bool {
		isSet := slices.ContainsFunc(r.Parameters, func(q suite.Parameter) bool { return q.Name == p.Name })
		return isSet || p.Value == "" || strings.Contains("&"+r.RawQuery, "&"+p.Name+"=")
	})
	w.query = joinQuery(w.query, encodeParameters(parameters))
}
