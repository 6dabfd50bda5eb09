package serverrunner

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaapi"
)

// errInvalidCase is the reason of an error that lies in the case and not in the server.
var errInvalidCase = errors.New("the case cannot be carried out")

// sentRequest is what a step sends, and what the next step may need of it.
type sentRequest struct {
	bytes      []byte
	method     string
	nonce      string
	transcript signature.Transcript
}

// builder makes requests of what cases say.
type builder struct {
	host    string
	targets *suite.Targets
	unique  string
	now     func() time.Time
	nonce   func() string
}

// build makes the request of a step, given what the step before has sent.
func (b *builder) build(r *suite.Request, before *sentRequest) (*sentRequest, error) {
	switch {
	case r.Replay && before == nil, r.ReuseNonce && before == nil:
		return nil, fmt.Errorf("%w: there is no step before", errInvalidCase)
	case r.Replay:
		return before, nil
	}
	q, err := b.expand(*r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errInvalidCase, err)
	}
	if q.Raw != "" {
		method, _, _ := strings.Cut(q.Raw, " ")
		return &sentRequest{bytes: []byte(q.Raw), method: method}, nil
	}
	s := &sentRequest{nonce: b.nonce()}
	if q.ReuseNonce {
		s.nonce = before.nonce
	}
	wire, texts, err := b.signedRequest(&q, s.nonce)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errInvalidCase, err)
	}
	for _, change := range q.Tamper {
		if err := tamperRequest(wire, change); err != nil {
			return nil, fmt.Errorf("%w: spoil: %w", errInvalidCase, err)
		}
	}
	s.bytes, s.method, s.transcript = wire.bytes(), wire.method, texts
	return s, nil
}

// expand fills the placeholders of a request.
func (b *builder) expand(r suite.Request) (suite.Request, error) {
	var failed error
	fill := func(text string) string {
		filled, err := suite.Expand(text, b.targets, b.unique)
		if err != nil && failed == nil {
			failed = err
		}
		return filled
	}
	pointer := func(text *string) *string {
		if text == nil {
			return nil
		}
		filled := fill(*text)
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

// key gives the key of the targets that a request is made with, with what the
// case has put in place of its parts.
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

// signedRequest makes the request that a well-behaved client would send, with what the
// case says in place of its parts, and signs it.
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
		texts, err := a.sign(wire, key.ID, key.Secret, r.Signed, r.Sign)
		return wire, texts, err
	case "rpc", "rpc-sha256":
		a := rpcOf(r.Scheme)
		b.addRPC(wire, r, key, date, nonce, a)
		texts, err := a.sign(wire, key.Secret, r.Sign)
		return wire, texts, err
	case "bearer":
		b.addACS3(wire, r, suite.Key{}, date, nonce, acs3Of(""))
		if _, given := wire.get("x-acs-bearer-token"); !given {
			wire.set("x-acs-bearer-token", key.BearerToken)
		}
		wire.query = joinQuery(wire.query, "SignatureType=BEARERTOKEN")
	case "none":
		b.addACS3(wire, r, suite.Key{}, date, nonce, acs3Of(""))
	default:
		return nil, signature.Transcript{}, fmt.Errorf("unknown scheme %q", r.Scheme)
	}
	return wire, signature.Transcript{}, nil
}

// unsignedRequest makes the request without anything of a scheme.
func (b *builder) unsignedRequest(r *suite.Request) *wireRequest {
	w := &wireRequest{method: "POST", path: "/", query: r.RawQuery, chunks: r.Placement == "chunked"}
	if r.Method != "" {
		w.method = r.Method
	}
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

// valueOr gives what a case says, or what is usual where it says nothing.
func valueOr(said *string, usual string) string {
	if said != nil {
		return *said
	}
	return usual
}

// addACS3 adds the headers of ACS3, but for Authorization. A header that the
// case gives stays.
func (b *builder) addACS3(w *wireRequest, r *suite.Request, key suite.Key, date, nonce string, a algorithm) {
	usual := []suite.Parameter{
		{Name: "x-acs-action", Value: valueOr(r.Action, esaapi.Action)},
		{Name: "x-acs-version", Value: valueOr(r.Version, esaapi.Version)},
		{Name: "x-acs-date", Value: date},
		{Name: "x-acs-signature-nonce", Value: nonce},
		{Name: "x-acs-content-sha256", Value: a.hash(w.body)},
	}
	if key.SecurityToken != "" {
		usual = append(usual,
			suite.Parameter{Name: "x-acs-accesskey-id", Value: key.ID},
			suite.Parameter{Name: "x-acs-security-token", Value: key.SecurityToken})
	}
	for _, h := range usual {
		if _, given := w.get(h.Name); !given && h.Value != "" {
			w.header = append(w.header, h)
		}
	}
}

// addRPC adds the parameters of the RPC scheme to the query, but for Signature.
// A parameter that the case gives, in query or form, stays.
func (b *builder) addRPC(w *wireRequest, r *suite.Request, key suite.Key, date, nonce string, a rpcAlgorithm) {
	usual := []suite.Parameter{
		{Name: "Action", Value: valueOr(r.Action, esaapi.Action)},
		{Name: "Version", Value: valueOr(r.Version, esaapi.Version)},
		{Name: "Format", Value: "JSON"},
		{Name: "AccessKeyId", Value: key.ID},
		{Name: "SignatureMethod", Value: a.scheme.String()},
		{Name: "SignatureVersion", Value: "1.0"},
		{Name: "SignatureNonce", Value: nonce},
		{Name: "Timestamp", Value: date},
		{Name: "SecurityToken", Value: key.SecurityToken},
	}
	usual = slices.DeleteFunc(usual, func(p suite.Parameter) bool {
		given := slices.ContainsFunc(r.Parameters, func(q suite.Parameter) bool { return q.Name == p.Name })
		return given || p.Value == "" || strings.Contains("&"+r.RawQuery, "&"+p.Name+"=")
	})
	w.query = joinQuery(w.query, encodeParameters(usual))
}
