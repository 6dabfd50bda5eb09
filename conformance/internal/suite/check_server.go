package suite

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"

	"github.com/esacert/esacert/gen/esaops"
)

func (s *ServerCase) check(wrong *caseProblems) {
	for _, need := range s.Needs {
		if !slices.Contains(Needs(), need) {
			wrong.add("needs: unknown need %q", need)
		}
	}
	if len(s.Steps) == 0 {
		wrong.add("server: steps is missing")
	}
	writes, captured := false, map[string]string{}
	for i := range s.Steps {
		where := fmt.Sprintf("server.steps[%d]", i)
		s.Steps[i].check(wrong, where, i == 0, captured)
		writes = writes || s.Steps[i].MayWrite()
		for name := range s.Steps[i].Capture {
			captured[name] = "1"
		}
	}
	if writes && !s.Writes {
		wrong.add("server: a step creates, replaces or deletes certificates; set writes")
	}
}

// MayWrite reports whether the step may create, replace or delete certificates: it
// expects success of an operation that writes.
func (s *Step) MayWrite() bool {
	facts, known := LookupFacts(s.Request.Operation)
	for i := range s.Responses {
		response := &s.Responses[i]
		if response.Accepted != nil || known && facts != esaops.ApplyCertificate && !facts.Read() && response.IsSuccess() {
			return true
		}
	}
	return false
}

// IsSuccess reports whether the response is a success response.
func (a *ExpectedResponse) IsSuccess() bool { return a.Accepted != nil || a.Status == http.StatusOK }

// check checks a step. captured has the names that earlier steps capture.
func (s *Step) check(wrong *caseProblems, where string, first bool, captured map[string]string) {
	s.Request.check(wrong, where+".request", first)
	for name := range s.Capture {
		if !capturePattern.MatchString(name) {
			wrong.add("%s.capture: %q is not a name of letters, digits and underscores", where, name)
		}
	}
	if len(s.Capture) > 0 && s.Concurrent > 0 {
		wrong.add("%s: concurrent excludes capture", where)
	}
	if len(s.Responses) == 0 {
		wrong.add("%s: responses is missing", where)
	}
	for i := range s.Responses {
		s.Responses[i].check(wrong, fmt.Sprintf("%s.responses[%d]", where, i))
	}
	switch {
	case s.Concurrent < 0 || s.Concurrent == 1:
		wrong.add("%s: concurrent must be at least 2", where)
	case s.Concurrent > 1 && len(s.Responses) != 2:
		wrong.add("%s: concurrent requires two responses, one for a single request and one for the others", where)
	}
	s.eachString(func(value string) {
		for _, match := range placeholderPattern.FindAllStringSubmatch(value, -1) {
			checkPlaceholder(wrong, where, match[1], captured)
		}
	})
}

// capturePattern matches names of captured fields.
var capturePattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// checkPlaceholder checks that complete targets can replace a placeholder.
func checkPlaceholder(wrong *caseProblems, where, name string, captured map[string]string) {
	if _, err := (Values{Targets: fullTargets(), Unique: "unique", Captured: captured}).fill(name); err != nil {
		wrong.add("%s: placeholder ${%s}: %v", where, name, err)
	}
}

// fullTargets returns targets with every key and site.
func fullTargets() *Targets {
	targets := &Targets{Keys: map[string]Key{}, Sites: map[string]Site{}, ScenarioBase: 1000}
	for _, name := range KeyNames() {
		targets.Keys[name] = Key{ID: name}
	}
	for i, name := range SiteNames() {
		targets.Sites[name] = Site{ID: int64(i + 1), Name: name + ".example"}
	}
	return targets
}

func (r *Request) check(wrong *caseProblems, where string, first bool) {
	facts, known := LookupFacts(r.Operation)
	if !known {
		wrong.add("%s.operation: the contract has no operation %q", where, r.Operation)
	}
	if known && facts.Form && r.RawQuery != "" && r.Placement == "" {
		wrong.add("%s: raw_query requires placement query; the operation sends a form", where)
	}
	if r.Key != "" {
		oneOf(wrong, where+".key", r.Key, KeyNames()...)
	}
	optionalOneOf(wrong, where+".scheme", r.Scheme, "acs3", "acs3-sm3", "rpc", "rpc-sha256", "bearer", "none")
	optionalOneOf(wrong, where+".placement", r.Placement, "query", "form", "chunked")
	if r.Method != "" && r.Method != http.MethodPost && r.Method != http.MethodGet && r.Placement != "" {
		wrong.add("%s: method %s cannot send a form", where, r.Method)
	}
	if r.RawQuery != "" && len(r.Parameters) > 0 {
		wrong.add("%s: raw_query replaces parameters; both are set", where)
	}
	if r.Body != nil && r.Placement != "" && r.Placement != "query" && len(r.Parameters) > 0 {
		wrong.add("%s: body replaces a form; both are set", where)
	}
	if first && (r.Replay || r.ReuseNonce) {
		wrong.add("%s: the first step cannot refer to a previous one", where)
	}
	if !r.IsACS3() && len(r.Signed) > 0 {
		wrong.add("%s: signed requires scheme acs3", where)
	}
	for _, p := range r.Sign {
		oneOf(wrong, where+".sign", p.Name, SigningStages()...)
		if p.Name == "canonical_request" && !r.IsACS3() {
			wrong.add("%s.sign: canonical_request requires scheme acs3", where)
		}
		if _, err := ParseEdit(p.Value); err != nil {
			wrong.add("%s.sign: %v", where, err)
		}
	}
	for i, tamper := range r.Tamper {
		tamper.check(wrong, fmt.Sprintf("%s.tamper[%d]", where, i))
	}
}

// check requires exactly one field: with two, their effects could not be distinguished.
func (s *Tamper) check(wrong *caseProblems, where string) {
	verbs := 0
	for _, set := range []bool{s.DropHeader != "", s.SetHeader != nil, s.AddHeader != nil, s.Replace != nil, s.Method != ""} {
		if set {
			verbs++
		}
	}
	if verbs != 1 {
		wrong.add("%s: %d fields are set, want exactly one of drop_header, set_header, add_header, replace, method", where, verbs)
	}
	if s.Replace != nil {
		oneOf(wrong, where+".replace", s.Replace.Name, "query", "authorization", "body")
		if _, _, err := ParseReplacement(s.Replace.Value); err != nil {
			wrong.add("%s: %v", where, err)
		}
	}
}

func (a *ExpectedResponse) check(wrong *caseProblems, where string) {
	checkRow(wrong, where, a.Row)
	if a.Row != "" && (a.Accepted != nil || a.Code != "" || a.Status != 0) {
		wrong.add("%s: row excludes accepted, status and code", where)
	}
	if a.Row == "" && a.Accepted == nil && a.Status == 0 && a.Code == "" && len(a.Headers)+len(a.NoHeaders)+len(a.Fields)+len(a.MessageContains) == 0 {
		wrong.add("%s: empty; it would match every response", where)
	}
	if a.Accepted != nil && (a.Accepted.SiteName == "" || len(a.Accepted.Domains) == 0) {
		wrong.add("%s: accepted requires site_name and domains", where)
	}
	for _, patterns := range []map[string]string{a.Headers, a.Fields} {
		for name, pattern := range patterns {
			if _, err := regexp.Compile(pattern); err != nil {
				wrong.add("%s: %s: %v", where, name, err)
			}
		}
	}
}
