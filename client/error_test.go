package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
)

func contract() []*esaerrors.Error {
	return append(esaops.ApplyCertificate.Errors, esaerrors.Gateway()...)
}

// Every error of the contract is recognized, and not mistaken for another.
func TestEveryRowOfTheContract(t *testing.T) {
	t.Parallel()
	for _, row := range contract() {
		t.Run(row.Key, func(t *testing.T) {
			t.Parallel()
			_, err := newClient(t, script(refuses(row)), client.WithoutRetry()).ApplyCertificate(t.Context(), input())
			refused, ok := errors.AsType[*client.ServiceError](err)
			if !ok {
				t.Fatalf("error is %v", err)
			}
			if refused.Code != row.Code || refused.Message != row.Message || refused.Status != row.Status || refused.RequestID != "R-1" || refused.HostID != "esa.example" {
				t.Errorf("error is %+v", refused)
			}
			if found, ok := refused.Documented(); !ok || found != row {
				t.Errorf("row is %v", found)
			}
			for _, other := range contract() {
				if errors.Is(err, other) != (other == row) {
					t.Errorf("errors.Is with %s is %v", other.Key, errors.Is(err, other))
				}
			}
			for _, part := range []string{row.Code, row.Message, "R-1", fmt.Sprint(row.Status)} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is missing from %q", part, err)
				}
			}
		})
	}
}

// A secret that is a word of a message must not prevent finding the row.
func TestDocumentedErrorsWithAnySecret(t *testing.T) {
	t.Parallel()
	row := esaerrors.SiteNotFound
	c := newClient(t, script(refuses(row)), client.WithCredentials(client.StaticCredentials(testKey, "site")))
	_, err := c.ApplyCertificate(t.Context(), input())
	if !errors.Is(err, row) {
		t.Errorf("error is %v", err)
	}
}

func TestUnknownErrorsAreNotDocumented(t *testing.T) {
	t.Parallel()
	refused := &client.ServiceError{Code: "InvalidParameter.Domains", Message: "Something new."}
	if _, ok := refused.Documented(); ok {
		t.Error("an unlisted message has a row")
	}
	var none *esaerrors.Error
	for _, target := range []error{esaerrors.InvalidParameterDomainsAlreadySubmitted, none, errors.New("x")} {
		if errors.Is(refused, target) {
			t.Errorf("errors.Is with %v", target)
		}
	}
	if client.Retryable(errors.New("x")) || client.Retryable(nil) || client.MaybeAccepted(errors.New("x")) || client.MaybeAccepted(nil) {
		t.Error("an error of others is retryable or accepted")
	}
}

func TestHint(t *testing.T) {
	t.Parallel()
	for row, want := range map[*esaerrors.Error]string{
		esaerrors.SiteNotFound:                            "another account",
		esaerrors.InvalidParameterDomainsAlreadySubmitted: "pending",
		esaerrors.InvalidParameterDomainsWildcardOnCname:  "NS access",
		esaerrors.NoPermission:                            "esa:ApplyCertificate on acs:esa:*:*:site/{SiteId}",
		esaerrors.UnauthorizedInvalidToken:                "new temporary credentials",
		esaerrors.MissingSecurityToken:                    "security token too",
		esaerrors.InvalidAccessKeyIDNotFound:              "check the access key ID",
		esaerrors.UnauthorizedInvalidTime:                 "synchronize the local clock",
		esaerrors.SignatureDoesNotMatchRPC:                "secret first",
		esaerrors.QuotaExceeded:                           "upgrade the plan",
		esaerrors.MissingVersion:                          "",
	} {
		refused := &client.ServiceError{Code: row.Code, Message: row.Message}
		if got := refused.Hint(); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q", row.Key, got)
		}
	}
	if got := (&client.ServiceError{Code: "New"}).Hint(); got != "" {
		t.Errorf("hint for an unknown code: %q", got)
	}
}

func TestClockSkewHint(t *testing.T) {
	t.Parallel()
	theirs := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	for want, ours := range map[string]time.Time{
		"17m3s ahead":               theirs.Add(17*time.Minute + 3*time.Second),
		"2h0m0s behind":             theirs.Add(-2 * time.Hour),
		"synchronize the local clo": theirs,
	} {
		for _, row := range []*esaerrors.Error{esaerrors.UnauthorizedInvalidTime, esaerrors.InvalidTimeStampExpired} {
			tr := script(refuses(row, "Date", theirs.Format(http.TimeFormat)))
			_, err := newClient(t, tr, client.WithClock(func() time.Time { return ours })).ApplyCertificate(t.Context(), input())
			if !errors.Is(err, row) || !strings.Contains(err.Error(), want) {
				t.Errorf("error is %v, want %q", err, want)
			}
		}
	}
}

