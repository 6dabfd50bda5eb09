package sdk

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/servertest"
)

// newRequest returns a valid request with additional parameters.
func newRequest(endpoint string, parameters map[string]string) adapters.Request {
	request := adapters.Request{
		ID: "1", Endpoint: endpoint, AccessKeyID: servertest.AccessKeyID, AccessKeySecret: servertest.AccessKeySecret,
		Signature: adapters.SignatureACS3, Method: http.MethodPost, Placement: adapters.PlacementQuery, MaxAttempts: 1,
		Parameters: map[string]string{"SiteId": fmt.Sprint(servertest.SiteID), "Domains": "www.example.com"},
	}
	maps.Copy(request.Parameters, parameters)
	return request
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	got := Call(t.Context(), newRequest(srv.URL(), map[string]string{"Domains": "a.example.com, b.example.com", "Type": "lets_encrypt"}))
	if got.Error != nil {
		t.Fatalf("got %+v", got.Error)
	}
	want := map[string]any{
		"RequestId": srv.LastEntry().RequestID, "SiteName": "example.com", "TotalCount": int64(2),
		"Result": []any{
			map[string]any{"Domain": "a.example.com", "Id": "30000478", "Status": "Applying"},
			map[string]any{"Domain": "b.example.com", "Id": "30000479", "Status": "Applying"},
		},
	}
	if !reflect.DeepEqual(got.Response.Body, want) {
		t.Errorf("got %v", got.Response.Body)
	}
	if got.Response.Status != 200 || got.Response.Headers["x-acs-request-id"] != srv.LastEntry().RequestID {
		t.Errorf("got status %d and headers %v", got.Response.Status, got.Response.Headers)
	}
}

func TestAlgType(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	if got := Call(t.Context(), newRequest(srv.URL(), map[string]string{"AlgType": "ECC"})); got.Error != nil {
		t.Fatalf("got %+v", got.Error)
	}
	if stored := srv.Applications()[0].AlgType; stored != "ECC" {
		t.Errorf("stored AlgType is %q, want ECC", stored)
	}
}

func TestVariants(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change         func(*adapters.Request)
		method, scheme string
	}{
		"default": {func(*adapters.Request) {}, "POST", "ACS3-HMAC-SHA256"},
		"GET":     {func(r *adapters.Request) { r.Method = "GET" }, "GET", "ACS3-HMAC-SHA256"},
		"RPC":     {func(r *adapters.Request) { r.Signature = adapters.SignatureHMACSHA1 }, "POST", "HMAC-SHA1"},
		"STS": {func(r *adapters.Request) {
			r.AccessKeyID, r.AccessKeySecret, r.SecurityToken = "STS.testid", "sts-secret", "sts-token-example"
		}, "POST", "ACS3-HMAC-SHA256"},
		"bearer": {func(r *adapters.Request) {
			r.AccessKeyID, r.AccessKeySecret, r.BearerToken = "", "", "bearer-token-example"
		}, "POST", "BEARERTOKEN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := servertest.New(t)
			request := newRequest(srv.URL(), nil)
			test.change(&request)
			if got := Call(t.Context(), request); got.Error != nil {
				t.Fatalf("got %+v", got.Error)
			}
			if last := srv.LastEntry(); last.Method != test.method || last.Scheme != test.scheme {
				t.Errorf("got method %s and scheme %s", last.Method, last.Scheme)
			}
		})
	}
}

// TestRows also sends input that the SDK would reject with validation.
func TestRows(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	for _, row := range esaops.ApplyCertificate.Errors {
		site := fmt.Sprint(servertest.ScenarioSite(row))
		got := Call(t.Context(), newRequest(srv.URL(), map[string]string{"SiteId": site, "Domains": "", "Type": "free"})).Error
		if got == nil || got.Kind != adapters.KindService || got.Code != row.Code || got.Message != row.Message ||
			got.Status != row.Status || got.RequestID != srv.LastEntry().RequestID || got.Data["HostId"] == nil || !strings.Contains(got.Raw, row.Message) {
			t.Errorf("%s: got %+v", row.Key, got)
		}
	}
}

