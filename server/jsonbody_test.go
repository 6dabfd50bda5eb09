package server_test

import (
	"cmp"
	"net/http"
	"strings"
	"testing"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/servertest"
)

const jsonType = "application/json"

func typed(contentType string) http.Header { return http.Header{"Content-Type": {contentType}} }

// A public client of ESA (NewFuture/DDNS) sends its parameters like this.
func TestJSONBodyCarriesParameters(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		request
		domains string
	}{
		{"number and string", request{header: typed(jsonType), body: `{"SiteId":1234567890123,"Domains":"www.example.com","Type":"lets_encrypt"}`}, "www.example.com"},
		{"with a character set", request{header: typed("application/json; charset=utf-8"), body: `{"SiteId":"1234567890123","Domains":"www.example.com"}`}, "www.example.com"},
		{"type in another case", request{header: typed("Application/JSON;charset=UTF-8"), body: `{"SiteId":1234567890123,"Domains":"www.example.com"}`}, "www.example.com"},
		{"null is a missing one", request{header: typed(jsonType), body: `{"SiteId":1234567890123,"Domains":"www.example.com","Type":null}`}, "www.example.com"},
		{"unknown members of any type", request{header: typed(jsonType), body: `{"SiteId":1234567890123,"Domains":"www.example.com","DryRun":true,"Tags":[{"Key":"a"}],"More":{}}`}, "www.example.com"},
		{"escapes", request{header: typed(jsonType), body: `{"SiteId":1234567890123,"\u0044omains":"b\u00fccher.example.com,a.example.com"}`}, "xn--bcher-kva.example.com,a.example.com"},
		{"half in the query", request{header: typed(jsonType), query: "SiteId=1234567890123", body: `{"Domains":"www.example.com"}`}, "www.example.com"},
		{"GET", request{method: "GET", header: typed(jsonType), body: `{"SiteId":1234567890123,"Domains":"www.example.com"}`}, "www.example.com"},
		{"all in the query, an empty object", request{header: typed(jsonType), query: validQuery("www.example.com"), body: `{}`}, "www.example.com"},
		{"all in the query, no body", request{header: typed(jsonType), query: validQuery("www.example.com")}, "www.example.com"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			if a := tc.send(t, srv); a.status != http.StatusOK {
				t.Fatalf("%d %s (%s)", a.status, a.body, srv.LastEntry().Detail)
			}
			last := srv.LastEntry()
			if got := strings.Join(last.Domains, ","); got != tc.domains || last.SiteID != "1234567890123" {
				t.Errorf("it applied for %s of site %s, want %s", got, last.SiteID, tc.domains)
			}
			if last.Detail != "" {
				t.Errorf("the journal says %q of a call without a fault", last.Detail)
			}
		})
	}
}

