//go:build e2e

package samplestest

import (
	"slices"
	"strings"
	"testing"
)

// requestVariants are the choices in the form that change the sample.
func requestVariants() map[string]func(*call) {
	return map[string]func(*call){
		"default form":  func(*call) {},
		"signature 1.0": func(c *call) { c.Scheme = "rpc" },
		"HMAC-SHA256":   func(c *call) { c.Scheme = "rpc-sha256" },
		"GET":           func(c *call) { c.Method = "GET" },
		"form body":     func(c *call) { c.Place = "form" },
		"AlgType":       func(c *call) { c.Params = append(c.Params, [2]string{"AlgType", "ECC"}) },
	}
}

// TestSamplesApply runs each sample as printed: the server accepts it and
// stores the application, and the sample prints the response.
func TestSamplesApply(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for name, change := range requestVariants() {
		for _, l := range languages() {
			if name == "HMAC-SHA256" && l.id != "esacert" {
				continue // the vendor's clients do not support it, as the notes of their samples say
			}
			t.Run(name+"/"+l.id, func(t *testing.T) {
				t.Parallel()
				r := record(t, s.Listen)
				domain := l.id + "-" + strings.NewReplacer(" ", "-", ".", "-").Replace(strings.ToLower(name)) + ".example.com"
				c := form(r.http.URL, domain)
				change(&c)
				out := l.run(t, s.printed(t, c)[l.id])
				e := r.only(t, out)
				if out.code != 0 || e.Status != 200 || len(e.Response.Result) != 1 {
					t.Fatalf("the sample exited with %d, the response was %+v\n%s%s", out.code, e, out.stdout, out.stderr)
				}
				sent(t, l.id, c, e)
				s.stored(t, domain, e)
				shows(t, out.stdout, e.Response.RequestID, e.Response.Result[0].ID, e.Response.SiteName, domain)
			})
		}
	}
}

// sent checks a request on the wire against the form.
func sent(t *testing.T, id string, c call, e exchange) {
	t.Helper()
	if e.Method != c.Method {
		t.Errorf("sent with %s, want %s", e.Method, c.Method)
	}
	for _, pair := range c.Params {
		if got := e.Parameters[pair[0]]; !slices.Equal(got, []string{pair[1]}) {
			t.Errorf("sent %s as %q, want %q", pair[0], got, pair[1])
		}
	}
	if id == "aliyun" {
		return // its note says that it selects signature and place
	}
	if rpc := e.Parameters.Has("SignatureMethod"); rpc != (c.Scheme != "acs3") {
		t.Errorf("signed by signature 1.0: %t, while the form says %s", rpc, c.Scheme)
	}
	if want := c.Place == "form" && id != "esacert"; e.InForm != want { // that sample documents the exception
		t.Errorf("parameters in the form: %t, want %t", e.InForm, want)
	}
}

// stored checks the admin API's view of an accepted request.
func (s *server) stored(t *testing.T, domain string, e exchange) {
	t.Helper()
	kept := s.applications(t, domain)
	if len(kept) != 1 || kept[0].ID != e.Response.Result[0].ID || kept[0].RequestID != e.Response.RequestID {
		t.Errorf("for %s stored %+v, response %+v", domain, kept, e.Response)
	}
	entry := s.entry(t, e.Response.RequestID)
	if entry.Rule != "Accepted" || entry.SiteID != site || !slices.Equal(entry.Domains, []string{domain}) {
		t.Errorf("the journal entry is %+v", entry)
	}
}

// shows checks that a sample printed the words.
func shows(t *testing.T, output string, words ...string) {
	t.Helper()
	for _, word := range words {
		if word == "" || !strings.Contains(output, word) {
			t.Errorf("%q is missing in the output: %s", word, output)
		}
	}
}

// TestSamplesQuote puts special characters into the form: they arrive byte by
// byte, and the rejection is printed.
func TestSamplesQuote(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for name, domains := range edgeCaseTexts() {
		for _, l := range languages() {
			t.Run(name+"/"+l.id, func(t *testing.T) {
				t.Parallel()
				r := record(t, s.Listen)
				c := form(r.http.URL, domains)
				out := l.run(t, s.printed(t, c)[l.id])
				e := r.only(t, out)
				sent(t, l.id, c, e)
				if !strings.Contains(e.Response.Code, "Malformed") && !strings.HasPrefix(e.Response.Code, "InvalidParameter") {
					t.Errorf("response %+v", e)
				}
				if entry := s.entry(t, e.Response.RequestID); entry.Code != e.Response.Code || entry.SiteID != site {
					t.Errorf("the journal entry is %+v", entry)
				}
				shows(t, out.stdout+out.stderr, e.Response.Code, e.Response.RequestID)
			})
		}
	}
}

// edgeCaseTexts are values of Domains that break an incorrectly quoted literal.
func edgeCaseTexts() map[string]string {
	return map[string]string{
		"program": "a\"b'c\\d$HOME`id`$(id)\n</script>\u2028%s%00${x}#{y}!!.example.com",
		"shell":   "'; exit 7 #\\",
		"escapes": `\n\u0041\x41\101"""'''` + "\t\r\x7f\u00e9\U0001F600\ufeff\u202e\u0085",
		"twice":   "a.example.com,A.example.com",
		"spaces":  " a.example.com ,,\tb.example.com",
	}
}
