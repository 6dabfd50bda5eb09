package suite

import "time"

// Side is the kind of program under test.
type Side string

// The sides. Many cases apply to both: a server returns a row of the error table,
// and a client reports it.
const (
	ServerSide Side = "server"
	ClientSide Side = "client"
)

// Evidence is the origin of the requirement of a case, as in the contract.
type Evidence string

// The kinds of evidence, strongest first.
const (
	Documented Evidence = "documented" // the page of the operation
	Gateway    Evidence = "gateway"    // the gateway's general errors, or a recorded response
	Observed   Evidence = "observed"   // a public client relies on it or reports it
	Inferred   Evidence = "inferred"   // not documented; consistent with what is known
)

// Level is the weight of a case.
type Level string

// The levels. A failed case of level May is reported and does not fail the run.
const (
	Must   Level = "must"
	Should Level = "should"
	May    Level = "may"
)

// Case is one requirement on a server or a client of the API.
type Case struct {
	ID       string   `yaml:"id"`  // unique path, for example errors/InvalidParameter.Domains.TooMany
	Why      string   `yaml:"why"` // rationale, in one or two sentences
	Evidence Evidence `yaml:"evidence"`
	Level    Level    `yaml:"level"`
	Violates string   `yaml:"violates,omitempty"` // key of the contract's error for the one rule that the request violates

	Server *ServerCase `yaml:"server,omitempty"` // set if the case applies to servers
	Client *ClientCase `yaml:"client,omitempty"` // set if the case applies to clients
}

// ServerCase is a sequence of requests to a server with the expected responses.
type ServerCase struct {
	// Needs lists the entries that the targets file must have, for example
	// sites.cname or keys.denied. A case with unmet needs does not run.
	Needs []string `yaml:"needs,omitempty"`
	// Writes reports whether the case creates applications. It then runs only if
	// writes are allowed.
	Writes bool `yaml:"writes,omitempty"`
	// Steps are run in order against one target.
	Steps []Step `yaml:"steps"`
}

// Step is one request with the accepted responses.
type Step struct {
	Request Request `yaml:"request"`
	// Responses are the alternatives that the evidence allows, usually one.
	Responses []ExpectedResponse `yaml:"responses"`
	// Capture names fields of the response body, by path, for later steps: with
	// {id: Result.0.Id}, ${captured.id} is the value of the field.
	Capture map[string]string `yaml:"capture,omitempty"`
	// Concurrent is the number of identical signed requests to send concurrently.
	// Exactly one must receive the first of Responses, the others the second.
	Concurrent int `yaml:"concurrent,omitempty"`
}

// Request is a request to a server. Unset fields default to what a correct client
// sends. Strings may contain placeholders like ${site.active.id} and ${unique};
// Expand lists and replaces them.
type Request struct {
	Operation   string      `yaml:"operation,omitempty"`    // ApplyCertificate; see Operation.Methods and Form in esaops for the defaults of Method and Placement
	Key         string      `yaml:"key,omitempty"`          // name in the targets file; default "account"
	KeyID       *string     `yaml:"key_id,omitempty"`       // replaces the access key ID
	Secret      *string     `yaml:"secret,omitempty"`       // replaces the access key secret
	Token       *string     `yaml:"token,omitempty"`        // replaces the security or bearer token; "" omits it
	Scheme      string      `yaml:"scheme,omitempty"`       // acs3 (default), acs3-sm3, rpc, rpc-sha256, bearer, none
	Method      string      `yaml:"method,omitempty"`       // the first of the operation
	Path        string      `yaml:"path,omitempty"`         // /
	Placement   string      `yaml:"placement,omitempty"`    // query (default, except for an operation with a form), form, chunked
	Parameters  []Parameter `yaml:"parameters,omitempty"`   // in this order, duplicates included
	RawQuery    string      `yaml:"raw_query,omitempty"`    // query as sent on the wire; replaces Parameters
	Headers     []Parameter `yaml:"headers,omitempty"`      // added to, or replacing, those of the scheme; signed if SDKs sign them
	Body        *string     `yaml:"body,omitempty"`         // raw body; replaces a form
	Action      *string     `yaml:"action,omitempty"`       // that of the operation; "" omits it
	Version     *string     `yaml:"version,omitempty"`      // default 2024-09-10; "" omits it
	ClockOffset Duration    `yaml:"clock_offset,omitempty"` // of the signing clock from the real time
	Replay      bool        `yaml:"replay,omitempty"`       // send the bytes of the previous step again
	ReuseNonce  bool        `yaml:"reuse_nonce,omitempty"`  // sign again with the nonce of the previous step
	Signed      []string    `yaml:"signed,omitempty"`       // ACS3 only: headers to sign, instead of all that SDKs sign
	// Sign edits the results of signing stages. Name is one of SigningStages, Value
	// an edit for ParseEdit. The next stage is computed from the edited result.
	// Scheme rpc has no canonical request.
	Sign   []Parameter `yaml:"sign,omitempty"`
	Tamper []Tamper    `yaml:"tamper,omitempty"` // after signing
	Raw    string      `yaml:"raw,omitempty"`    // bytes to write to the connection; replaces all other fields
}

// IsACS3 reports whether the signature scheme is version 3, with any hash.
func (r *Request) IsACS3() bool {
	return r.Scheme == "" || r.Scheme == "acs3" || r.Scheme == "acs3-sm3"
}

