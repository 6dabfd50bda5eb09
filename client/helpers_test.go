package client_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaerrors"
)

// The documented example of an accepted call, byte for byte.
const documentedResponse = `{
  "SiteName": "example.com ",
  "TotalCount": 2,
  "Result": [
    {
      "Domain": "*.example.com ",
      "Status": "Applying",
      "Id": "30000478"
    }
  ],
  "RequestId": "156A6B-677B1A-4297B7-9187B7-2B44792"
}`

const (
	testKey    = "testAK"
	testSecret = "s3cr3t/With+Odd=Characters"
	testToken  = "sts/token+with=chars=="
	testBearer = "bearer.token/with+odd=chars"
)

// reply is what a scripted transport does with a request.
type reply func(*http.Request) (*http.Response, error)

// scripted is a transport without a network. It responds to the n-th request
// with the n-th reply, and repeats the last.
type scripted struct {
	mu      sync.Mutex
	replies []reply
	seen    []*http.Request
}

func script(replies ...reply) *scripted { return &scripted{replies: replies} }

func (s *scripted) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	response := s.replies[min(len(s.seen), len(s.replies)-1)]
	s.seen = append(s.seen, req.Clone(context.WithoutCancel(req.Context())))
	s.mu.Unlock()
	return response(req)
}

func (s *scripted) requests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

// responds returns a reply with a status, a body, and headers in pairs.
func responds(status int, body string, headers ...string) reply {
	return func(req *http.Request) (*http.Response, error) {
		h := http.Header{"Content-Type": {"application/json;charset=utf-8"}}
		for i := 0; i+1 < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		return &http.Response{
			StatusCode: status, Header: h, ContentLength: int64(len(body)),
			Body: io.NopCloser(strings.NewReader(body)), Request: req,
		}, nil
	}
}

// refuses returns a reply with an error of the contract.
func refuses(row *esaerrors.Error, headers ...string) reply {
	return responds(row.Status, refusal(row.Code, row.Message), headers...)
}

func refusal(code, message string) string {
	return fmt.Sprintf(`{"RequestId":"R-1","HostId":"esa.example","Code":%q,"Message":%q,"Recommend":"https://help.example/%s"}`, code, message, code)
}

// cut returns a reply whose connection breaks in the middle of the body.
func cut(status int, body string) reply {
	return func(req *http.Request) (*http.Response, error) {
		resp, err := responds(status, body)(req)
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(body), broken{}))
		return resp, err
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// fails returns a reply that is a connection error.
func fails(err error) reply {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// accepts is the documented example.
func accepts() reply { return responds(http.StatusOK, documentedResponse) }

// waits records the waits between attempts instead of taking them.
type waits struct {
	mu   sync.Mutex
	list []time.Duration
}

func (w *waits) sleep(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, d)
	return ctx.Err()
}

func (w *waits) all() []time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.list
}

// newClient returns a client on a scripted transport that never waits.
func newClient(t testing.TB, transport http.RoundTripper, options ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New(append([]client.Option{
		client.WithCredentials(client.StaticCredentials(testKey, testSecret)),
		client.WithTransport(transport),
		client.WithSleep(new(waits).sleep),
	}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func input() client.ApplyCertificateInput {
	return client.ApplyCertificateInput{
		SiteID: 1234567890123, Domains: []string{"www.example.com", "blog.example.com"}, Type: client.LetsEncrypt,
	}
}

// verify fails the test unless the request is signed with the test secret.
func verify(t *testing.T, req *http.Request) signature.Claim {
	t.Helper()
	sent := req.Clone(req.Context())
	if sent.Host == "" {
		sent.Host = sent.URL.Host
	}
	m := signature.MessageOf(sent, nil)
	claim, err := signature.Parse(&m)
	if err != nil {
		t.Fatalf("the request cannot be verified: %v", err)
	}
	if claim.Scheme != signature.Bearer {
		if err := claim.Verify(&m, testSecret); err != nil {
			t.Fatalf("the request is not signed: %v", err)
		}
	}
	return claim
}

// noSecrets fails the test if a string shows a secret of the tests in any
// spelling.
func noSecrets(t *testing.T, what, s string) {
	t.Helper()
	for _, secret := range []string{testSecret, testToken, testBearer} {
		for _, spelling := range spellings(secret) {
			if strings.Contains(s, spelling) {
				t.Errorf("%s shows %q:\n%s", what, spelling, s)
			}
		}
	}
}

func spellings(secret string) []string {
	once := percent(secret)
	return []string{secret, once, percent(once), strings.ReplaceAll(secret, "/", `\/`)}
}

func percent(s string) string {
	return strings.NewReplacer("%", "%25", "/", "%2F", "+", "%2B", "=", "%3D").Replace(s)
}
