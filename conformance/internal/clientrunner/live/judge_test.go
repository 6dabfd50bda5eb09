package live

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/gen/esaerrors"
)

// TestJudgeNotices spoils a good result in one place each, and wants exactly
// that noticed.
func TestJudgeNotices(t *testing.T) {
	t.Parallel()
	all := Cases()
	good := all[slices.IndexFunc(all, func(s Case) bool { return s.Name == "accepted" })]
	good.Variants = []Variant{DefaultVariant()}
	denied := all[slices.IndexFunc(all, func(s Case) bool { return s.Refused == esaerrors.NoPermission })]
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
		situation Case
		spoil     func(*adapters.Result, *Entry)
		want      string
	}{
		"refused": {good, func(r *adapters.Result, _ *Entry) {
			*r = adapters.Result{Error: refusalOf(esaerrors.SiteNotFound)}
		}, `was to be accepted, got an error of kind service, status 400, code "SiteNotFound"`},
		"status":         {good, func(r *adapters.Result, _ *Entry) { r.Response.Status = 201 }, "status 201, want 200"},
		"header":         {good, func(r *adapters.Result, _ *Entry) { r.Response.Headers = nil }, "header x-acs-request-id"},
		"request id":     {good, body(func(b map[string]any) { b["RequestId"] = strings.ToLower(requestID) }), "no upper-case UUID"},
		"field too many": {good, body(func(b map[string]any) { b["Extra"] = 1 }), "body has [Extra"},
		"count":          {good, body(func(b map[string]any) { b["TotalCount"] = 2 }), "TotalCount 2, want 1"},
		"no result":      {good, body(func(b map[string]any) { b["Result"] = nil }), `domains [], want ["www-0.example.com"]`},
		"other domain":   {good, item(func(i map[string]any) { i["Domain"] = "x" }), `domains ["x"]`},
		"item status":    {good, item(func(i map[string]any) { i["Status"] = "Issued" }), "Result[0].Status Issued"},
		"numeric id":     {good, item(func(i map[string]any) { i["Id"] = json.Number("1") }), "Result[0].Id 1 is no text"},
		"item field":     {good, item(func(i map[string]any) { delete(i, "Id") }), "Result[0] has [Domain Status]"},
		"accepted": {denied, func(r *adapters.Result, _ *Entry) {
			*r = adapters.Result{OK: true, Response: answerOf(nil)}
		}, "was to be refused with NoPermission, got an answer"},
		"connection":       {denied, refusal(func(e *adapters.Error) { e.Kind = adapters.KindConnection }), "got an error of kind connection"},
		"refusal's status": {denied, refusal(func(e *adapters.Error) { e.Status = 400 }), "status 400, want 403"},
		"code":             {denied, refusal(func(e *adapters.Error) { e.Code = "Forbidden" }), `code "Forbidden", want "NoPermission"`},
		"message":          {denied, refusal(func(e *adapters.Error) { e.Message += " " }), "message "},
		"refusal's id":     {denied, refusal(func(e *adapters.Error) { e.RequestID = "" }), "is no upper-case UUID"},
		"no detail":        {denied, refusal(func(e *adapters.Error) { e.Data = nil }), "no AccessDeniedDetail"},
		"rule":             {denied, entry(func(e *Entry) { e.Rule = "SiteNotFound" }), "the journal has rule SiteNotFound"},
		"accepted's rule":  {good, entry(func(e *Entry) { e.Rule = "cut-body" }), "the journal has rule cut-body, want Accepted"},
		"journal's status": {good, entry(func(e *Entry) { e.Status = 0 }), "the journal has status 0, want 200"},
		"method":           {good, entry(func(e *Entry) { e.Method = "GET" }), "the journal has method GET, want POST"},
		"scheme":           {good, entry(func(e *Entry) { e.Scheme = "HMAC-SHA1" }), "the journal has scheme HMAC-SHA1"},
		"site":             {good, entry(func(e *Entry) { e.SiteID = "1" }), `the journal has site "1"`},
		"scenario":         {good, entry(func(e *Entry) { e.Scenario = "cut-body" }), `the journal has scenario "cut-body"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failures := judgeAll(t, test.situation, test.spoil)
			if len(failures) != 1 || !strings.Contains(failures[0], test.want) {
				t.Errorf("got %q, want one failure with %q", failures, test.want)
			}
		})
	}
}

func TestSignatureMismatchGoesOn(t *testing.T) {
	t.Parallel()
	e := refusalOf(esaerrors.SignatureDoesNotMatchRPC)
	if err := judgeRefusal(e, esaerrors.SignatureDoesNotMatchRPC); err != nil {
		t.Error(err)
	}
	if err := judgeRefusal(e, esaerrors.SignatureDoesNotMatchACS3); err == nil {
		t.Error("the message of the other scheme passed")
	}
}
