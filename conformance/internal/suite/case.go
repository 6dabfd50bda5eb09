package suite

import "time"

// Side is who is under test.
type Side string

// The two sides. Many cases are for both: a row of the error table is something
// that a server gives and a client understands.
const (
	ServerSide Side = "server"
	ClientSide Side = "client"
)

// Evidence says where a case's fact comes from; the values are the contract's
// evidence.
type Evidence string

// The sources, strongest first.
const (
	Documented Evidence = "documented" // the page of the operation
	Gateway    Evidence = "gateway"    // the gateway's general errors, or a real answer
	Observed   Evidence = "observed"   // a public client relies on it, or reports it
	Inferred   Evidence = "inferred"   // the reading that fits what is known
)

// Level says how much a case weighs.
type Level string

// The levels. A failed may is reported and does not fail the run.
const (
	Must   Level = "must"
	Should Level = "should"
	May    Level = "may"
)

// Case is one thing that a server or a client of the API must do.
type Case struct {
	ID       string   `yaml:"id"`  // like a path: errors/InvalidParameter.Domains.TooMany; unique
	Why      string   `yaml:"why"` // why the case exists, in a sentence or two
	Evidence Evidence `yaml:"evidence"`
	Level    Level    `yaml:"level"`
	Violates string   `yaml:"violates,omitempty"` // key of the contract's error that a refusal is about: the one rule broken

	Server *ServerCase `yaml:"server,omitempty"` // set if the case applies to servers
	Client *ClientCase `yaml:"client,omitempty"` // set if the case applies to clients
}

// ServerCase says what a server is sent and what it must answer.
type ServerCase struct {
	// Needs names what the targets file must give, such as sites.cname or
	// keys.denied; a case whose needs are not met is not run.
	Needs []string `yaml:"needs,omitempty"`
	// Writes says that the case makes applications: it runs against a real
	// account only if writes are allowed.
	Writes bool `yaml:"writes,omitempty"`
	// Steps are exchanges, in order, on one target.
	Steps []Step `yaml:"steps"`
}

// Step is one exchange: a request and what may be answered.
type Step struct {
	Request Request `yaml:"request"`
	// Responses are the alternatives that the sources leave open; usually one.
	Responses []ExpectedResponse `yaml:"responses"`
	// Concurrent sends the very same signed request this many times at once; of
	// the answers exactly one must be the first of Answers, the others the second.
	Concurrent int `yaml:"concurrent,omitempty"`
}

// Request is a request to a server. Empty fields are what a well-behaved client
// sends. Texts may have placeholders, such as ${site.active.id} and ${unique};
// Expand says which, and fills them in.
type Request struct {
	Key         string      `yaml:"key,omitempty"`          // of the targets; "account"
	KeyID       *string     `yaml:"key_id,omitempty"`       // in place of the key's own id
	Secret      *string     `yaml:"secret,omitempty"`       // in place of the key's own secret
	Token       *string     `yaml:"token,omitempty"`        // in place of the key's own security or bearer token; "" leaves it out
	Scheme      string      `yaml:"scheme,omitempty"`       // acs3 (default), acs3-sm3, rpc, rpc-sha256, bearer, none
	Method      string      `yaml:"method,omitempty"`       // POST
	Path        string      `yaml:"path,omitempty"`         // /
	Placement   string      `yaml:"placement,omitempty"`    // query (default), form, chunked
	Parameters  []Parameter `yaml:"parameters,omitempty"`   // in this order, repeats kept
	RawQuery    string      `yaml:"raw_query,omitempty"`    // in place of Parameters: the query as on the wire
	Headers     []Parameter `yaml:"headers,omitempty"`      // besides those of the scheme, or in their place; signed where SDKs sign them
	Body        *string     `yaml:"body,omitempty"`         // raw, in place of a form
	Action      *string     `yaml:"action,omitempty"`       // ApplyCertificate; "" leaves it out
	Version     *string     `yaml:"version,omitempty"`      // 2024-09-10; "" leaves it out
	ClockOffset Duration    `yaml:"clock_offset,omitempty"` // the signing clock, against the real one
	Replay      bool        `yaml:"replay,omitempty"`       // the very bytes of the step before, again
	ReuseNonce  bool        `yaml:"reuse_nonce,omitempty"`  // the nonce of the step before, signed anew
	Signed      []string    `yaml:"signed,omitempty"`       // ACS3: sign these headers only, not all that SDKs sign
	// Sign puts faults into the stages of the signing. Name is the stage
	// (canonical_request, string_to_sign, signature; SignStages lists them), Value
	// an edit that ParseEdit reads, made on the stage's text before the next stage
	// is computed from it. Scheme rpc has no canonical request.
	Sign   []Parameter `yaml:"sign,omitempty"`
	Tamper []Tamper    `yaml:"tamper,omitempty"` // after signing
	Raw    string      `yaml:"raw,omitempty"`    // bytes for the socket, in place of everything above
}

// IsACS3 reports whether the request is signed with signature version 3,
// whichever its hash.
func (r *Request) IsACS3() bool {
	return r.Scheme == "" || r.Scheme == "acs3" || r.Scheme == "acs3-sm3"
}