// mismatch simulates a gateway with another secret, or one that received another request.
func mismatch(secret string, change func(*http.Request), truncate func(string) string) reply {
	return func(req *http.Request) (*http.Response, error) {
		seen := req.Clone(context.Background())
		seen.Host = seen.URL.Host
		if change != nil {
			change(seen)
		}
		m := signature.MessageOf(seen, nil)
		claim, err := signature.Parse(&m)
		if err != nil {
			return nil, err
		}
		wrong, ok := errors.AsType[*signature.MismatchError](claim.Verify(&m, secret))
		if !ok {
			return accepts()(req)
		}
		message := signature.MismatchMessage(wrong)
		if truncate != nil {
			message = truncate(message)
		}
		return responds(http.StatusBadRequest, refusal("SignatureDoesNotMatch", message))(req)
	}
}

func TestSignatureMismatchIsExplained(t *testing.T) {
	t.Parallel()
	otherHost := func(r *http.Request) { r.Host = "proxy.internal" }
	otherQuery := func(r *http.Request) { r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "blog", "shop", 1) }
	otherPath := func(r *http.Request) { r.URL.Path = "/esa/" }
	hashOnly := func(m string) string { before, _, _ := strings.Cut(m, " server CanonicalRequest"); return before }
	nothing := func(m string) string { before, _, _ := strings.Cut(m, " server"); return before }
	for name, test := range map[string]struct {
		scheme   signature.Scheme
		response reply
		equal    bool
		want     string
	}{
		"ACS3 wrong secret":       {signature.ACS3HMACSHA256, mismatch("other", nil, nil), true, "the secret does not belong to this access key ID"},
		"RPC-SHA256 wrong secret": {signature.RPCHMACSHA256, mismatch("other", nil, nil), true, "the secret does not belong to this access key ID"},
		"RPC wrong secret":        {signature.RPCHMACSHA1, mismatch("other", nil, nil), true, "the secret does not belong to this access key ID"},
		"ACS3 other host":         {signature.ACS3HMACSHA256, mismatch(testSecret, otherHost, nil), false, "signed for host esa.cn-hangzhou.aliyuncs.com, received for host proxy.internal: "},
		"ACS3 other query":        {signature.ACS3HMACSHA256, mismatch(testSecret, otherQuery, nil), false, "(query, parameter Domains)"},
		"ACS3 other path":         {signature.ACS3HMACSHA256, mismatch(testSecret, otherPath, nil), false, "line 2 (URI)"},
		"ACS3 hash only":          {signature.ACS3HMACSHA256, mismatch(testSecret, otherHost, hashOnly), false, "a different canonical request"},
		"RPC other query":         {signature.RPCHMACSHA1, mismatch(testSecret, otherQuery, nil), false, "(parameters, parameter Domains)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, provider := range []client.CredentialsProvider{
				client.StaticCredentials(testKey, testSecret), client.STSCredentials(testKey, testSecret, testToken),
			} {
				c := newClient(t, script(test.response), client.WithSignature(test.scheme), client.WithCredentials(provider))
				_, err := c.ApplyCertificate(t.Context(), input())
				refused, ok := errors.AsType[*client.ServiceError](err)
				if !ok || !strings.Contains(err.Error(), test.want) {
					t.Fatalf("error is %v", err)
				}
				if d, found := refused.SignatureDifference(); !found || d.Equal != test.equal {
					t.Errorf("difference is %+v", d)
				}
				if row, ok := refused.Documented(); !ok || row.Code != "SignatureDoesNotMatch" || !errors.Is(err, row) {
					t.Errorf("row is %v", row)
				}
				noSecrets(t, "error", err.Error())
				noSecrets(t, "message", refused.Message)
			}
		})
	}
	c := newClient(t, script(mismatch("other", nil, nothing)))
	_, err := c.ApplyCertificate(t.Context(), input())
	if refused, ok := errors.AsType[*client.ServiceError](err); !ok || !strings.Contains(err.Error(), "does not include the service's string to sign") {
		t.Errorf("error is %v", err)
	} else if _, found := refused.SignatureDifference(); found {
		t.Error("a difference although the message has none")
	}
}

