//go:build interop

package live_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/clientrunner/live"
)

// checkWire looks at what a client sends in each way: an adapter that ignored a
// part of a request would still get right answers from a server that accepts
// every way.
func checkWire(t *testing.T, c live.Client) {
	for _, way := range live.Variants() {
		t.Run(way.String(), func(t *testing.T) {
			sent := make(chan seen, 1)
			server := httptest.NewServer(record(sent))
			defer server.Close()
			request := adapters.Request{
				ID: way.String(), Endpoint: server.URL, Signature: way.Signature, Method: way.Method, Placement: way.Placement,
				AccessKeyID: way.Caller.AccessKeyID, AccessKeySecret: way.Caller.AccessKeySecret,
				SecurityToken: way.Caller.SecurityToken, BearerToken: way.Caller.BearerToken,
				Parameters: map[string]string{"SiteId": "4000000000001", "Domains": "a.example.com,b.example.com"},
			}
			result, err := c.Adapter.Call(t.Context(), request)
			switch {
			case err != nil:
				t.Fatal(err)
			case !result.OK && result.Error.Kind == adapters.KindUnsupported && len(sent) == 0:
				return // whether it may lack this way, the situations judge
			case !result.OK:
				t.Fatalf("got %+v", result.Error)
			}
			if err := (<-sent).follows(request); err != nil {
				t.Error(err)
			}
		})
	}
}

// seen is a request as it came.
type seen struct {
	method      string
	header      http.Header
	query, form url.Values
}

// record keeps the first request and accepts it.
func record(sent chan<- seen) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		select {
		case sent <- seen{r.Method, r.Header, r.URL.Query(), r.PostForm}:
		default: // a second one
			http.Error(w, "one request was asked for", http.StatusConflict)
			return
		}
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		_, _ = fmt.Fprint(w, `{"RequestId":"R","SiteName":"S","TotalCount":0,"Result":[]}`) // a client that left gets nothing
	})
}

// follows says where the request is not as it was asked for.
func (s seen) follows(asked adapters.Request) error {
	var wrong []error
	check := func(what, got, want string) {
		if got != want {
			wrong = append(wrong, fmt.Errorf("%s is %q, want %q", what, got, want))
		}
	}
	check("method", s.method, asked.Method)
	for name, value := range asked.Parameters {
		inQuery, inForm := value, ""
		if asked.Placement == adapters.PlacementForm {
			inQuery, inForm = "", value
		}
		check(name+" in the query", s.query.Get(name), inQuery)
		check(name+" in the form", s.form.Get(name), inForm)
	}
	authorization, _, _ := strings.Cut(s.header.Get("Authorization"), " ")
	if asked.Signature == adapters.SignatureHMACSHA1 {
		check("Authorization", authorization, "")
		check("SecurityToken", s.query.Get("SecurityToken"), asked.SecurityToken)
		check("BearerToken", s.query.Get("BearerToken"), asked.BearerToken)
		if asked.BearerToken == "" { // the legacy SDK signs with nothing then, the others do not
			check("SignatureMethod", s.query.Get("SignatureMethod"), "HMAC-SHA1")
		}
	} else {
		check("Authorization", authorization, unlessBearer(asked, "ACS3-HMAC-SHA256"))
		check("x-acs-security-token", s.header.Get("x-acs-security-token"), asked.SecurityToken)
		check("x-acs-bearer-token", s.header.Get("x-acs-bearer-token"), asked.BearerToken)
		check("SignatureMethod", s.query.Get("SignatureMethod"), "")
	}
	return errors.Join(wrong...)
}

func unlessBearer(asked adapters.Request, value string) string {
	if asked.BearerToken != "" {
		return ""
	}
	return value
}