func TestDenied(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	request := newRequest(srv.URL(), nil)
	request.AccessKeyID, request.AccessKeySecret = "denied-id", "denied-secret"
	got := Call(t.Context(), request).Error
	detail, _ := got.Data["AccessDeniedDetail"].(map[string]any)
	if got.Code != "NoPermission" || detail["AuthAction"] != "esa:ApplyCertificate" || detail["NoPermissionType"] != "ExplicitDeny" {
		t.Errorf("got %+v", got)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	html := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Acs-Request-Id", "R")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = fmt.Fprint(w, "<html>")
	}))
	t.Cleanup(html.Close)
	keyless := newRequest(html.URL, nil)
	keyless.AccessKeyID, keyless.AccessKeySecret = "", ""
	invalid := newRequest(html.URL, nil)
	invalid.Method = "PUT"
	for name, test := range map[string]struct {
		request adapters.Request
		kind    adapters.Kind
		status  int
	}{
		"html":           {newRequest(html.URL, nil), adapters.KindResponse, 502},
		"unreachable":    {newRequest("http://127.0.0.1:1", nil), adapters.KindConnection, 0},
		"no keys":        {keyless, adapters.KindInput, 0},
		"invalid option": {invalid, adapters.KindInput, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Call(t.Context(), test.request).Error
			if got == nil || got.Kind != test.kind || got.Status != test.status || got.Raw == "" {
				t.Errorf("got %+v", got)
			}
		})
	}
	if got := explain(context.Canceled); got.Kind != adapters.KindOther {
		t.Errorf("got %+v", got)
	}
}

func TestUnsupported(t *testing.T) {
	t.Parallel()
	form := newRequest("http://127.0.0.1:1", nil)
	form.Placement = adapters.PlacementForm
	withoutSite := newRequest("http://127.0.0.1:1", nil)
	delete(withoutSite.Parameters, "SiteId")
	withoutDomains := newRequest("http://127.0.0.1:1", nil)
	delete(withoutDomains.Parameters, "Domains")
	for name, request := range map[string]adapters.Request{
		"form":              form,
		"no SiteId":         withoutSite,
		"no Domains":        withoutDomains,
		"SiteId is a word":  newRequest("http://127.0.0.1:1", map[string]string{"SiteId": "abc"}),
		"SiteId with zeros": newRequest("http://127.0.0.1:1", map[string]string{"SiteId": "01"}),
		"SiteId too large":  newRequest("http://127.0.0.1:1", map[string]string{"SiteId": "9223372036854775808"}),
		"empty Type":        newRequest("http://127.0.0.1:1", map[string]string{"Type": ""}),
		"empty AlgType":     newRequest("http://127.0.0.1:1", map[string]string{"AlgType": ""}),
		"unknown parameter": newRequest("http://127.0.0.1:1", map[string]string{"Note": "x"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Call(t.Context(), request).Error; got == nil || got.Kind != adapters.KindUnsupported || got.Raw == "" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestAttempts checks that the SDK sends once unless the request permits more.
func TestAttempts(t *testing.T) {
	t.Parallel()
	for attempts, wantOK := range map[int]bool{1: false, 2: true} {
		t.Run(fmt.Sprint(attempts), func(t *testing.T) {
			t.Parallel()
			srv := servertest.New(t)
			srv.InjectFault(servertest.HTML503, 1)
			request := newRequest(srv.URL(), nil)
			request.MaxAttempts = attempts
			got := Call(t.Context(), request)
			if (got.Error == nil) != wantOK || len(srv.Journal()) != attempts {
				t.Errorf("got %+v after %d requests", got.Error, len(srv.Journal()))
			}
		})
	}
}

// operationRequest returns a request of an operation with the default placement.
func operationRequest(endpoint string, facts *esaops.Operation, parameters map[string]string) adapters.Request {
	request := newRequest(endpoint, nil)
	request.Operation, request.Method, request.Parameters = facts.Action, facts.Methods[0], parameters
	if facts.Form {
		request.Placement = adapters.PlacementForm
	}
	return request
}

// A certificate is applied for, listed and deleted.
func TestOperations(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	site := fmt.Sprint(servertest.SiteID)
	if got := Call(t.Context(), newRequest(srv.URL(), nil)); got.Error != nil {
		t.Fatalf("got %+v", got.Error)
	}
	call := func(facts *esaops.Operation, parameters map[string]string) map[string]any {
		t.Helper()
		got := Call(t.Context(), operationRequest(srv.URL(), facts, parameters))
		if got.Error != nil {
			t.Fatalf("%s: got %+v", facts.Action, got.Error)
		}
		if got.Response.Status != 200 || got.Response.Headers["x-acs-request-id"] != got.Response.Body["RequestId"] {
			t.Errorf("%s: got %+v", facts.Action, got.Response)
		}
		return got.Response.Body
	}
	list := call(esaops.ListCertificates, map[string]string{"SiteId": site, "Keyword": "www.example.com", "PageSize": "5"})
	result, _ := list["Result"].([]any)
	if len(result) != 1 || list["PageSize"] != json.Number("5") {
		t.Fatalf("got %v", list)
	}
	first, _ := result[0].(map[string]any)
	if got := call(esaops.DeleteCertificate, map[string]string{"SiteId": site, "Id": fmt.Sprint(first["Id"])}); got["Id"] != first["Id"] {
		t.Errorf("got %v", got)
	}
	if got := call(esaops.ListSites, map[string]string{"SiteName": "example.com", "PageNumber": "1"}); got["TotalCount"] != json.Number("1") {
		t.Errorf("got %v", got)
	}
	if got := Call(t.Context(), operationRequest(srv.URL(), esaops.GetSite, map[string]string{"SiteId": "7"})).Error; got == nil || got.Code != "SiteNotFound" || got.Status != 404 {
		t.Errorf("got %+v", got)
	}
}

// Every parameter of every operation has a field in the SDK's input.
func TestEveryParameterIsSent(t *testing.T) {
	t.Parallel()
	var query url.Values
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		query = r.Form
	}))
	t.Cleanup(server.Close)
	for _, facts := range esaops.All() {
		if facts == esaops.ApplyCertificate {
			continue
		}
		parameters := map[string]string{}
		for _, p := range facts.Parameters {
			parameters[p.Name] = map[esaops.Kind]string{esaops.String: "a", esaops.Int32: "7", esaops.Int64: "8", esaops.Boolean: "true"}[p.Kind]
		}
		got := Call(t.Context(), operationRequest(server.URL, facts, parameters)).Error
		if got == nil || got.Kind != adapters.KindResponse {
			t.Errorf("%s: got %+v", facts.Action, got)
		}
		for name, want := range parameters {
			if query.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", facts.Action, name, query.Get(name), want)
			}
		}
	}
}