// A gateway that quotes the request's headers on a separate line shows the
// token there too.
func TestTokensInResponsesAreRedacted(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]reply{
		"snippet":   responds(502, "<html>"+testToken+" "+percent(testToken)+" "+percent(percent(testToken))),
		"message":   responds(400, refusal("Odd", "token "+testToken+" is odd")),
		"code":      responds(400, refusal(testToken, "odd")),
		"recommend": responds(400, `{"Code":"Odd","Message":"M","Recommend":"https://x/?t=`+percent(testToken)+`"}`),
		"detail":    responds(200, `{"Code":"Odd","Message":"`+testToken+`"}`),
		"escaped":   responds(502, "x"+strings.ReplaceAll(`"`+testToken+`"`, "/", `\/`)),
		"denied":    responds(403, `{"Code":"NoPermission","Message":"M","AccessDeniedDetail":{"AuthPrincipalDisplayName":"`+testToken+`","EncodedDiagnosticMessage":"x`+testToken+`"}}`),
		"header":    responds(502, "", "X-Acs-Request-Id", testToken, "Content-Type", testToken),
		"location":  responds(302, "", "Location", "https://"+percent(testToken)+".example/"),
		"network":   fails(fmt.Errorf("cannot send https://x/?SecurityToken=%s", percent(testToken))),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, script(response), client.WithoutRetry(), client.WithCredentials(client.STSCredentials(testKey, testSecret, testToken)))
			_, err := c.ApplyCertificate(t.Context(), input())
			if err == nil {
				t.Fatal("no error")
			}
			noSecrets(t, "error", err.Error())
			if e, ok := errors.AsType[*client.ServiceError](err); ok {
				noSecrets(t, "fields", e.Code+" "+e.Message+" "+e.Recommend+" "+e.RequestID)
				noSecrets(t, "detail", fmt.Sprintf("%+v", e.AccessDenied))
			}
			if e, ok := errors.AsType[*client.UnexpectedResponseError](err); ok {
				noSecrets(t, "fields", e.Snippet+" "+e.Detail+" "+e.ContentType+" "+e.RequestID)
			}
		})
	}
}

// A body is truncated to be shown. If truncation preceded redaction, the first
// half of a secret could remain.
func TestTruncatedValueHidesToken(t *testing.T) {
	t.Parallel()
	// The excerpt has 512 bytes, and the token begins before its end.
	padding := strings.Repeat("0", 500-len(`{"SiteName":["`))
	for name, response := range map[string]reply{
		"accepted": responds(200, `{"SiteName":["`+padding+testToken+`"],"TotalCount":1,"Result":[],"RequestId":"r"}`),
		"refused":  responds(400, `{"Code":    ["`+padding+testToken+`"]}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, script(response), client.WithoutRetry(), client.WithCredentials(client.STSCredentials(testKey, testSecret, testToken)))
			_, err := c.ApplyCertificate(t.Context(), input())
			e, ok := errors.AsType[*client.UnexpectedResponseError](err)
			if !ok || !strings.Contains(e.Snippet, padding+"(hi") {
				t.Fatalf("error is %v", err)
			}
			if s := err.Error() + e.Detail + e.Snippet + e.Err.Error(); strings.Contains(s, testToken[:5]) {
				t.Errorf("the error shows part of the token: %s", s)
			}
		})
	}
}

// Programs construct these errors to test their handling.
func TestZeroValueErrors(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"esa: connect to h: unknown cause":                            &client.ConnectionError{Host: "h"},
		"esa: no response from h: x; attempt 2":                       &client.ConnectionError{Host: "h", MaybeReceived: true, Attempts: 2, Err: errors.New("x")},
		"esa: unexpected response: HTTP status 502: empty body":       &client.UnexpectedResponseError{Status: 502, Reason: "empty body"},
		"esa: request rejected: HTTP status 403: QuotaExceeded: full": &client.ServiceError{Status: 403, Code: "QuotaExceeded", Message: "full"},
		"esa: credentials: no credentials":                            &client.CredentialsError{Err: client.ErrNoCredentials},
		"esa: invalid input: SiteID is wrong":                         &client.InputError{Problems: []client.Problem{{Field: "SiteID", Message: "is wrong"}}},
	} {
		if err.Error() != want {
			t.Errorf("error is %q, want %q", err, want)
		}
	}
}

// A one-letter secret leaves the host in an error readable, and is redacted
// if it is the secret.
func TestShortSecretKeepsErrorReadable(t *testing.T) {
	t.Parallel()
	c, err := client.New(
		client.WithCredentials(client.STSCredentials("testid", "y", "u")), client.WithoutRetry(),
		client.WithTransport(transportFunc(func(r *http.Request) (*http.Response, error) {
			return nil, errors.New("dial " + r.URL.Host + `: no luck, try again: /?SecurityToken=u {"AccessKeySecret":"y"}`)
		})),
	)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.ApplyCertificate(t.Context(), client.ApplyCertificateInput{SiteID: 1, Domains: []string{"www.example.com"}})
	const want = `dial esa.cn-hangzhou.aliyuncs.com: no luck, try again: /?SecurityToken=(hidden) {"AccessKeySecret":"(hidden)"}`
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v\nwant     …%s", err, want)
	}
}
