//go:build interop

package live_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	protocol "github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/clientrunner/live"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// requestCases returns a case for each variant that judges the request: an adapter that
// ignored a part of the variant would still pass with a server that accepts them all.
func requestCases() []suite.Case {
	var cases []suite.Case
	for _, variant := range live.Variants() {
		cases = append(cases, scriptedCase("live/request/"+variant.Slug(), "The client sends the requested variant.",
			suite.ClientCase{
				Call: suite.Call{
					Parameters: parameters("4000000000001", "a.example.com,b.example.com"),
					Signature:  variant.Signature, Method: variant.Method, Placement: variant.Placement, Credentials: variant.Caller.Name,
				},
				Script:   []suite.Reply{{Body: `{"RequestId":"R","SiteName":"S","TotalCount":0,"Result":[]}`}},
				Outcomes: []suite.ExpectedOutcome{{OK: true}},
			}))
	}
	return cases
}

// edgeCases returns cases of invalid responses and lost connections: the adapter
// continues, and the client reports the kind of failure.
func edgeCases() []suite.Case {
	var cases []suite.Case
	for _, edge := range []struct {
		name    string
		reply   suite.Reply
		kinds   []protocol.Kind
		timeout time.Duration
	}{
		{name: "html", reply: suite.Reply{Status: http.StatusBadGateway, Body: "<html>bad gateway</html>"}, kinds: []protocol.Kind{protocol.KindResponse}},
		{name: "reset", reply: suite.Reply{Reset: true}, kinds: []protocol.Kind{protocol.KindConnection}},
		{name: "slow", reply: suite.Reply{Delay: suite.Duration(time.Minute)}, kinds: []protocol.Kind{protocol.KindConnection}, timeout: time.Second},
		{
			name:  "cut", // an invalid response as well as a lost connection
			reply: suite.Reply{Body: refusalBody, Cut: 40}, kinds: []protocol.Kind{protocol.KindResponse, protocol.KindConnection},
		},
		{name: "empty", reply: suite.Reply{Status: http.StatusBadRequest}, kinds: []protocol.Kind{protocol.KindResponse}},
		{
			name:  "numeric-code", // clients may convert the code
			reply: suite.Reply{Status: http.StatusBadRequest, Body: `{"RequestId":"R","Code":123,"Message":"M"}`},
			kinds: []protocol.Kind{protocol.KindResponse, protocol.KindService},
		},
		{name: "refusal", reply: suite.Reply{Status: http.StatusBadRequest, Body: refusalBody}, kinds: []protocol.Kind{protocol.KindService}},
	} {
		cases = append(cases, scriptedCase("live/failure/"+edge.name, failureWhy, suite.ClientCase{
			Call:   suite.Call{Parameters: parameters("1", edge.name), Timeout: suite.Duration(edge.timeout)},
			Script: []suite.Reply{edge.reply}, Outcomes: outcomes(edge.kinds...),
		}))
	}
	return cases
}

const (
	refusalBody = `{"RequestId":"R","Code":"C","Message":"M"}`
	failureWhy  = "A client reports the kind of a failure, and the adapter continues."
)

func scriptedCase(id, why string, client suite.ClientCase) suite.Case {
	return suite.Case{ID: id, Why: why, Evidence: suite.Inferred, Level: suite.Must, Client: &client}
}

func parameters(site, domains string) []suite.Parameter {
	return []suite.Parameter{{Name: "SiteId", Value: site}, {Name: "Domains", Value: domains}}
}

func outcomes(kinds ...protocol.Kind) []suite.ExpectedOutcome {
	var outcomes []suite.ExpectedOutcome
	for _, kind := range kinds {
		outcomes = append(outcomes, suite.ExpectedOutcome{Kind: string(kind)})
	}
	return outcomes
}

// callsWithoutServer makes the calls that never reach a server: one without keys, and
// one to a port on which no server listens.
func callsWithoutServer(t *testing.T, client live.Client, adapter clientrunner.Adapter) []suite.Result {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, refusalBody, http.StatusBadRequest)
	}))
	defer server.Close()
	var results []suite.Result
	for _, edge := range []struct {
		name    string
		request protocol.Request
		kind    protocol.Kind
	}{
		{"no-keys", protocol.Request{Endpoint: server.URL}, protocol.KindInput},
		{"no-server", protocol.Request{Endpoint: "http://127.0.0.1:1", AccessKeyID: "testid", AccessKeySecret: "testsecret"}, protocol.KindConnection},
	} {
		result := suite.Result{
			Case: "live/failure/" + edge.name, Why: failureWhy, Evidence: suite.Inferred, Level: suite.Must,
			Side: suite.ClientSide, Subject: adapter.Name,
		}
		edge.request.ID, edge.request.Signature = edge.name, adapter.Signature
		edge.request.Parameters = map[string]string{"SiteId": "1", "Domains": edge.name}
		if got, err := client.Session.Call(t.Context(), edge.request); err != nil {
			result.Verdict, result.Reason = suite.Errored, err.Error()
		} else {
			result.Checks = clientrunner.JudgeOutcome(outcomes(edge.kind), got, "")
		}
		result.Judge()
		results = append(results, result)
	}
	return results
}
