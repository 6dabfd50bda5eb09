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
				t.Errorf("got %+v for a body that is not a problem document", p)
			}
			return
		}
		values := []string{p.Type, p.Title, p.Detail, instance}
		for _, s := range p.Subproblems {
			values = append(values, s.Type, s.Detail, s.Name)
		}
		for _, value := range values {
			if !utf8.ValidString(value) || strings.ContainsAny(value, "\n\r\x00\x1b\u2028") || len(value) > maxDetail+len("…") {
				t.Errorf("%q is not one printable line within the limit", value)
			}
		}
		if p.Type == "" || p.Status != status || len(p.Subproblems) > maxSubproblems {
			t.Errorf("got %+v, want a type, status %d and at most %d subproblems", p, status, maxSubproblems)
		}
		// The problem survives the JSON encoding of the store.
		kept, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var again store.Problem
		if err := json.Unmarshal(kept, &again); err != nil || again.Detail != p.Detail || again.Type != p.Type {
			t.Errorf("JSON round trip of %+v: got %+v, %v", p, again, err)
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
			t.Errorf("parseRetryAfter(%q) = %v, %v", value, wait, ok)
		}
		if again, same := parseRetryAfter(" "+value+" ", now); ok && (again != wait || !same) {
			t.Errorf("%q with surrounding spaces: got %v, want %v", value, again, wait)
		}
	})
}
