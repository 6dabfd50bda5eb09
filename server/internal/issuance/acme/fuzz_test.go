package acme

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/esacert/esacert/server/store"
)

func FuzzProblem(f *testing.F) {
	for _, seed := range []string{
		`{"type":"urn:ietf:params:acme:error:malformed","detail":"no","status":400}`,
		`{"type":7,"detail":"no","subproblems":[{"type":"a","identifier":{"type":"dns","value":"b"}},{}]}`,
		`{"detail":"\u0000\ud800 x\u2028y"}`, `{"type":null}`, `[]`, `"type"`, ``, `{"subproblems":{}}`, `{"type":"` + strings.Repeat("ä", 150) + `"}`,
	} {
		f.Add(400, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		p, instance, ok := parseProblem(status, body)
		if !ok {
			if p.Type != "" || instance != "" {
				t.Errorf("no problem has something in it: %+v", p)
			}
			return
		}
		texts := []string{p.Type, p.Title, p.Detail, instance}
		for _, s := range p.Subproblems {
			texts = append(texts, s.Type, s.Detail, s.Name)
		}
		for _, text := range texts {
			if !utf8.ValidString(text) || strings.ContainsAny(text, "\n\r\x00\x1b\u2028") || len(text) > maxDetail+len("…") {
				t.Errorf("%q is not one printable line within bounds", text)
			}
		}
		if p.Type == "" || p.Status != status || len(p.Subproblems) > maxSubproblems {
			t.Errorf("%+v", p)
		}
		// What is kept comes back from the store as it is.
		kept, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var again store.Problem
		if err := json.Unmarshal(kept, &again); err != nil || again.Detail != p.Detail || again.Type != p.Type {
			t.Errorf("%+v comes back as %+v, %v", p, again, err)
		}
		x := lastResponse{status: status, problem: &p}
		x.verdict()
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"0", "77", "-1", "1e3", " 5 ", "99999999999999999999999", "Wed, 21 Oct 2026 07:28:00 GMT", "Wednesday, 21-Oct-26 07:28:00 GMT", "soon", ""} {
		f.Add(seed, int64(1792567680))
	}
	f.Fuzz(func(t *testing.T, value string, seconds int64) {
		now := time.Unix(seconds%(1<<33), 0)
		wait, ok := parseRetryAfter(value, now)
		if wait < 0 || wait > maxAfter || !ok && wait != 0 {
			t.Errorf("%q is a wait of %v, %v", value, wait, ok)
		}
		if again, same := parseRetryAfter(" "+value+" ", now); ok && (again != wait || !same) {
			t.Errorf("%q is %v with blanks around it, %v without", value, again, wait)
		}
	})
}
