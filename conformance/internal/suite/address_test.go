package suite_test

import (
	"strings"
	"testing"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/conformance/internal/redact"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// The suite and the SDK accept the same endpoints.
func TestParseURLMatchesSDK(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		"127.0.0.1:8080":                    "http://127.0.0.1:8080/",
		"127.9.9.9":                         "http://127.9.9.9/",
		"localhost:8080":                    "http://localhost:8080/",
		"[::1]:8080":                        "http://[::1]:8080/",
		" 127.0.0.1:8080\n":                 "http://127.0.0.1:8080/",
		"https://127.0.0.1:8443":            "https://127.0.0.1:8443/",
		"192.0.2.1:8080":                    "https://192.0.2.1:8080/",
		"localhost.example.com":             "https://localhost.example.com/",
		"esa.cn-hangzhou.aliyuncs.com":      "https://esa.cn-hangzhou.aliyuncs.com/",
		"http://esa.ap-southeast-1.test:80": "http://esa.ap-southeast-1.test:80/",
	} {
		u, err := suite.ParseURL(input)
		if err != nil || u.JoinPath("/").String() != want {
			t.Errorf("ParseURL(%q) = %v, %v, want %s", input, u, err, want)
		}
		c, err := client.New(client.WithEndpoint(input))
		if err != nil || c.Endpoint() != want {
			t.Errorf("the SDK calls %q for %q (%v), want %s", c.Endpoint(), input, err, want)
		}
	}
	for _, input := range []string{"", "http://", "ftp://h", "://", "h:port", "http://user:hunter2@[::1", "user:hunter2@:80"} {
		if u, err := suite.ParseURL(input); err == nil || strings.Contains(err.Error()+redact.URL(input), "hunter2") {
			t.Errorf("ParseURL(%q) = %v, %v", input, u, err)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	for _, input := range []string{"127.0.0.1:8080", "[::1]", "https://h/p?q", "user:pw@h", "::", "%zz"} {
		f.Add(input)
	}
	f.Fuzz(func(t *testing.T, input string) {
		u, err := suite.ParseURL(input)
		if err != nil {
			return
		}
		again, err := suite.ParseURL(u.String())
		if err != nil || again.String() != u.String() {
			t.Errorf("%q: got %q, then %v (%v)", input, u, again, err)
		}
	})
}
