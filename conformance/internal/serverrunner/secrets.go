package serverrunner

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// hidden stands where a secret was.
const hidden = "(hidden)"

// secrets cuts secrets and tokens out of texts that are shown. It knows them by
// their values, and tokens besides by the places where they travel, since a
// case may send one that is in no targets file.
type secrets struct {
	values *strings.Replacer
	short  []string         // values that are hidden only where they are those of a field
	places []*regexp.Regexp // group 1 is kept, the rest is cut
	// longest is the length of the longest value in any spelling.
	longest int
}

func newSecrets(values []string) *secrets {
	var pairs, long, short []string
	for _, v := range values {
		if len(v) < signature.ShortestSecret {
			short = append(short, v)
		} else {
			long = append(long, v)
		}
	}
	longest := 0
	for _, v := range spellings(values) {
		longest = max(longest, len(v))
	}
	for _, v := range spellings(long) {
		pairs = append(pairs, v, hidden)
	}
	return &secrets{
		longest: longest,
		short:   spellings(short),
		values:  strings.NewReplacer(pairs...),
		places: []*regexp.Regexp{
			regexp.MustCompile(`(?im)^(x-acs-(?:security|bearer)-token: ?)[^\r\n]+`),
			regexp.MustCompile(`((?:SecurityToken|BearerToken)=)[^&\s]+`),
			// In a string to sign, where everything is encoded once more.
			regexp.MustCompile(`((?:SecurityToken|BearerToken)%3D)(?:[^&%\s]|%25[0-9A-Fa-f]{2})+`),
		},
	}
}

// spellings gives each value in every way in which it can stand in a request or
// an answer, the longest first, so that none hides a part of another.
func spellings(values []string) []string {
	var all []string
	for _, v := range values {
		if v == "" {
			continue
		}
		quoted, err := json.Marshal(v)
		if err == nil {
			all = append(all, strings.Trim(string(quoted), `"`))
		}
		all = append(all, v, url.QueryEscape(v), encode(v), encode(encode(v)))
	}
	slices.SortFunc(all, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(all)
}

// from gives the text without secrets.
func (s *secrets) from(text string) string {
	text = s.values.Replace(text)
	for _, v := range s.short {
		text = signature.RedactField(text, v, hidden)
	}
	for _, place := range s.places {
		text = place.ReplaceAllString(text, "${1}"+hidden)
	}
	return text
}

// result cuts the secrets out of all that a report shows of a case, exchanges
// aside, which are cut when they are recorded.
func (s *secrets) result(r *suite.Result) {
	r.Reason = s.from(r.Reason)
	for i := range r.Checks {
		c := &r.Checks[i]
		c.Want, c.Got, c.Reason = s.from(c.Want), s.from(c.Got), s.from(c.Reason)
	}
}