func TestJSONBodyIsRejected(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, body string
		want       *esaerrors.Error
		detail     string
	}{
		{"array for Domains", `{"SiteId":1234567890123,"Domains":["www.example.com"]}`, esaerrors.InvalidDomains, "Domains is a JSON array"},
		{"object for SiteId", `{"SiteId":{"id":1},"Domains":"www.example.com"}`, esaerrors.InvalidSiteID, "SiteId is a JSON object"},
		{"array for Type", `{"SiteId":1234567890123,"Domains":"www.example.com","Type":[]}`, esaerrors.InvalidParameterType, "Type is a JSON array"},
		{"array for AlgType", `{"SiteId":1234567890123,"Domains":"www.example.com","AlgType":["RSA"]}`, esaerrors.InvalidAlgType, "AlgType is a JSON array"},
		{"array for Format", `{"SiteId":1234567890123,"Domains":"www.example.com","Format":["JSON"]}`, esaerrors.InvalidParameterFormat, "Format is a JSON array"},
		{"fraction for SiteId", `{"SiteId":1234567890123.0,"Domains":"www.example.com"}`, esaerrors.InvalidSiteID, "1234567890123.0"},
		{"exponent for SiteId", `{"SiteId":1e3,"Domains":"www.example.com"}`, esaerrors.InvalidSiteID, "1e3"},
		{"SiteId beyond 64 bits", `{"SiteId":9223372036854775808,"Domains":"www.example.com"}`, esaerrors.InvalidSiteID, "9223372036854775808"},
		{"boolean for SiteId", `{"SiteId":true,"Domains":"www.example.com"}`, esaerrors.InvalidSiteID, `"true"`},
		{"null for SiteId", `{"SiteId":null,"Domains":"www.example.com"}`, esaerrors.MissingSiteID, "missing"},
		{"empty Domains", `{"SiteId":1234567890123,"Domains":""}`, esaerrors.MissingDomains, "missing"},
		{"SiteId twice", `{"SiteId":1234567890123,"SiteId":1234567890123,"Domains":"www.example.com"}`, esaerrors.InvalidSiteID, `member "SiteId" is duplicated`},
		{"Domains twice", `{"SiteId":1234567890123,"Domains":null,"Domains":"www.example.com"}`, esaerrors.InvalidDomains, `member "Domains" is duplicated`},
		{"Type twice", `{"SiteId":1234567890123,"Type":"lets_encrypt","Type":"lets_encrypt","Domains":"www.example.com"}`, esaerrors.InvalidParameterType, `member "Type" is duplicated`},
		{"unknown member twice", `{"SiteId":1234567890123,"Domains":"www.example.com","a":1,"a":2}`, esaerrors.InvalidParameter, `member "a" is duplicated`},
		{"array", `[]`, esaerrors.InvalidParameter, "not an object"},
		{"null", `null`, esaerrors.InvalidParameter, "not an object"},
		{"form", "SiteId=1234567890123&Domains=www.example.com", esaerrors.InvalidParameter, "malformed"},
		{"data after it", `{"SiteId":1234567890123,"Domains":"www.example.com"}{}`, esaerrors.InvalidParameter, "data follows"},
		{"half of it", `{"SiteId":1234567890123,"Domains":"www.exa`, esaerrors.InvalidParameter, "ends before"},
		{"not UTF-8", "{\"SiteId\":1234567890123,\"Domains\":\"\xff\"}", esaerrors.InvalidParameter, "not UTF-8"},
		{"too deep", `{"SiteId":1234567890123,"Domains":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, esaerrors.InvalidDomains, "nested deeper"},
		{"too deep, unknown", `{"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, esaerrors.InvalidParameter, "nested deeper"},
		{"too large", `{"SiteId":1234567890123,"Domains":"` + strings.Repeat("a", 70_000) + `"}`, esaerrors.RequestEntityTooLarge, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			checkRefused(t, srv, request{header: typed(jsonType), body: tc.body}.send(t, srv), tc.want)
			if got := srv.LastEntry().Detail; !strings.Contains(got, tc.detail) {
				t.Errorf("the journal says %q, want %q", got, tc.detail)
			}
			if stored := srv.Applications(); len(stored) != 0 {
				t.Errorf("it stored %v", stored)
			}
		})
	}
}

// A parameter in query and body behaves as one in query and form.
func TestJSONBodyAndQuery(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]*esaerrors.Error{
		"SiteId": esaerrors.InvalidSiteID, "Domains": esaerrors.InvalidDomains, "Type": esaerrors.InvalidParameterType,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			value := map[string]string{"SiteId": "1234567890123", "Domains": "www.example.com", "Type": "lets_encrypt"}[name]
			srv := newServer(t)
			q := request{query: validQuery("www.example.com"), header: typed(jsonType), body: `{"` + name + `":"` + value + `"}`}
			checkRefused(t, srv, q.send(t, srv), want)
			if got := srv.LastEntry().Detail; !strings.Contains(got, "2 times") {
				t.Errorf("the journal says %q", got)
			}
		})
	}
}

