package admin_test

import (
	"encoding/json"
	"testing"
	"time"
)

// Durations are strings with a unit; the deprecated numbers are still accepted.
func TestDurations(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, target, body string
		status             int
		want               string
	}{
		{"slow", "/authority/rules", `{"slow": "60s"}`, 201, `"slow":"1m0s","slow_ns":60000000000`},
		{"slow as a number of before", "/authority/rules", `{"slow_ns": 60000000000}`, 201, `"slow":"1m0s"`},
		{"both, as a response has them", "/authority/rules", `{"slow": "1m0s", "slow_ns": 60000000000}`, 201, `"slow":"1m0s"`},
		{"both, and they differ", "/authority/rules", `{"slow": "1m", "slow_ns": 5}`, 400, "slow and slow_ns are both set, and differ: set slow alone"},
		{"no unit", "/authority/rules", `{"slow": "60"}`, 400, `\"60\" is not a duration: want a number with a unit, for example \"60s\"`},
		{"a number", "/authority/rules", `{"slow": 60}`, 400, `a duration is a string with a unit, for example \"60s\" or \"500ms\", not 60`},
		{"nonsense", "/authority/rules", `{"slow": "soon"}`, 400, `\"soon\" is not a duration`},
		{"negative", "/authority/rules", `{"slow": "-1s"}`, 400, "must not be negative"},
		{"waiting for the authority", "/authority/rules", `{"refuse": "rateLimited", "retry_after": "90s"}`, 201, `"retry_after":"1m30s"`},
		{"the same as before", "/authority/rules", `{"refuse": "rateLimited", "retry_after_ns": 1000000000}`, 201, `"retry_after":"1s"`},
		{"waiting for the API", "/scenarios", `{"row": "Throttling", "retry_after": "500ms"}`, 201, `"retry_after":"500ms","retry_after_ms":500`},
		{"as before", "/scenarios", `{"row": "Throttling", "retry_after_ms": 500}`, 201, `"retry_after":"500ms"`},
		{"contradiction", "/scenarios", `{"row": "Throttling", "retry_after": "1s", "retry_after_ms": 500}`, 400, "retry_after and retry_after_ms are both set"},
		{"too large", "/scenarios", `{"row": "Throttling", "retry_after_ms": 9223372036854775807}`, 400, "retry_after_ms: 9223372036854775807 is too large"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a, _ := newIssuing(t)
			a.check(t, []expect{{"post", "POST", tc.target, tc.body, tc.status, tc.want}})
			if tc.status == 201 {
				a.check(t, []expect{{"list", "GET", tc.target, "", 200, tc.want}})
			}
		})
	}
}

// The journal shows the duration of a request with its unit.
func TestDurationInTheJournal(t *testing.T) {
	t.Parallel()
	a, _ := newIssuing(t)
	_ = a.apply(t, 404, "www.example.com") // only the journal entry matters
	var entries []struct {
		Duration   string `json:"duration"`
		DurationNS int64  `json:"duration_ns"`
	}
	w := a.do("GET", "/journal", "")
	if err := json.Unmarshal(w.Body.Bytes(), &entries); err != nil || len(entries) != 1 {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if d, err := time.ParseDuration(entries[0].Duration); err != nil || d <= 0 || int64(d) != entries[0].DurationNS {
		t.Errorf("%+v, %v", entries[0], err)
	}
}