// Parameter is a name with a value. In YAML it is a pair like {SiteId: "5"}.
type Parameter struct {
	Name  string `yaml:"name"`
	Value string `yaml:"value"`
}

// Tamper is a change to a signed request. Exactly one field is set.
type Tamper struct {
	DropHeader string     `yaml:"drop_header,omitempty"`
	SetHeader  *Parameter `yaml:"set_header,omitempty"`
	AddHeader  *Parameter `yaml:"add_header,omitempty"`
	// Replace replaces a literal string. Name is query, authorization (the header)
	// or body, Value "old -> new" for ParseReplacement. Old must be present.
	Replace *Parameter `yaml:"replace,omitempty"`
	Method  string     `yaml:"method,omitempty"`
}

// ExpectedResponse is an acceptable response. All fields that are set must match.
type ExpectedResponse struct {
	Row             string            `yaml:"row,omitempty"`      // key of the contract error with this status, code and message
	Accepted        *Accepted         `yaml:"accepted,omitempty"` // 200 with the documented body
	Status          int               `yaml:"status,omitempty"`
	Code            string            `yaml:"code,omitempty"`
	Headers         map[string]string `yaml:"headers,omitempty"`    // regular expressions that match the whole value
	NoHeaders       []string          `yaml:"no_headers,omitempty"` // headers that must be absent
	Fields          map[string]string `yaml:"fields,omitempty"`     // regular expressions for the body, by path (AccessDeniedDetail.PolicyType)
	MessageContains []string          `yaml:"message_contains,omitempty"`
}

// Accepted is a success response with one application for each domain name.
type Accepted struct {
	SiteName string   `yaml:"site_name"`
	Domains  []string `yaml:"domains"` // in order and normal form; an item that expands to a comma-separated list counts as several
}

// ClientCase is a call that a client makes, the replies of a scripted server, and
// the results that the client may report to its caller.
type ClientCase struct {
	Call Call `yaml:"call"`
	// Script has the replies to the first attempt, the second and so on. The last
	// one is repeated.
	Script []Reply `yaml:"script"`
	// Outcomes are the acceptable results.
	Outcomes []ExpectedOutcome `yaml:"outcomes"`
	// MinAttempts and MaxAttempts bound the number of requests; 0 means 1.
	MinAttempts int `yaml:"min_attempts,omitempty"`
	MaxAttempts int `yaml:"max_attempts,omitempty"`
	// MinRetryDelay is the minimum time between the first two attempts.
	MinRetryDelay Duration `yaml:"min_retry_delay,omitempty"`
	// NoRequest reports whether the client must not send a request.
	NoRequest bool `yaml:"no_request,omitempty"`
}

// Call is the request to the adapter.
type Call struct {
	Operation   string      `yaml:"operation,omitempty"` // ApplyCertificate
	Parameters  []Parameter `yaml:"parameters"`
	Signature   string      `yaml:"signature,omitempty"`   // acs3 (default), hmac-sha1
	Method      string      `yaml:"method,omitempty"`      // the first of the operation
	Placement   string      `yaml:"placement,omitempty"`   // query (default, except for an operation with a form), form
	Credentials string      `yaml:"credentials,omitempty"` // key (default), sts, bearer
	Timeout     Duration    `yaml:"timeout,omitempty"`
	MaxAttempts int         `yaml:"max_attempts,omitempty"` // 1
}

// Reply is the reaction of the scripted server to one request. Body and Headers
// may contain ${request_id}, a generated request ID, and ${endpoint}, the URL of
// the scripted server.
type Reply struct {
	Row         string      `yaml:"row,omitempty"`     // an error of the contract
	Example     string      `yaml:"example,omitempty"` // name of an example of the contract's response with status 200
	Status      int         `yaml:"status,omitempty"`
	Headers     []Parameter `yaml:"headers,omitempty"`
	Body        string      `yaml:"body,omitempty"` // as sent on the wire
	ContentType string      `yaml:"content_type,omitempty"`
	Gzip        bool        `yaml:"gzip,omitempty"`  // compress regardless of Accept-Encoding
	Delay       Duration    `yaml:"delay,omitempty"` // before the first byte
	Cut         int         `yaml:"cut,omitempty"`   // close the connection after this number of bytes of the body
	Reset       bool        `yaml:"reset,omitempty"` // reset the connection instead
}

// ExpectedOutcome is an acceptable result of a client. All fields that are set must
// match.
type ExpectedOutcome struct {
	OK        bool              `yaml:"ok,omitempty"`
	Example   string            `yaml:"example,omitempty"` // success with the fields of this contract example; AddContractCases sets OK and Fields
	Fields    map[string]string `yaml:"fields,omitempty"`  // exact values of the body, by path (Result.0.Id)
	Row       string            `yaml:"row,omitempty"`     // service error with the code, message and status of this contract error
	Kind      string            `yaml:"kind,omitempty"`    // kind of error, see package adapters
	Status    int               `yaml:"status,omitempty"`
	Code      string            `yaml:"code,omitempty"`
	Message   string            `yaml:"message,omitempty"`
	RequestID string            `yaml:"request_id,omitempty"`
}

// Duration is a time.Duration that YAML spells like -16m or 200ms.
type Duration time.Duration
