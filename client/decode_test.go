package client_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaapi"
)

// TestResponses reads testdata/responses: each file contains a response and the
// expected result. An unknown key fails the test.
func TestResponses(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/responses/*.txtar")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, error %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			response, want := readCase(t, file)
			got := describe(newClient(t, script(response), client.WithoutRetry()).ApplyCertificate(t.Context(), input()))
			if len(want) == 0 || want["kind"] == "" {
				t.Fatal("the file has no expected result")
			}
			for key, value := range want {
				if actual, known := got[key]; !known || actual != value {
					t.Errorf("%s is %q, want %q", key, actual, value)
				}
			}
		})
	}
}

// readCase reads a response and the wanted values.
func readCase(t testing.TB, file string) (reply, map[string]string) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil || len(archive.Files) != 2 || archive.Files[0].Name != "response" || archive.Files[1].Name != "want" {
		t.Fatalf("%s is not a case: %v", file, err)
	}
	head, body, _ := strings.Cut(string(archive.Files[0].Data), "\n\n")
	lines := strings.Split(head, "\n")
	status, err := strconv.Atoi(lines[0])
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		h.Set(name, value)
	}
	want := map[string]string{}
	for line := range strings.Lines(string(archive.Files[1].Data)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		want[key] = strings.TrimPrefix(value, " ")
	}
	body = strings.TrimSuffix(body, "\n")
	return func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req}, nil
	}, want
}

// describe returns all fields of a result as strings.
func describe(out *client.ApplyCertificateOutput, err error) map[string]string {
	if out != nil {
		var list []string
		for _, a := range out.Applications {
			list = append(list, fmt.Sprintf("%q %s %s", a.Domain, a.Status, a.ID))
		}
		return map[string]string{
			"kind": "accepted", "site": strconv.Quote(out.SiteName), "count": strconv.FormatInt(out.TotalCount, 10),
			"request-id": out.RequestID, "applications": strings.Join(list, "; "),
		}
	}
	got := map[string]string{
		"retryable": strconv.FormatBool(client.Retryable(err)), "maybe-accepted": strconv.FormatBool(client.MaybeAccepted(err)),
	}
	if e, ok := errors.AsType[*client.UnexpectedResponseError](err); ok {
		got["kind"], got["status"], got["reason"], got["detail"] = "unexpected", strconv.Itoa(e.Status), e.Reason, e.Detail
		got["snippet"], got["content-type"], got["request-id"] = e.Snippet, e.ContentType, e.RequestID
		got["throttled"], got["retry-after"] = strconv.FormatBool(e.Throttled()), wait(e)
	}
	if e, ok := errors.AsType[*client.ServiceError](err); ok {
		got["kind"], got["status"], got["code"], got["message"] = "refused", strconv.Itoa(e.Status), e.Code, e.Message
		got["request-id"], got["host-id"], got["recommend"] = e.RequestID, e.HostID, e.Recommend
		got["throttled"], got["retry-after"] = strconv.FormatBool(e.Throttled()), wait(e)
		got["row"], got["denied"] = "", ""
		if row, ok := e.Documented(); ok {
			got["row"] = row.Key
		}
		if d := e.AccessDenied; d != nil {
			got["denied"] = strings.Join([]string{d.AuthAction, d.AuthPrincipalDisplayName, d.AuthPrincipalOwnerID, d.AuthPrincipalType, d.EncodedDiagnosticMessage, d.NoPermissionType, d.PolicyType}, " ")
		}
	}
	return got
}

func TestBodyIsReadInChunks(t *testing.T) {
	t.Parallel()
	body := strings.Replace(documentedResponse, "*.example.com ", strings.Repeat("a", 3000)+".example.com", 1)
	for name, length := range map[string]int64{"unknown": -1, "too small": 10, "right": int64(len(body)), "huge": 1 << 40} {
		tr := script(func(req *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(iotestOneByte{strings.NewReader(body)}), ContentLength: length, Request: req}, nil
		})
		out, err := newClient(t, tr).ApplyCertificate(t.Context(), input())
		if err != nil || len(out.Applications[0].Domain) != 3012 {
			t.Errorf("length %s: %v", name, err)
		}
	}
}

// iotestOneByte reads one byte at a time.
type iotestOneByte struct{ r io.Reader }

func (o iotestOneByte) Read(p []byte) (int, error) { return o.r.Read(p[:1]) }

func TestResponseTooLarge(t *testing.T) {
	t.Parallel()
	body := `{"x":"` + strings.Repeat("a", 1<<20) + `"}`
	for name, headers := range map[string][]string{"plain": nil, "gzip": {"Content-Encoding", "gzip"}} {
		sent := body
		if headers != nil {
			sent = zip(t, body)
		}
		_, err := newClient(t, script(responds(200, sent, headers...)), client.WithoutRetry()).ApplyCertificate(t.Context(), input())
		e, ok := errors.AsType[*client.UnexpectedResponseError](err)
		if !ok || e.Reason != "body exceeds 1 MiB" || len(e.Snippet) > 512 || client.Retryable(err) || !e.MaybeAccepted {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func zip(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCompressedResponses(t *testing.T) {
	t.Parallel()
	whole := zip(t, documentedResponse)
	out, err := newClient(t, script(responds(200, whole, "Content-Encoding", "GZIP"))).ApplyCertificate(t.Context(), input())
	if err != nil || out.TotalCount != 2 {
		t.Errorf("unasked gzip: %v", err)
	}
	for name, test := range map[string]struct {
		body string
		want string
	}{
		"cut":      {whole[:len(whole)/2], "body is truncated"},
		"no bytes": {"", "body is truncated"},
		"checksum": {whole[:len(whole)-8] + "\x00\x00\x00\x00" + whole[len(whole)-4:], "body cannot be decompressed"},
		"corrupt":  {whole[:12] + "\xff\xff\xff\xff" + whole[16:], "body cannot be decompressed"},
		"no gzip":  {documentedResponse, "body cannot be decompressed"},
	} {
		_, err := newClient(t, script(responds(200, test.body, "Content-Encoding", "gzip")), client.WithoutRetry()).ApplyCertificate(t.Context(), input())
		if e, ok := errors.AsType[*client.UnexpectedResponseError](err); !ok || e.Reason != test.want {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

// A connection that breaks after the last byte of the JSON loses no data.
func TestBrokenConnection(t *testing.T) {
	t.Parallel()
	c := newClient(t, script(cut(200, documentedResponse)), client.WithoutRetry())
	if _, err := c.ApplyCertificate(t.Context(), input()); err != nil {
		t.Errorf("whole body: %v", err)
	}
	c = newClient(t, script(cut(403, refusal("QuotaExceeded", "The quota is exceeded."))), client.WithoutRetry())
	if _, err := c.ApplyCertificate(t.Context(), input()); !strings.Contains(fmt.Sprint(err), "QuotaExceeded") || client.MaybeAccepted(err) {
		t.Errorf("whole refusal: %v", err)
	}
	for _, status := range []int{200, 400, 500} {
		c = newClient(t, script(cut(status, documentedResponse[:50])), client.WithoutRetry())
		_, err := c.ApplyCertificate(t.Context(), input())
		e, ok := errors.AsType[*client.UnexpectedResponseError](err)
		if !ok || e.Reason != "body is truncated" || !errors.Is(err, io.ErrUnexpectedEOF) || e.Status != status {
			t.Errorf("%d: error is %v", status, err)
		}
	}
}

// FuzzResponse checks for every response that the client returns an output or
// an error of exactly one kind, that an output is complete, and that an error
// is one printable line of bounded length without secrets.
func FuzzResponse(f *testing.F) {
	files, err := filepath.Glob("testdata/responses/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		response, _ := readCase(f, file)
		resp, err := response(nil)
		if err != nil {
			f.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(resp.StatusCode, resp.Header.Get("Content-Type"), body)
	}
	f.Add(400, "", []byte(refusal("SignatureDoesNotMatch", "Specified signature does not match our calculation. server StringToSign is [ACS3-HMAC-SHA256\nx] server CanonicalRequest is [POST\n/\n\nx-acs-security-token:"+testToken+"\n\n]")))
	f.Add(502, testToken, []byte(strings.Repeat("x", 500)+percent(testToken)))
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		tr := script(func(req *http.Request) (*http.Response, error) {
			h := http.Header{"Content-Type": {contentType}}
			return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: -1, Request: req}, nil
		})
		c := newClient(t, tr, client.WithoutRetry(), client.WithCredentials(client.STSCredentials(testKey, testSecret, testToken)))
		out, err := c.ApplyCertificate(t.Context(), input())
		if (out == nil) == (err == nil) {
			t.Fatalf("output %v and error %v", out, err)
		}
		if out != nil {
			checkOutput(t, out, status)
			checkRoundTrip(t, out)
			return
		}
		checkError(t, err)
	})
}

func checkOutput(t *testing.T, out *client.ApplyCertificateOutput, status int) {
	t.Helper()
	if status/100 != 2 || out.TotalCount < 0 || out.Applications == nil {
		t.Fatalf("output of status %d is %+v", status, out)
	}
	for _, a := range out.Applications {
		if a.Domain == "" || a.Status == "" || a.ID == "" {
			t.Fatalf("application %+v", a)
		}
	}
}

// checkRoundTrip encodes an output as the documented response and decodes it.
func checkRoundTrip(t *testing.T, out *client.ApplyCertificateOutput) {
	t.Helper()
	body := esaapi.ApplyCertificateResponseBody{SiteName: out.SiteName, TotalCount: out.TotalCount, RequestID: out.RequestID, Result: []esaapi.CertificateApplication{}}
	for _, a := range out.Applications {
		body.Result = append(body.Result, esaapi.CertificateApplication(a))
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	again, err := newClient(t, script(responds(out.Status, string(encoded)))).ApplyCertificate(t.Context(), input())
	if err != nil {
		t.Fatalf("%s: %v", encoded, err)
	}
	again.Header = out.Header
	if diff := cmp.Diff(out, again); diff != "" {
		t.Fatal(diff)
	}
}

func checkError(t *testing.T, err error) {
	t.Helper()
	kinds := 0
	if e, ok := errors.AsType[*client.UnexpectedResponseError](err); ok {
		kinds++
		if len(e.Snippet) > 512 || e.Reason == "" {
			t.Fatalf("snippet of %d bytes, reason %q", len(e.Snippet), e.Reason)
		}
	}
	if e, ok := errors.AsType[*client.ServiceError](err); ok {
		kinds++
		if e.Code == "" || e.Status < 400 || e.Status > 599 {
			t.Fatalf("refusal %+v", e)
		}
		if row, ok := e.Documented(); ok && !errors.Is(err, row) {
			t.Fatalf("%v is not its own row", err)
		}
		noSecrets(t, "message", e.Message)
	}
	if kinds != 1 {
		t.Fatalf("%d kinds for %v", kinds, err)
	}
	if s := err.Error(); strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		t.Fatalf("the error has control characters: %q", s)
	}
	noSecrets(t, "error", err.Error())
}

// wait returns the requested wait, or "".
func wait(err interface {
	RetryAfter() (time.Duration, bool)
}) string {
	if d, ok := err.RetryAfter(); ok {
		return d.String()
	}
	return ""
}
