package client_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/signature"
)

// wrongOptions are all invalid values of options.
func wrongOptions() map[string]client.Option {
	return map[string]client.Option{
		"WithCredentials":    client.WithCredentials(nil),
		"WithRegion":         client.WithRegion(""),
		"WithEndpoint":       client.WithEndpoint("ftp://example.com"),
		"WithSignature":      client.WithSignature(9),
		"WithSM3":            client.WithSM3(nil),
		"WithMethod":         client.WithMethod(http.MethodPut),
		"WithRetry":          client.WithRetry(client.RetryPolicy{MaxDelay: -1}),
		"WithAttemptTimeout": client.WithAttemptTimeout(-time.Second),
		"WithUserAgent":      client.WithUserAgent("tool\r\nX-Evil: 1"),
	}
}

func TestInvalidOptionsAreAllReported(t *testing.T) {
	t.Parallel()
	var options []client.Option
	for _, option := range wrongOptions() {
		options = append(options, option)
	}
	_, err := client.New(options...)
	wrong, ok := errors.AsType[*client.InputError](err)
	if !ok {
		t.Fatalf("error is %v", err)
	}
	for field := range wrongOptions() {
		if !slices.ContainsFunc(wrong.Problems, func(p client.Problem) bool { return p.Field == field }) {
			t.Errorf("no problem with %s in %v", field, wrong)
		}
	}
	if len(wrong.Problems) != len(options) {
		t.Errorf("%d problems, want %d", len(wrong.Problems), len(options))
	}
}

func TestInvalidCallOptionSendsNoRequest(t *testing.T) {
	t.Parallel()
	for field, option := range wrongOptions() {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			tr := script(accepts())
			c := newClient(t, tr)
			_, err := c.ApplyCertificate(t.Context(), client.ApplyCertificateInput{}, option)
			wrong, ok := errors.AsType[*client.InputError](err)
			if !ok || wrong.Problems[0].Field != field {
				t.Fatalf("error is %v", err)
			}
			// The input's problems are reported too: site, names.
			if len(wrong.Problems) != 3 || len(tr.requests()) != 0 {
				t.Errorf("%d requests, problems %v", len(tr.requests()), wrong)
			}
			if _, err := c.ApplyCertificate(t.Context(), input()); err != nil {
				t.Errorf("the mistake of one call stays with the client: %v", err)
			}
		})
	}
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options []client.Option
		want    string // the endpoint, or a substring of the error after "!"
	}{
		"default":                 {nil, "https://esa.cn-hangzhou.aliyuncs.com/"},
		"documented region":       {[]client.Option{client.WithRegion("ap-southeast-1")}, "https://esa.ap-southeast-1.aliyuncs.com/"},
		"other region":            {[]client.Option{client.WithRegion("eu-central-1")}, "https://esa.eu-central-1.aliyuncs.com/"},
		"endpoint before region":  {[]client.Option{client.WithEndpoint("http://h:1"), client.WithRegion("eu-central-1")}, "http://h:1/"},
		"endpoint after region":   {[]client.Option{client.WithRegion("eu-central-1"), client.WithEndpoint("http://h:1")}, "http://h:1/"},
		"host alone":              {[]client.Option{client.WithEndpoint("esa-vpc.cn-hangzhou.aliyuncs.com")}, "https://esa-vpc.cn-hangzhou.aliyuncs.com/"},
		"host and port":           {[]client.Option{client.WithEndpoint("esa.example.com:8443")}, "https://esa.example.com:8443/"},
		"localhost and port":      {[]client.Option{client.WithEndpoint("localhost:8080")}, "http://localhost:8080/"},
		"loopback and port":       {[]client.Option{client.WithEndpoint("127.0.0.1:8080")}, "http://127.0.0.1:8080/"},
		"loopback of IPv6":        {[]client.Option{client.WithEndpoint("[::1]:8080")}, "http://[::1]:8080/"},
		"loopback by HTTPS":       {[]client.Option{client.WithEndpoint("https://localhost:8443")}, "https://localhost:8443/"},
		"name like localhost":     {[]client.Option{client.WithEndpoint("localhost.example.com")}, "https://localhost.example.com/"},
		"another address":         {[]client.Option{client.WithEndpoint("192.0.2.1:8080")}, "https://192.0.2.1:8080/"},
		"surrounding spaces":      {[]client.Option{client.WithEndpoint(" http://127.0.0.1:8080/\n")}, "http://127.0.0.1:8080/"},
		"IPv6":                    {[]client.Option{client.WithEndpoint("http://[::1]:8080")}, "http://[::1]:8080/"},
		"upper-case scheme":       {[]client.Option{client.WithEndpoint("HTTPS://h")}, "https://h/"},
		"empty region":            {[]client.Option{client.WithRegion("")}, "!cn-hangzhou or ap-southeast-1"},
		"region with dot":         {[]client.Option{client.WithRegion("evil.example/")}, "!for a URL use WithEndpoint"},
		"region in capitals":      {[]client.Option{client.WithRegion("CN-Hangzhou")}, "!not a region ID"},
		"empty endpoint":          {[]client.Option{client.WithEndpoint(" ")}, "!is empty"},
		"endpoint with user":      {[]client.Option{client.WithEndpoint("https://me:pw@h")}, "!WithCredentials"},
		"endpoint with path":      {[]client.Option{client.WithEndpoint("https://h/api")}, "!has a path"},
		"endpoint with query":     {[]client.Option{client.WithEndpoint("https://h/?a=b")}, "!has a query"},
		"endpoint with fragment":  {[]client.Option{client.WithEndpoint("https://h/#a")}, "!fragment"},
		"endpoint without host":   {[]client.Option{client.WithEndpoint("https://")}, "!has no host"},
		"endpoint with port only": {[]client.Option{client.WithEndpoint("https://:80")}, "!has no host"},
		"endpoint with zone":      {[]client.Option{client.WithEndpoint("http://[fe80::1%25eth0]:80")}, "!IPv6 zone"},
		"endpoint not ASCII":      {[]client.Option{client.WithEndpoint("https://bücher.example")}, "!punycode"},
		"endpoint other scheme":   {[]client.Option{client.WithEndpoint("ftp://h")}, "!want http or https"},
		"endpoint no URL":         {[]client.Option{client.WithEndpoint("http://h:port")}, "!is not a URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := client.New(test.options...)
			if part, wrong := strings.CutPrefix(test.want, "!"); wrong {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("error is %v, want one with %q", err, part)
				}
				return
			}
			if err != nil || c.Endpoint() != test.want {
				t.Errorf("endpoint is %q, want %q; error %v", c.Endpoint(), test.want, err)
			}
		})
	}
}