// What a body cannot carry is in the journal: the caller believes that it sent
// its parameters.
func TestJournalSaysThatABodyCarriesNoParameters(t *testing.T) {
	t.Parallel()
	const object = `{"SiteId":1234567890123,"Domains":"www.example.com"}`
	for _, tc := range []struct {
		name string
		request
		detail string
		want   *esaerrors.Error // MissingSiteId
	}{
		{"JSON and signature 1.0", request{rpc: true, header: typed(jsonType), body: object}, "SiteId is missing or empty; the body is JSON and carries no parameters: HMAC-SHA1 covers neither a JSON body nor its type; send a query or a form, or sign with ACS3", nil},
		{"JSON and a bearer token", request{unsign: true, query: "SiteId=1234567890123", header: http.Header{"Content-Type": {jsonType}, "X-Acs-Bearer-Token": {"bearer-one"}}, body: object},
			"Domains is missing or empty; the body is JSON and carries no parameters: a bearer token covers neither", esaerrors.MissingDomains},
		{"plain text", request{header: typed("text/plain"), body: object}, `SiteId is missing or empty; the body's type "text/plain" carries no parameters; send application/x-www-form-urlencoded or application/json, or a query`, nil},
		{"multipart", request{header: typed("multipart/form-data; boundary=x"), body: "--x--"}, `the body's type "multipart/form-data" carries no parameters`, nil},
		{"XML", request{header: typed("text/xml"), body: "<SiteId/>"}, `the body's type "text/xml" carries no parameters`, nil},
		{"JSON with a suffix", request{header: typed("application/problem+json"), body: object}, `the body's type "application/problem+json" carries no parameters`, nil},
		{"no type", request{body: object}, "the body has no content-type and carries no parameters", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			checkRefused(t, srv, tc.send(t, srv), cmp.Or(tc.want, esaerrors.MissingSiteID))
			if got := srv.LastEntry().Detail; !strings.Contains(got, tc.detail) {
				t.Errorf("the journal says %q, want %q", got, tc.detail)
			}
		})
	}
	t.Run("accepted by its query", func(t *testing.T) {
		t.Parallel()
		srv := newServer(t)
		q := request{rpc: true, query: validQuery("www.example.com"), header: typed(jsonType), body: object}
		if a := q.send(t, srv); a.status != http.StatusOK {
			t.Fatalf("%d %s (%s)", a.status, a.body, srv.LastEntry().Detail)
		}
		if got := srv.LastEntry().Detail; !strings.Contains(got, "the body is JSON and carries no parameters") {
			t.Errorf("the journal says %q", got)
		}
	})
}

// The type decides whether a body has parameters, so it must be signed.
func TestTypeOfJSONBodyMustBeSigned(t *testing.T) {
	t.Parallel()
	const object = `{"SiteId":1234567890123,"Domains":"www.example.com"}`
	afterwards := func(r *http.Request) { r.Header.Set("Content-Type", jsonType) }
	t.Run("with members", func(t *testing.T) {
		t.Parallel()
		srv := newServer(t, servertest.WithTime(baseTime))
		checkRefused(t, srv, request{body: object, tamper: afterwards}.send(t, srv), esaerrors.IncompleteSignature)
		if got := srv.LastEntry().Detail; !strings.Contains(got, "content-type is not signed") {
			t.Errorf("the journal says %q", got)
		}
	})
	t.Run("without members", func(t *testing.T) {
		t.Parallel()
		srv := newServer(t, servertest.WithTime(baseTime))
		if a := (request{query: validQuery("www.example.com"), body: "{}", tamper: afterwards}).send(t, srv); a.status != http.StatusOK {
			t.Fatalf("%d %s (%s)", a.status, a.body, srv.LastEntry().Detail)
		}
	})
	t.Run("changed by a proxy", func(t *testing.T) {
		t.Parallel()
		srv := newServer(t)
		q := request{header: typed("text/plain"), body: object, tamper: set("Content-Type", jsonType)}
		checkRefused(t, srv, q.send(t, srv), esaerrors.SignatureDoesNotMatchACS3)
	})
}
