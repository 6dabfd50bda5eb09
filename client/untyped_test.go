package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/esacert/esacert/client"
)

func TestCallSendsAnyOperation(t *testing.T) {
	t.Parallel()
	values := url.Values{"SiteId": {"1"}, "RecordName": {"a b.example.com"}}
	for name, tc := range map[string]struct {
		in                  client.CallInput
		method, query, body string
	}{
		"query":                    {client.CallInput{Action: "ListRecords", Method: "GET", Parameters: values}, "GET", "RecordName=a+b.example.com&SiteId=1", ""},
		"form":                     {client.CallInput{Action: "CreateRecord", Parameters: values, Form: true}, "POST", "", "RecordName=a+b.example.com&SiteId=1"},
		"form of a documented GET": {client.CallInput{Action: "DeleteCertificate", Parameters: url.Values{"Id": {"7"}}, Form: true}, "POST", "", "Id=7"},
		"documented":               {client.CallInput{Action: "DeleteCertificate", Parameters: url.Values{"Id": {"7"}}}, "GET", "Id=7", ""},
		"nothing":                  {client.CallInput{Action: "DescribeRatePlans"}, "POST", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := example(func(req *http.Request) (int, string) {
				var body []byte
				if req.Body != nil {
					body, _ = io.ReadAll(req.Body)
				}
				if req.Method != tc.method || req.URL.RawQuery != tc.query || string(body) != tc.body || req.Header.Get("X-Acs-Action") != tc.in.Action {
					t.Errorf("got %s %s ?%s %q", req.Method, req.Header.Get("X-Acs-Action"), req.URL.RawQuery, body)
				}
				if !strings.HasPrefix(req.Header.Get("Authorization"), "ACS3-HMAC-SHA256 ") {
					t.Error("not signed")
				}
				return http.StatusOK, `{"RequestId":"R","Records":[]}`
			})
			out, err := c.Call(t.Context(), tc.in)
			if err != nil || out.RequestID != "R" || out.Response.Status != http.StatusOK || string(out.Body) != `{"RequestId":"R","Records":[]}` {
				t.Errorf("got %+v, %v", out, err)
			}
		})
	}
}

func TestCallChecksItsInput(t *testing.T) {
	t.Parallel()
	c := example(func(*http.Request) (int, string) {
		t.Error("a request was sent")
		return http.StatusOK, "{}"
	})
	for name, tc := range map[string]struct {
		in   client.CallInput
		want string
	}{
		"no action":         {client.CallInput{}, "Action"},
		"header injection":  {client.CallInput{Action: "List\r\nX-A: b"}, "Action"},
		"other method":      {client.CallInput{Action: "ListRecords", Method: "PUT"}, "Method"},
		"form with GET":     {client.CallInput{Action: "ListRecords", Method: "GET", Form: true}, "Form"},
		"gateway parameter": {client.CallInput{Action: "ListRecords", Parameters: url.Values{"Signature": {"x"}}}, "Parameters"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := c.Call(t.Context(), tc.in)
			var invalid *client.InputError
			if !errors.As(err, &invalid) || len(invalid.Problems) != 1 || invalid.Problems[0].Field != tc.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCallReportsErrors(t *testing.T) {
	t.Parallel()
	const secret = "a private key of some length"
	var log bytes.Buffer
	for name, tc := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"service error":  {400, `{"Code":"InvalidRecord","Message":"bad: ` + secret + `","RequestId":"R"}`, "InvalidRecord"},
		"error with 200": {200, `{"Code":"InvalidRecord","Message":"bad: ` + secret + `"}`, "InvalidRecord"},
		"no request ID":  {200, `{"PrivateKey":"` + secret + `"}`, "RequestId"},
		"not JSON":       {200, `<html>` + secret, "JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			c := example(func(*http.Request) (int, string) { return tc.status, tc.body }, client.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
			_, err := c.Call(t.Context(), client.CallInput{
				Action: "CreateRecord", Form: true, Secrets: []string{"PrivateKey"}, Parameters: url.Values{"PrivateKey": {secret}},
			})
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "CreateRecord") {
				t.Errorf("got %v", err)
			}
			if text := fmt.Sprintf("%+v %#v", err, err) + log.String(); strings.Contains(text, secret) {
				t.Errorf("shows the secret: %s", text)
			}
		})
	}
}

// Call calls operations that have no method.
func ExampleClient_Call() {
	c := example(func(req *http.Request) (int, string) {
		return http.StatusOK, `{"RequestId":"7C6F5B1E","Records":[{"RecordName":"www.example.com"}]}`
	})
	out, err := c.Call(context.Background(), client.CallInput{
		Action: "ListRecords", Method: http.MethodGet, Parameters: url.Values{"SiteId": {"1234567890123"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	var body struct{ Records []struct{ RecordName string } }
	if err := json.Unmarshal(out.Body, &body); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(out.RequestID, body.Records[0].RecordName)
	// Output: 7C6F5B1E www.example.com
}