// The password of an endpoint must not appear in the error about it.
func TestEndpointErrorHidesPassword(t *testing.T) {
	t.Parallel()
	_, err := client.New(client.WithEndpoint("https://me:hunter2@h"))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error is %v", err)
	}
}

func TestSchemeNames(t *testing.T) {
	t.Parallel()
	for scheme, want := range map[signature.Scheme]string{signature.ACS3HMACSHA256: "ACS3-HMAC-SHA256", signature.RPCHMACSHA1: "HMAC-SHA1", signature.RPCHMACSHA256: "HMAC-SHA256", signature.ACS3HMACSM3: "ACS3-HMAC-SM3", 99: "none"} {
		if scheme.String() != want {
			t.Errorf("%d is %q", scheme, scheme)
		}
	}
}

func FuzzEndpoint(f *testing.F) {
	for _, seed := range []string{"h", "http://h:1/", "https://[::1]", "https://h?x", "//h", "http:///p", "a@b", "h:99999", "%41.example"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := client.New(client.WithEndpoint(s))
		if err != nil {
			if _, ok := errors.AsType[*client.InputError](err); !ok {
				t.Fatalf("error is %T", err)
			}
			return
		}
		again, err := client.New(client.WithEndpoint(c.Endpoint()))
		if err != nil || again.Endpoint() != c.Endpoint() {
			t.Fatalf("%q yields %q, which yields %q (%v)", s, c.Endpoint(), again.Endpoint(), err)
		}
		req, err := http.NewRequest(http.MethodPost, c.Endpoint(), nil)
		if err != nil || req.URL.Path != "/" || req.URL.Host == "" || req.URL.User != nil || req.URL.RawQuery != "" {
			t.Fatalf("%q yields %q, which cannot be called: %v", s, c.Endpoint(), err)
		}
	})
}
