package sdk

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
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