// Parameter is a name with a value; in YAML a pair, such as {SiteId: "5"}.
type Parameter struct {
	Name  string `yaml:"name"`
	Value string `yaml:"value"`
}

// Tamper changes a signed request. Exactly one of its verbs is set.
type Tamper struct {
	DropHeader string     `yaml:"drop_header,omitempty"`
	SetHeader  *Parameter `yaml:"set_header,omitempty"`
	AddHeader  *Parameter `yaml:"add_header,omitempty"`
	// Replace exchanges a text within the query, the Authorization header or the
	// body: Name is query, authorization or body, Value is "old -> new", taken
	// literally (ParseReplacement reads it); the old text must be there.
	Replace *Parameter `yaml:"replace,omitempty"`
	Method  string     `yaml:"method,omitempty"`
}

// ExpectedResponse is what a server may answer. Set fields must hold.
type ExpectedResponse struct {
	Row             string            `yaml:"row,omitempty"`      // key of an error of the contract: status, code and message
	Accepted        *Accepted         `yaml:"accepted,omitempty"` // 200 with the documented body
	Status          int               `yaml:"status,omitempty"`
	Code            string            `yaml:"code,omitempty"`
	Headers         map[string]string `yaml:"headers,omitempty"`    // regular expressions, whole value
	NoHeaders       []string          `yaml:"no_headers,omitempty"` // that must not be there
	Fields          map[string]string `yaml:"fields,omitempty"`     // of the body by path (AccessDeniedDetail.PolicyType), regular expressions
	MessageContains []string          `yaml:"message_contains,omitempty"`
}

// Accepted is an answer with one application for each name.
type Accepted struct {
	SiteName string   `yaml:"site_name"`
	Domains  []string `yaml:"domains"` // in order, normal form; an item that expands to names with commas is as many
}

// ClientCase says what a client is told to do, what a scripted server answers,
// and what the client must tell its caller.
type ClientCase struct {
	Call Call `yaml:"call"`
	// Script is what the server answers to the first attempt, the second …; the
	// last one is repeated.
	Script []Reply `yaml:"script"`
	// Outcomes are the alternatives that are right.
	Outcomes []ExpectedOutcome `yaml:"outcomes"`
	// MinAttempts and MaxAttempts bound the requests that arrive; 0 means 1.
	MinAttempts int `yaml:"min_attempts,omitempty"`
	MaxAttempts int `yaml:"max_attempts,omitempty"`
	// MinRetryDelay is the shortest time between the first attempt and the second.
	MinRetryDelay Duration `yaml:"min_retry_delay,omitempty"`
	// NoRequest says that nothing may be sent.
	NoRequest bool `yaml:"no_request,omitempty"`
}

// Call is what the adapter is told.
type Call struct {
	Parameters  []Parameter `yaml:"parameters"`
	Signature   string      `yaml:"signature,omitempty"` // acs3 (default), hmac-sha1
	Method      string      `yaml:"method,omitempty"`
	Placement   string      `yaml:"placement,omitempty"`   // query (default), form
	Credentials string      `yaml:"credentials,omitempty"` // key (default), sts, bearer
	Timeout     Duration    `yaml:"timeout,omitempty"`
	MaxAttempts int         `yaml:"max_attempts,omitempty"` // 1
}

// Reply is what the scripted server does with one request. In Body and Headers,
// ${request_id} stands for an id that the server makes up, ${endpoint} for its
// own address.
type Reply struct {
	Row         string      `yaml:"row,omitempty"`     // an error of the contract
	Example     string      `yaml:"example,omitempty"` // a named example of the contract's 200: documented
	Status      int         `yaml:"status,omitempty"`
	Headers     []Parameter `yaml:"headers,omitempty"`
	Body        string      `yaml:"body,omitempty"` // as on the wire
	ContentType string      `yaml:"content_type,omitempty"`
	Gzip        bool        `yaml:"gzip,omitempty"`  // compressed, asked or not
	Delay       Duration    `yaml:"delay,omitempty"` // before the first byte
	Cut         int         `yaml:"cut,omitempty"`   // close after this many bytes of the body
	Reset       bool        `yaml:"reset,omitempty"` // reset the connection instead
}

// ExpectedOutcome is what a client may tell its caller. Set fields must hold.
type ExpectedOutcome struct {
	OK        bool              `yaml:"ok,omitempty"`
	Example   string            `yaml:"example,omitempty"` // OK with the fields of this example of the contract; Load turns it into OK and Fields
	Fields    map[string]string `yaml:"fields,omitempty"`  // of the body by path (Result.0.Id), exact text
	Row       string            `yaml:"row,omitempty"`     // service error with this row's code, message and status
	Kind      string            `yaml:"kind,omitempty"`    // of the error, see conformance/adapters
	Status    int               `yaml:"status,omitempty"`
	Code      string            `yaml:"code,omitempty"`
	Message   string            `yaml:"message,omitempty"`
	RequestID string            `yaml:"request_id,omitempty"`
}

// Duration is a time.Duration in YAML text: -16m, 200ms.
type Duration time.Duration
