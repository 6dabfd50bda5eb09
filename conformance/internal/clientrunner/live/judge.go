package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/gen/esaerrors"
)

// judge says everything that is wrong with a result; nil where nothing is.
func judge(ctx context.Context, target Target, s Case, way Variant, n int, result adapters.Result) error {
	if s.Refused == nil {
		if !result.OK {
			return fmt.Errorf("was to be accepted, got %s", describe(result))
		}
		id := fmt.Sprint(result.Response.Body["RequestId"])
		return errors.Join(
			judgeAnswer(result.Response, s.domains(n)),
			judgeJournal(ctx, target, s, way, n, id),
		)
	}
	if result.OK || result.Error.Kind != adapters.KindService {
		return fmt.Errorf("was to be refused with %s, got %s", s.Refused.Key, describe(result))
	}
	return errors.Join(
		judgeRefusal(result.Error, s.Refused),
		judgeJournal(ctx, target, s, way, n, result.Error.RequestID),
	)
}

// judgeAnswer compares an accepted call with the documented shape.
func judgeAnswer(response *adapters.Response, domains []string) error {
	body := response.Body
	var wrong problems
	wrong.require(response.Status == http.StatusOK, "status %d, want 200", response.Status)
	wrong.require(sameNames(body, "SiteName", "TotalCount", "Result", "RequestId"), "body has %v", slices.Sorted(maps.Keys(body)))
	count, want := fmt.Sprint(body["TotalCount"]), strconv.Itoa(len(domains))
	wrong.require(count == want, "TotalCount %s, want %s", count, want)
	id := fmt.Sprint(body["RequestId"])
	wrong.require(isRequestID(id), "RequestId %q is no upper-case UUID", id)
	wrong.require(response.Headers["x-acs-request-id"] == id, "header x-acs-request-id %q, body %q", response.Headers["x-acs-request-id"], id)
	var got []string
	items, _ := body["Result"].([]any)
	for i, item := range items {
		fields, _ := item.(map[string]any)
		got = append(got, fmt.Sprint(fields["Domain"]))
		wrong.require(sameNames(fields, "Domain", "Id", "Status"), "Result[%d] has %v", i, slices.Sorted(maps.Keys(fields)))
		wrong.require(fields["Status"] == "Applying", "Result[%d].Status %v, want Applying", i, fields["Status"])
		_, isText := fields["Id"].(string)
		wrong.require(isText, "Result[%d].Id %v is no text", i, fields["Id"])
	}
	wrong.require(slices.Equal(got, domains), "domains %q, want %q", got, domains)
	return wrong.err()
}

// judgeRefusal compares a refused call with the contract.
func judgeRefusal(got *adapters.Error, want *esaerrors.Error) error {
	var wrong problems
	wrong.require(got.Status == want.Status, "status %d, want %d", got.Status, want.Status)
	wrong.require(got.Code == want.Code, "code %q, want %q", got.Code, want.Code)
	same := got.Message == want.Message
	if want.Code == "SignatureDoesNotMatch" { // goes on with what the server signed
		same = strings.HasPrefix(got.Message, want.Message)
	}
	wrong.require(same, "message %q, want %q", got.Message, want.Message)
	wrong.require(isRequestID(got.RequestID), "request id %q is no upper-case UUID", got.RequestID)
	if want.Code == esaerrors.NoPermission.Code {
		_, shown := got.Data["AccessDeniedDetail"].(map[string]any)
		wrong.require(shown, "no AccessDeniedDetail")
	}
	return wrong.err()
}

// judgeJournal holds the server's own account of the request against the
// situation, so that a call that went another way cannot pass.
func judgeJournal(ctx context.Context, target Target, s Case, way Variant, n int, requestID string) error {
	entries, err := target.Journal(ctx, requestID)
	if err != nil {
		return err
	}
	if len(entries) != 1 {
		return fmt.Errorf("the journal has %d entries of request %s, want 1", len(entries), requestID)
	}
	got := entries[0]
	rule, status := acceptedRule, http.StatusOK
	if s.Refused != nil {
		rule, status = s.Refused.Key, s.Refused.Status
	}
	var wrong problems
	wrong.require(got.Status == status, "the journal has status %d, want %d", got.Status, status)
	wrong.require(got.Rule == rule, "the journal has rule %s, want %s", got.Rule, rule)
	wrong.require(got.Method == way.Method, "the journal has method %s, want %s", got.Method, way.Method)
	wrong.require(got.Scheme == way.scheme(), "the journal has scheme %s, want %s", got.Scheme, way.scheme())
	site := numbered(n, s.Parameters)["SiteId"]
	wrong.require(cmp.Or(got.SiteID, site) == site, "the journal has site %q, want %q", got.SiteID, site)
	wrong.require((got.Scenario != "") == s.Scenario, "the journal has scenario %q, want one: %v", got.Scenario, s.Scenario)
	return wrong.err()
}

func (s Case) domains(n int) []string {
	domains := make([]string, len(s.Domains))
	for i, domain := range s.Domains {
		domains[i] = strings.ReplaceAll(domain, "{n}", strconv.Itoa(n))
	}
	return domains
}

// mistakes gathers what is wrong.
type problems []string

func (m *problems) require(right bool, format string, args ...any) {
	if !right {
		*m = append(*m, fmt.Sprintf(format, args...))
	}
}

func (m problems) err() error {
	if len(m) == 0 {
		return nil
	}
	return errors.New(strings.Join(m, "; "))
}

func sameNames(object map[string]any, names ...string) bool {
	slices.Sort(names)
	return slices.Equal(slices.Sorted(maps.Keys(object)), names)
}

func isRequestID(id string) bool {
	return regexp.MustCompile(`^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$`).MatchString(id)
}

// describe tells a result in one line.
func describe(result adapters.Result) string {
	if result.OK {
		return fmt.Sprintf("an answer: %v", result.Response.Body)
	}
	e := result.Error
	return fmt.Sprintf("an error of kind %s, status %d, code %q, message %q: %s", e.Kind, e.Status, e.Code, e.Message, e.Raw)
}
