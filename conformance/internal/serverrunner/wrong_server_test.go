package serverrunner_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// replace replaces a string in the body of a response.
func replace(old, by string) func(*httptest.ResponseRecorder) {
	return func(r *httptest.ResponseRecorder) {
		body := strings.ReplaceAll(r.Body.String(), old, by)
		r.Body = bytes.NewBufferString(body)
	}
}

// edit changes the JSON object in the body of a response.
func edit(change func(map[string]any)) func(*httptest.ResponseRecorder) {
	return func(r *httptest.ResponseRecorder) {
		var object map[string]any
		if err := json.Unmarshal(r.Body.Bytes(), &object); err != nil {
			return
		}
		change(object)
		body, err := json.Marshal(object)
		if err != nil {
			return
		}
		r.Body = bytes.NewBuffer(body)
	}
}

// applications changes each application in a response.
func applications(change func(map[string]any)) func(*httptest.ResponseRecorder) {
	return edit(func(object map[string]any) {
		list, _ := object["Result"].([]any)
		for _, a := range list {
			if application, ok := a.(map[string]any); ok {
				change(application)
			}
		}
	})
}

// header sets a header field of a response, or removes it if value is empty.
func header(name, value string) func(*httptest.ResponseRecorder) {
	return func(r *httptest.ResponseRecorder) {
		for spelled := range r.Header() {
			if strings.EqualFold(spelled, name) {
				delete(r.Header(), spelled)
			}
		}
		if value != "" {
			r.Header()[name] = []string{value}
		}
	}
}