func TestUnsupportedOperationCalls(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		facts      *esaops.Operation
		parameters map[string]string
		change     func(*adapters.Request)
	}{
		"unknown operation":  {esaops.GetSite, nil, func(r *adapters.Request) { r.Operation = "CreateSite" }},
		"form":               {esaops.GetSite, map[string]string{"SiteId": "1"}, func(r *adapters.Request) { r.Placement = adapters.PlacementForm }},
		"query":              {esaops.SetCertificate, map[string]string{"SiteId": "1", "Type": "cas"}, func(r *adapters.Request) { r.Placement = adapters.PlacementQuery }},
		"method":             {esaops.GetSite, map[string]string{"SiteId": "1"}, func(r *adapters.Request) { r.Method = "POST" }},
		"required parameter": {esaops.DeleteCertificate, map[string]string{"SiteId": "1"}, nil},
		"unknown parameter":  {esaops.GetSite, map[string]string{"SiteId": "1", "Note": "x"}, nil},
		"not a number":       {esaops.ListSites, map[string]string{"PageSize": "first"}, nil},
		"too large":          {esaops.ListSites, map[string]string{"PageSize": "2147483648"}, nil},
		"leading zero":       {esaops.ListSites, map[string]string{"PageSize": "01"}, nil},
		"zero":               {esaops.ListSites, map[string]string{"PageSize": "0"}, nil},
		"false":              {esaops.ListSites, map[string]string{"OnlyEnterprise": "false"}, nil},
		"not a flag":         {esaops.ListSites, map[string]string{"OnlyEnterprise": "1"}, nil},
		"empty":              {esaops.ListSites, map[string]string{"SiteName": ""}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := operationRequest("http://127.0.0.1:1", test.facts, test.parameters)
			if test.change != nil {
				test.change(&request)
			}
			if got := Call(t.Context(), request).Error; got == nil || got.Kind != adapters.KindUnsupported || got.Raw == "" {
				t.Errorf("got %+v", got)
			}
		})
	}
}
