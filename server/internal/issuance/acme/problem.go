package acme

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/esacert/esacert/server/internal/excerpt"
	"github.com/esacert/esacert/server/store"
)

// Limits of the retained part of a problem document, in bytes and subproblems.
const (
	maxType        = 200
	maxDetail      = 2000
	maxSubproblems = 100
)

// lenientString is a JSON string. Any other JSON value decodes as empty.
type lenientString string

func (t *lenientString) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*t = lenientString(s)
	}
	return nil
}

// document is a problem document. Sources: RFC 7807; RFC 8555, sections 6.7 and
// 6.7.1.
type document struct {
	Type        lenientString `json:"type"`
	Title       lenientString `json:"title"`
	Detail      lenientString `json:"detail"`
	Instance    lenientString `json:"instance"`
	Subproblems []struct {
		Type       lenientString `json:"type"`
		Detail     lenientString `json:"detail"`
		Identifier struct {
			Value lenientString `json:"value"`
		} `json:"identifier"`
	} `json:"subproblems"`
}

// parseProblem decodes a problem document: a JSON object with a type or a detail.
// It returns false for anything else. The status is that of the response.
func parseProblem(status int, body []byte) (p store.Problem, instance string, ok bool) {
	var d document
	if err := json.Unmarshal(body, &d); err != nil || d.Type == "" && d.Detail == "" {
		return store.Problem{}, "", false
	}
	p = store.Problem{
		Type:   printable(string(d.Type), maxType),
		Title:  printable(string(d.Title), maxType),
		Detail: printable(string(d.Detail), maxDetail),
		Status: status,
	}
	if p.Type == "" {
		p.Type = typeAboutBlank
	}
	for _, s := range d.Subproblems[:min(len(d.Subproblems), maxSubproblems)] {
		p.Subproblems = append(p.Subproblems, store.Subproblem{
			Type:   printable(string(s.Type), maxType),
			Detail: printable(string(s.Detail), maxDetail),
			Name:   printable(string(s.Identifier.Value), maxType),
		})
	}
	return p, printable(string(d.Instance), maxType), true
}

// typeAboutBlank is the default type of a problem. Source: RFC 7807, section 4.2.
const typeAboutBlank = "about:blank"

// maxAfter limits the wait that an authority may request.
const maxAfter = 31 * 24 * time.Hour

// parseRetryAfter reads the value of Retry-After, a number of seconds or a time
// (RFC 9110, section 10.2.3). It returns false for anything else. For a time in
// the past, the wait is 0.
func parseRetryAfter(value string, now time.Time) (wait time.Duration, ok bool) {
	value = strings.TrimSpace(value)
	if value != "" && strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(maxAfter/time.Second) {
			return maxAfter, true
		}
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return min(max(at.Sub(now), 0), maxAfter), true
}

// printable returns a third-party string as one printable line. A string longer
// than limit bytes is truncated.
func printable(s string, limit int) string {
	return excerpt.Truncate(strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)), limit)
}
