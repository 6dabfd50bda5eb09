package live

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaerrors"
)

// Each change of a correct result fails the case, with this reason.
func TestJudge(t *testing.T) {
	t.Parallel()
	all := Cases()
	accepted := all[slices.IndexFunc(all, func(c Case) bool { return c.ID == "live/accepted/variants" })]
	accepted.Variants = []Variant{DefaultVariant()}
	denied := all[slices.IndexFunc(all, func(c Case) bool { return c.Refused == esaerrors.NoPermission })]
	denied.Variants = denied.Variants[:1]
	body := func(change func(body map[string]any)) func(*adapters.Result, *Entry) {
		return func(r *adapters.Result, _ *Entry) { change(r.Response.Body) }
	}
	item := func(change func(item map[string]any)) func(*adapters.Result, *Entry) {
		return body(func(body map[string]any) { change(body["Result"].([]any)[0].(map[string]any)) })
	}
	refusal := func(change func(*adapters.Error)) func(*adapters.Result, *Entry) {
		return func(r *adapters.Result, _ *Entry) { change(r.Error) }
	}
	entry := func(change func(*Entry)) func(*adapters.Result, *Entry) {
		return func(_ *adapters.Result, e *Entry) { change(e) }
	}
	for name, test := range map[string]struct {
		c      Case
		change func(*adapters.Result, *Entry)
		want   string
	}{
		"refused": {accepted, func(r *adapters.Result, _ *Entry) {
			*r = adapters.Result{Error: refusalOf(esaerrors.SiteNotFound)}
		}, "outcome: got "},
		"status":       {accepted, func(r *adapters.Result, _ *Entry) { r.Response.Status = 201 }, `status: got "201", want "200"`},
		"header":       {accepted, func(r *adapters.Result, _ *Entry) { r.Response.Headers = nil }, "header x-acs-request-id"},
		"request id":   {accepted, body(func(b map[string]any) { b["RequestId"] = strings.ToLower(requestID) }), "not an upper-case UUID"},
		"extra field":  {accepted, body(func(b map[string]any) { b["Extra"] = 1 }), "body has [Extra"},
		"count":        {accepted, body(func(b map[string]any) { b["TotalCount"] = 2 }), `field TotalCount: got "2", want "1"`},
		"no result":    {accepted, body(func(b map[string]any) { b["Result"] = nil }), "Result has 0 items, want 1"},
		"other domain": {accepted, item(func(i map[string]any) { i["Domain"] = "x" }), `field Result.0.Domain: got "x", want "www-0.example.com"`},
		"item status":  {accepted, item(func(i map[string]any) { i["Status"] = "Issued" }), `field Result.0.Status: got "Issued", want "Applying"`},
		"numeric id":   {accepted, item(func(i map[string]any) { i["Id"] = json.Number("1") }), "Result[0].Id 1 is not a string"},
		"item field":   {accepted, item(func(i map[string]any) { delete(i, "Id") }), "Result[0] has [Domain Status]"},
		"accepted": {denied, func(r *adapters.Result, _ *Entry) {
			*r = adapters.Result{OK: true, Response: responseOf(nil)}
		}, "outcome: got "},
		"connection":       {denied, refusal(func(e *adapters.Error) { e.Kind = adapters.KindConnection }), `kind: got "connection", want "service"`},
		"refusal's status": {denied, refusal(func(e *adapters.Error) { e.Status = 400 }), `status: got "400", want "403"`},
		"code":             {denied, refusal(func(e *adapters.Error) { e.Code = "Forbidden" }), `code: got "Forbidden", want "NoPermission"`},
		"message":          {denied, refusal(func(e *adapters.Error) { e.Message += " " }), "message: got "},
		"refusal's id":     {denied, refusal(func(e *adapters.Error) { e.RequestID = "" }), "is not an upper-case UUID"},
		"no detail":        {denied, refusal(func(e *adapters.Error) { e.Data = nil }), "no AccessDeniedDetail"},
		"rule":             {denied, entry(func(e *Entry) { e.Rule = "SiteNotFound" }), "the journal has rule SiteNotFound"},
		"accepted's rule":  {accepted, entry(func(e *Entry) { e.Rule = "cut-body" }), "the journal has rule cut-body, want Accepted"},
		"journal's status": {accepted, entry(func(e *Entry) { e.Status = 0 }), "the journal has status 0, want 200"},
		"method":           {accepted, entry(func(e *Entry) { e.Method = "GET" }), "the journal has method GET, want POST"},
		"scheme":           {accepted, entry(func(e *Entry) { e.Scheme = "HMAC-SHA1" }), "the journal has scheme HMAC-SHA1"},
		"site":             {accepted, entry(func(e *Entry) { e.SiteID = "1" }), `the journal has site "1"`},
		"scenario":         {accepted, entry(func(e *Entry) { e.Scenario = "cut-body" }), `the journal has scenario "cut-body"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check := judgeOne(t, test.c, test.change)
			if check.Verdict != suite.Failed || !strings.Contains(check.Reason, test.want) {
				t.Errorf("got %+v, want the reason %q", check, test.want)
			}
		})
	}
}

// The message of a signature mismatch continues with what the server signed.
func TestJudgeSignatureMismatch(t *testing.T) {
	t.Parallel()
	got := refusalOf(esaerrors.SignatureDoesNotMatchRPC)
	for row, ok := range map[*esaerrors.Error]bool{esaerrors.SignatureDoesNotMatchRPC: true, esaerrors.SignatureDoesNotMatchACS3: false} {
		var wrong problems
		judgeRefusal(&wrong, got, row)
		if (len(wrong) == 0) != ok {
			t.Errorf("%s: got %q", row.Key, wrong)
		}
	}
}
