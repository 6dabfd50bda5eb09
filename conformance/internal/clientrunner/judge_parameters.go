package clientrunner

import (
	"fmt"
	"maps"
	"mime"
	"net/url"
	"slices"
	"strings"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/gen/esaapi"
)

// gatewayParameters returns the parameters that the gateway reads in a call of action, with
// the allowed values. The values are nil if another check judges them, or if all are
// allowed. Clients add some of them, which the documentation of the operations allows.
func gatewayParameters(action string) map[string][]string {
	return map[string][]string{
		"Action": {action}, "Version": {esaapi.Version}, "Format": {"JSON", "json"},
		"RegionId": nil, "AccessKeyId": nil, "SecurityToken": nil, "BearerToken": nil, "Timestamp": nil,
		"Signature": nil, "SignatureMethod": nil, "SignatureVersion": nil, "SignatureNonce": nil,
		"SignatureType": {"", bearerType},
	}
}

const bearerType = "BEARERTOKEN"

// judgeParameters compares the decoded parameters and their placement with the call.
func (j *requestJudge) judgeParameters(r *receivedRequest, attempt, of int) {
	query, err := signature.ParseQuery(r.request.URL.RawQuery)
	if err != nil {
		j.checks.add(false, checkParameters, j.wantParameters(), r.request.URL.RawQuery, attemptPrefix(attempt, of, err.Error()))
		return
	}
	form, err := formOf(r)
	if err != nil {
		j.checks.add(false, checkParameters, j.wantParameters(), excerpt(r.body, j.redactor), attemptPrefix(attempt, of, "parse form: "+err.Error()))
		return
	}
	wrong := j.diffParameters(query, form)
	j.checks.add(len(wrong) == 0, checkParameters, j.wantParameters(), formatParameters(operationParameters(query, form)), attemptPrefix(attempt, of, strings.Join(wrong, "; ")))
	j.judgePlacement(r, query, form, attempt, of)
}

// formOf returns the parameters of a form body, or none for another body.
func formOf(r *receivedRequest) (url.Values, error) {
	kind, _, _ := mime.ParseMediaType(r.request.Header.Get("Content-Type")) // "" on an error
	if kind != "application/x-www-form-urlencoded" {
		return nil, nil
	}
	return signature.ParseQuery(string(r.body))
}

// diffParameters describes missing, changed, duplicated and unexpected parameters.
func (j *requestJudge) diffParameters(query, form url.Values) []string {
	var wrong []string
	got := mergeParameters(query, form)
	for _, want := range j.call.Parameters {
		values, found := got[want.Name]
		switch {
		case !found:
			wrong = append(wrong, want.Name+" is missing")
		case len(values) > 1:
			wrong = append(wrong, fmt.Sprintf("%s occurs %d times", want.Name, len(values)))
		case values[0] != want.Value:
			wrong = append(wrong, fmt.Sprintf("%s is %q instead of %q", want.Name, values[0], want.Value))
		}
		delete(got, want.Name)
	}
	harmless := gatewayParameters(j.call.Operation)
	for _, name := range slices.Sorted(maps.Keys(got)) {
		allowed, isKnown := harmless[name]
		switch {
		case !isKnown:
			wrong = append(wrong, fmt.Sprintf("%s is unexpected", name))
		case allowed != nil && !slices.Contains(allowed, got[name][0]):
			wrong = append(wrong, fmt.Sprintf("%s is %q", name, got[name][0]))
		}
	}
	return wrong
}

// judgePlacement checks whether the parameters of the call are in the query or the form.
func (j *requestJudge) judgePlacement(r *receivedRequest, query, form url.Values, attempt, of int) {
	expected, other, where := query, form, "the query"
	if j.call.Placement == adapters.PlacementForm {
		expected, other, where = form, query, "a form body"
	}
	var misplaced []string
	for _, p := range j.call.Parameters {
		if _, found := expected[p.Name]; !found {
			if _, elsewhere := other[p.Name]; elsewhere {
				misplaced = append(misplaced, p.Name)
			}
		}
	}
	got := strings.Join(misplaced, ", ") + " elsewhere"
	if len(misplaced) == 0 && j.call.Placement != adapters.PlacementForm && len(r.body) > 0 {
		misplaced, got = []string{"body"}, fmt.Sprintf("an additional body of %d bytes", len(r.body))
	}
	j.checks.add(len(misplaced) == 0, checkPlacement, "parameters in "+where, got, attemptPrefix(attempt, of, ""))
}

// wantParameters returns the parameters of the call for the report.
func (j *requestJudge) wantParameters() string {
	values := url.Values{}
	for _, p := range j.call.Parameters {
		values.Add(p.Name, p.Value)
	}
	return formatParameters(values)
}

// operationParameters returns the parameters that the gateway does not read.
func operationParameters(query, form url.Values) url.Values {
	all := mergeParameters(query, form)
	for name := range gatewayParameters("") {
		delete(all, name)
	}
	return all
}

func mergeParameters(query, form url.Values) url.Values {
	all := url.Values{}
	for _, from := range []url.Values{query, form} {
		for name, values := range from {
			all[name] = append(all[name], values...)
		}
	}
	return all
}

func formatParameters(values url.Values) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[name] {
			lines = append(lines, fmt.Sprintf("%s=%q", name, value))
		}
	}
	return strings.Join(lines, " ")
}

// hasBearerType reports whether the signature type of a request is the bearer token.
func hasBearerType(r *receivedRequest) bool {
	query, _ := signature.ParseQuery(r.request.URL.RawQuery) // judged with the parameters
	form, _ := formOf(r)
	return mergeParameters(query, form).Get("SignatureType") == bearerType || r.request.Header.Get("X-Acs-Signature-Type") == bearerType
}
