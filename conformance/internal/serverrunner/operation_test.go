package serverrunner_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// The response to another operation is checked against the contract of that operation.
func TestWrongResponsesOfOperations(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, of string
		change   func(*httptest.ResponseRecorder)
		want     []string
	}{
		{"no fault", "feature/operation", func(*httptest.ResponseRecorder) {}, nil},
		{"response of another operation", "feature/operation", edit(func(o map[string]any) {
			delete(o, "SiteModel")
			o["SiteName"], o["TotalCount"], o["Result"] = "active.example", 0, []any{}
		}), []string{"field SiteModel.SiteId", "contract"}},
		{"SiteId is a string", "feature/operation", replace(`"SiteId":1000000000001`, `"SiteId":"1000000000001"`), []string{"contract"}},
		{"201", "feature/operation", func(r *httptest.ResponseRecorder) { r.Code = 201 }, []string{"status", "contract"}},
		{"nothing to capture", "feature/capture", edit(func(o map[string]any) { o["Sites"] = []any{} }), []string{"step 1: capture"}},
		{"another site", "feature/capture", replace("active.example", "other.example"), []string{"step 2: field SiteModel.SiteName"}},
		{"another Id", "feature/upload", edit(func(o map[string]any) {
			if o["SiteName"] != nil { // of the second response
				o["Id"] = "7"
			}
		}), []string{"step 2: field Id"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			inner := newServer(t)
			result := run(t, serverrunner.Target{
				Handler: tamper(inner.Handler(), tc.change), Targets: targets(t), Journal: ruleFunc(inner),
			}, only(t, tc.of), serverrunner.Options{})
			if got := failures(&result.Results[0]); !slices.Equal(got, tc.want) {
				report(t, &result.Results[0])
				t.Errorf("got failures %q, want %q", got, tc.want)
			}
		})
	}
}

// A case that deletes certificates does not run without permission to write.
func TestDeletionNeedsWrites(t *testing.T) {
	t.Parallel()
	result, err := serverrunner.Run(t.Context(), localTarget(t), only(t, "feature/upload"), serverrunner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r := &result.Results[0]; r.Verdict != suite.NotRun || !strings.Contains(r.Reason, "writes are not allowed") || len(r.Exchanges) != 0 {
		t.Errorf("got %s, %s", r.Verdict, r.Reason)
	}
}

// No private key is in the results, in a form or in a query that RPC signatures repeat.
func TestPrivateKeysAreRedacted(t *testing.T) {
	t.Parallel()
	list := only(t, "feature/upload")
	for scheme, placement := range map[string]string{"": "", "rpc": "", "rpc-sha256": "query"} {
		c := list[0]
		server := *c.Server
		server.Steps = slices.Clone(server.Steps)
		server.Steps[0].Request.Scheme, server.Steps[0].Request.Placement = scheme, placement
		c.Server = &server
		secret := "another-secret" // for the difference of the signed strings
		for _, changed := range []*string{nil, &secret} {
			server.Steps[0].Request.Secret = changed
			result := run(t, localTarget(t), []suite.Case{c}, serverrunner.Options{})
			r := &result.Results[0]
			if (r.Verdict == suite.Passed) != (changed == nil) {
				report(t, r)
			}
			for _, x := range r.Exchanges {
				if all := x.Request + x.Response + x.Difference + x.Error; strings.Contains(all, "PRIVATE") {
					t.Errorf("the private key is in %s", all)
				}
			}
			if !strings.Contains(r.Exchanges[0].Request, "PrivateKey=[secret]") {
				t.Errorf("the request is %s", r.Exchanges[0].Request)
			}
		}
	}
}
