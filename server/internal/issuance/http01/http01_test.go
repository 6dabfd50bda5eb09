package http01_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/internal/issuance/challenge"
	"github.com/esacert/esacert/server/internal/issuance/http01"
	"github.com/esacert/esacert/server/store"
)

const token = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"

// thumbprint returns a function like acme.Client.Thumbprint.
func thumbprint(value string, err error) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return value, err }
}

// orders are the authorities of pending orders, by domain.
type orders map[string][]string

func (o orders) PendingOrderAuthorities(_ context.Context, domain string) ([]string, error) {
	if domain == "broken.example.com" {
		return nil, errors.New("disk full")
	}
	return o[domain], nil
}

func TestHandler(t *testing.T) {
	t.Parallel()
	one := []http01.Account{{Authority: "le", Thumbprint: thumbprint("thumb-le", nil)}}
	two := append(one, http01.Account{Authority: "digicert", Thumbprint: thumbprint("thumb-dc", nil)})
	inProgress := orders{
		"www.example.com":  {"digicert", "le"},
		"blog.example.com": {"le"},
		"old.example.com":  {"removed", "le"},
	}
	for _, c := range []struct {
		name     string
		accounts []http01.Account
		method   string
		host     string
		path     string
		status   int
		body     string // if the status is 200
	}{
		{"one account, any host", one, "GET", "anything.test", challenge.Path + token, 200, token + ".thumb-le"},
		{"HEAD", one, "HEAD", "anything.test", challenge.Path + token, 200, ""},
		{"several, the latest order", two, "GET", "www.example.com", challenge.Path + token, 200, token + ".thumb-dc"},
		{"several, the other", two, "GET", "blog.example.com", challenge.Path + token, 200, token + ".thumb-le"},
		{"an authority that was removed", two, "GET", "old.example.com", challenge.Path + token, 200, token + ".thumb-le"},
		{"port, case and dot", two, "GET", "WWW.Example.COM.:8080", challenge.Path + token, 200, token + ".thumb-dc"},
		{"no order", two, "GET", "mail.example.com", challenge.Path + token, 404, ""},
		{"no account configured", nil, "GET", "www.example.com", challenge.Path + token, 404, ""},
		{"no account yet", []http01.Account{{Authority: "le", Thumbprint: thumbprint("", store.ErrNotFound)}}, "GET", "a.test", challenge.Path + token, 404, ""},
		{"the account fails", []http01.Account{{Authority: "le", Thumbprint: thumbprint("", errors.New("sealed"))}}, "GET", "a.test", challenge.Path + token, 503, ""},
		{"the store fails", two, "GET", "broken.example.com", challenge.Path + token, 503, ""},
		{"POST", one, "POST", "a.test", challenge.Path + token, 405, ""},
		{"no token", one, "GET", "a.test", challenge.Path, 404, ""},
		{"no host", one, "GET", "", challenge.Path + token, 404, ""},
		{"a host longer than a DNS name", one, "GET", strings.Repeat("a", 254), challenge.Path + token, 404, ""},
		{"another path", one, "GET", "a.test", "/" + token, 404, ""},
		{"a path below", one, "GET", "a.test", challenge.Path + token + "/x", 404, ""},
		{"a dot", one, "GET", "a.test", challenge.Path + "..", 404, ""},
		{"a script", one, "GET", "a.test", challenge.Path + "%3Cscript%3E", 404, ""},
		{"escaped letters", one, "GET", "a.test", challenge.Path + "%41", 404, ""},
		{"padding", one, "GET", "a.test", challenge.Path + token + "=", 404, ""},
		{"too long", one, "GET", "a.test", challenge.Path + strings.Repeat("a", challenge.MaxToken+1), 404, ""},
		{"the maximum length", one, "GET", "a.test", challenge.Path + strings.Repeat("a", challenge.MaxToken), 200, strings.Repeat("a", challenge.MaxToken) + ".thumb-le"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			request := httptest.NewRequest(c.method, c.path, nil)
			request.Host = c.host
			response := httptest.NewRecorder()
			http01.New(http01.AccountsByOrder(inProgress, c.accounts), nil).ServeHTTP(response, request)
			if response.Code != c.status {
				t.Fatalf("status %d (%s), want %d", response.Code, response.Body, c.status)
			}
			body := response.Body.String()
			if c.status == 200 && c.method == "GET" && body != c.body {
				t.Errorf("%q, want %q", body, c.body)
			}
			if c.status != 200 && (strings.Contains(body, "script") || strings.Contains(body, token) || strings.Contains(body, "sealed") || strings.Contains(body, "disk")) {
				t.Errorf("%q repeats the request or shows an internal error", body)
			}
		})
	}
}

// client returns a client that connects to addr for every name.
func client(addr string) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}}}
}

func TestSolverChecksResponse(t *testing.T) {
	t.Parallel()
	pending := challenge.Challenge{Type: challenge.HTTP01, Name: "www.example.com", Token: token, KeyAuthorization: token + ".thumb-le"}
	respond := func(status int, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
	for _, c := range []struct {
		name    string
		handler http.Handler
		want    string // part of the error; empty for success
	}{
		{"our handler", http01.New(http01.AccountsByOrder(nil, []http01.Account{{Thumbprint: thumbprint("thumb-le", nil)}}), nil), ""},
		{"trailing whitespace", respond(200, token+".thumb-le\r\n"), ""},
		{"another account", respond(200, token+".thumb-other"), "response belongs to another account"},
		{"a page", respond(200, "<p>welcome"), "unexpected response body"},
		{"not found", respond(404, ""), "HTTP status 404"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			served := httptest.NewServer(c.handler)
			defer served.Close()
			err := (&http01.Solver{Client: client(served.Listener.Addr().String())}).Present(t.Context(), pending)
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "route http://www.example.com/.well-known/acme-challenge/ to this server") {
				t.Errorf("got %v, want %q and the remedy", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "welcome") {
				t.Errorf("%v\nquotes the response of another server", err)
			}
		})
	}
	if err := (&http01.Solver{}).Present(t.Context(), pending); err != nil {
		t.Errorf("without a Client: %v", err)
	}
}

func FuzzToken(f *testing.F) {
	for _, seed := range []string{challenge.Path + token, challenge.Path, "/", challenge.Path + "%41", challenge.Path + "a/../b", challenge.Path + "ä"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got, ok := http01.Token(path)
		if !ok {
			if got != "" {
				t.Errorf("%q is rejected, but the token is %q", path, got)
			}
			return
		}
		if path != challenge.Path+got || got == "" || len(got) > challenge.MaxToken {
			t.Errorf("%q: got token %q", path, got)
		}
		if strings.Trim(got, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			t.Errorf("%q is not base64url", got)
		}
	})
}
