package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaerrors"
)

// The log of any call has the required information and no secret.
func TestLog(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		replies func(token string) []reply
		want    []string // messages
	}{
		"accepted":   {func(string) []reply { return []reply{accepts()} }, []string{"esa: request", "esa: accepted"}},
		"refused":    {func(string) []reply { return []reply{refuses(esaerrors.SiteNotFound)} }, []string{"esa: request", "esa: failed"}},
		"again":      {func(token string) []reply { return []reply{responds(503, token), accepts()} }, []string{"esa: request", "esa: failed", "esa: will try again", "esa: request", "esa: accepted"}},
		"connection": {func(token string) []reply { return []reply{fails(errors.New("broken near " + token))} }, []string{"esa: request", "esa: failed", "esa: will try again", "esa: request", "esa: failed", "esa: will try again", "esa: request", "esa: failed"}},
		"mismatch":   {func(string) []reply { return []reply{mismatch("other", nil, nil)} }, []string{"esa: request", "esa: failed"}},
	} {
		for kind, provider := range map[string]client.CredentialsProvider{
			"sts": client.STSCredentials(testKey, testSecret, testToken), "bearer": client.BearerCredentials(testBearer),
		} {
			for _, scheme := range []signature.Scheme{signature.ACS3HMACSHA256, signature.RPCHMACSHA1, signature.RPCHMACSHA256} {
				if kind == "bearer" && name == "mismatch" {
					continue
				}
				var b bytes.Buffer
				logger := slog.New(slog.NewJSONHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))
				tr := script(test.replies(map[string]string{"sts": testToken, "bearer": testBearer}[kind])...)
				c := newClient(t, tr, client.WithLogger(logger), client.WithCredentials(provider), client.WithSignature(scheme))
				_, _ = c.ApplyCertificate(t.Context(), input())
				noSecrets(t, name, strings.ReplaceAll(b.String(), `\/`, "/"))
				checkMessages(t, name, b.Bytes(), test.want)
				for _, req := range tr.requests() {
					if sent := req.Header.Get("Authorization"); sent != "" && strings.Contains(b.String(), sent[len(sent)-64:]) {
						t.Errorf("%s: the log shows a signature", name)
					}
				}
			}
		}
	}
}

func checkMessages(t *testing.T, name string, log []byte, want []string) {
	t.Helper()
	var got []string
	for line := range bytes.Lines(log) {
		var record struct{ Msg string }
		if err := json.Unmarshal(line, &record); err != nil {
			t.Fatal(err)
		}
		got = append(got, record.Msg)
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("%s: log has %q, want %q", name, got, want)
	}
}

func TestLogFieldsAndLevels(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	c := newClient(t, script(refuses(esaerrors.Throttling), accepts()), client.WithNonce(func() string { return "n0nce" }),
		client.WithLogger(slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	if _, err := c.ApplyCertificate(t.Context(), input()); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		"attempt=1", "attempt=2", "host=esa.cn-hangzhou.aliyuncs.com", "site_id=1234567890123", "credentials.access_key_id=" + testKey,
		"nonce=n0nce", "status=400 code=Throttling request_id=R-1", "status=200 request_id=156A6B", "level=WARN", "took=", "wait=",
	} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("%q is missing from\n%s", part, &b)
		}
	}
	b.Reset()
	c = newClient(t, script(refuses(esaerrors.Throttling), accepts()), client.WithLogger(slog.New(slog.NewTextHandler(&b, nil))))
	if _, err := c.ApplyCertificate(t.Context(), input()); err != nil || strings.Count(b.String(), "\n") != 1 {
		t.Errorf("at level Info the log is %q, error %v", &b, err)
	}
}

// The debug hook receives what the service would sign, with tokens redacted.
func TestDebugHook(t *testing.T) {
	t.Parallel()
	for kind, provider := range map[string]client.CredentialsProvider{
		"static": client.StaticCredentials(testKey, testSecret),
		"sts":    client.STSCredentials(testKey, testSecret, testToken),
		"bearer": client.BearerCredentials(testBearer),
	} {
		for _, scheme := range []signature.Scheme{signature.ACS3HMACSHA256, signature.RPCHMACSHA1, signature.RPCHMACSHA256} {
			var seen []client.Attempt
			tr := script(responds(503, ""), accepts())
			c := newClient(t, tr, client.WithCredentials(provider), client.WithSignature(scheme), client.WithDebug(func(a client.Attempt) { seen = append(seen, a) }))
			if _, err := c.ApplyCertificate(t.Context(), input()); err != nil {
				t.Fatal(err)
			}
			for i, a := range seen {
				claim := verify(t, tr.requests()[i])
				if a.Number != i+1 || a.Nonce != claim.Nonce || a.Method != http.MethodPost || a.Scheme != scheme || a.AccessKeyID != claim.AccessKeyID {
					t.Errorf("%s: attempt %d is %+v", kind, i+1, a)
				}
				if !strings.HasPrefix(a.URL, "https://esa.cn-hangzhou.aliyuncs.com/?SiteId=1234567890123&") {
					t.Errorf("URL is %q", a.URL)
				}
				noSecrets(t, "debug", a.URL+a.CanonicalRequest+a.StringToSign)
				if kind == "static" {
					checkTranscript(t, tr, i, a)
				}
				if kind == "sts" && !strings.Contains(a.CanonicalRequest+a.StringToSign, strings.Repeat("*", len(testToken))) {
					t.Errorf("no asterisks instead of the token: %q %q", a.CanonicalRequest, a.StringToSign)
				}
				if kind == "bearer" && a.StringToSign+a.CanonicalRequest != "" {
					t.Errorf("a bearer call signs %q", a.StringToSign)
				}
			}
			if len(seen) != 2 {
				t.Errorf("%d calls of the hook", len(seen))
			}
		}
	}
}

// checkTranscript compares with the strings of a server that has another
// secret.
func checkTranscript(t *testing.T, tr *scripted, i int, a client.Attempt) {
	t.Helper()
	req := tr.requests()[i].Clone(context.Background())
	req.Host = req.URL.Host
	m := signature.MessageOf(req, nil)
	claim, err := signature.Parse(&m)
	if err != nil {
		t.Fatal(err)
	}
	wrong, ok := errors.AsType[*signature.MismatchError](claim.Verify(&m, "other"))
	if !ok || wrong.CanonicalRequest != a.CanonicalRequest || wrong.StringToSign != a.StringToSign {
		t.Errorf("the server signs\n%s\n%s\nthe hook saw\n%s\n%s", wrong.CanonicalRequest, wrong.StringToSign, a.CanonicalRequest, a.StringToSign)
	}
}