// Each fault of a server fails exactly the checks that are about it.
func TestWrongResponses(t *testing.T) {
	t.Parallel()
	const (
		accepted, refused, denied = "feature/acs3", "feature/clock-offset", "feature/denied"
	)
	for _, tc := range []struct {
		name   string
		of     string
		change func(*httptest.ResponseRecorder)
		want   []string
	}{
		{"no fault", accepted, func(*httptest.ResponseRecorder) {}, nil},
		{"always 200", refused, func(r *httptest.ResponseRecorder) { r.Code = 200 }, []string{"status", "contract"}},
		{"always 400", denied, func(r *httptest.ResponseRecorder) { r.Code = 400 }, []string{"status"}},
		{"different code", refused, replace("Unauthorized.InvalidTime", "Unauthorized.InvalidToken"), []string{"code"}},
		{"code in lower case", refused, replace(`"Code"`, `"code"`), []string{"code", "contract"}},
		{"different message", refused, replace("authentication time is invalid.", "authentication time is invalid"), []string{"message"}},
		{"HTML page", refused, func(r *httptest.ResponseRecorder) {
			header("Content-Type", "text/html")(r)
			r.Body = bytes.NewBufferString("<html>")
		}, []string{"body"}},
		{"JSON with content type HTML", refused, header("Content-Type", "text/html"), []string{"contract"}},
		{"empty body", refused, func(r *httptest.ResponseRecorder) { r.Body.Reset() }, []string{"body", "contract"}},
		{"null", refused, func(r *httptest.ResponseRecorder) { r.Body = bytes.NewBufferString("null") }, []string{"body", "contract"}},
		{"two objects", refused, func(r *httptest.ResponseRecorder) { r.Body.WriteString("{}") }, []string{"body"}},
		{"no RequestId", refused, edit(func(o map[string]any) { delete(o, "RequestId") }), []string{"request id", "contract"}},
		{"RequestId is a number", refused, edit(func(o map[string]any) { o["RequestId"] = 1 }), []string{"request id", "contract"}},
		{"different ID in the header", refused, header("x-acs-request-id", "another"), []string{"request id"}},
		{"no ID in the header", refused, header("x-acs-request-id", ""), nil},
		{"different site name", accepted, replace(`"SiteName":"active.example"`, `"SiteName":"active.example "`), []string{"site name"}},
		{"TotalCount is wrong", accepted, edit(func(o map[string]any) { o["TotalCount"] = 1 }), []string{"total count", "field TotalCount"}},
		{"TotalCount is a string", accepted, edit(func(o map[string]any) { o["TotalCount"] = "2" }), []string{"total count", "contract"}},
		{"Result is an object", accepted, edit(func(o map[string]any) { o["Result"] = map[string]any{} }), []string{"result", "field Result.1.Status", "contract"}},
		{"Result lacks an application", accepted, edit(func(o map[string]any) { o["Result"] = o["Result"].([]any)[:1] }), []string{"result domains", "field Result.1.Status"}},
		{"Result in reverse order", accepted, edit(func(o map[string]any) { slices.Reverse(o["Result"].([]any)) }), []string{"result domains"}},
		{"names in upper case", accepted, applications(func(a map[string]any) { a["Domain"] = strings.ToUpper(a["Domain"].(string)) }), []string{"result domains"}},
		{"Id is empty", accepted, applications(func(a map[string]any) { a["Id"] = "" }), []string{"result ids", "ids of the run"}},
		{"Id is a number", accepted, applications(func(a map[string]any) { a["Id"] = 30000478 }), []string{"result ids", "ids of the run", "contract"}},
		{"Id is repeated", accepted, applications(func(a map[string]any) { a["Id"] = "30000478" }), []string{"result ids", "ids of the run"}},
		{"no Id", accepted, applications(func(a map[string]any) { delete(a, "Id") }), []string{"result ids", "ids of the run", "contract"}},
		{"issued immediately", accepted, applications(func(a map[string]any) { a["Status"] = "Issued" }), []string{"result status", "field Result.1.Status"}},
		{"201", accepted, func(r *httptest.ResponseRecorder) { r.Code = 201 }, []string{"status", "contract"}},
		{"different content type", accepted, header("Content-Type", "text/plain"), []string{"header content-type", "contract"}},
		{"forbidden header", accepted, header("Server", "mine"), []string{"no header server"}},
		{"different field of AccessDeniedDetail", denied, replace("ExplicitDeny", "ImplicitDeny"), []string{"field AccessDeniedDetail.NoPermissionType"}},
		{"AccessDeniedDetail is a string", denied, edit(func(o map[string]any) { o["AccessDeniedDetail"] = "denied" }), []string{"field AccessDeniedDetail.NoPermissionType", "contract"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			inner := newServer(t)
			result := run(t, serverrunner.Target{
				Handler: tamper(inner.Handler(), tc.change), Targets: targets(t), Journal: ruleFunc(inner),
			}, only(t, tc.of), serverrunner.Options{})
			r := &result.Results[0]
			if got := failures(r); !slices.Equal(got, tc.want) {
				report(t, r)
				t.Errorf("got failures %q, want %q", got, tc.want)
			}
			want := suite.Failed
			if tc.want == nil {
				want = suite.Passed
			}
			if r.Verdict != want {
				t.Errorf("got verdict %s, want %s", r.Verdict, want)
			}
		})
	}
}

// only returns one case of features.yaml.
func only(t *testing.T, id string) []suite.Case {
	t.Helper()
	list := slices.DeleteFunc(features(t), func(c suite.Case) bool { return c.ID != id })
	if len(list) != 1 {
		t.Fatalf("got %d cases with ID %s, want 1", len(list), id)
	}
	return list
}

// The journal detects a server that returns the right response for the wrong reason.
func TestWrongRule(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	const id = "00000000-0000-5000-8000-000000000001"
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"RequestId":"` + id + `","Code":"Unauthorized.InvalidTime","Message":"The specified authentication time is invalid."}`))
	})
	for _, tc := range []struct {
		name    string
		journal serverrunner.Journal
		want    suite.Verdict
	}{
		{"different rule", serverrunner.JournalFunc(func(_ context.Context, _ string) (string, error) { return "SiteNotFound", nil }), suite.Failed},
		{"no journal entry", ruleFunc(srv), suite.Failed},
		{"journal unreachable", serverrunner.HTTPJournal("http://127.0.0.1:1/journal", nil), suite.Errored},
		{"no journal", nil, suite.Passed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			result := run(t, serverrunner.Target{Handler: handler, Targets: targets(t), Journal: tc.journal}, only(t, "feature/clock-offset"), serverrunner.Options{})
			if r := &result.Results[0]; r.Verdict != tc.want {
				report(t, r)
				t.Errorf("got verdict %s, want %s", r.Verdict, tc.want)
			}
		})
	}
}
