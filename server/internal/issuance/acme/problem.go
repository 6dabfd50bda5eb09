package acme

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/esacert/esacert/server/store"
)

// Bounds of what is kept of a problem document.
const (
	maxType        = 200
	maxDetail      = 2000
	maxSubproblems = 100
)

// text is a JSON string; anything else is as good as nothing.
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

// parseProblem reads a problem document. It answers false for what is none: a
// JSON object with a type or a detail is one. The status is that of the answer.
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

// typeBlank is the type of a problem that has none. Source: RFC 7807, section
// 4.2.
const typeAboutBlank = "about:blank"

// maxAfter bounds what an authority may ask to wait.
const maxAfter = 31 * 24 * time.Hour

// parseRetryAfter reads the value of Retry-After, a number of seconds or a time
// (RFC 9110, section 10.2.3). It answers false for what is neither. A time that
// has passed is no wait.
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

// printable makes one line of a text of other people's making, with so many
// bytes at most.
func printable(s string, most int) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s))
	if len(s) <= most {
		return s
	}
	s = s[:most]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}
