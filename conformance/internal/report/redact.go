package report

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// Redactor cuts secrets out of texts. Whoever makes an exchange leaves secrets
// out already; a Redactor is the second line, for what a server or a client
// under test echoes.
type Redactor struct {
	replacer *strings.Replacer
	// reassembled are the shapes that cut and the text around it may make again.
	reassembled []string
	// short are values that are cut only where they are those of a field.
	short []string
}

// redactedMark stands where a secret was.
const redactedMark = "[secret]"

// NewRedactor gives a Redactor of the given values, as they are and as they
// look within a URL, a form, JSON and base64. Values shorter than
// signature.ShortestSecret are cut only where they are those of a field that is
// named as a secret.
func NewRedactor(secrets ...string) *Redactor {
	var shapes, short []string
	for _, secret := range secrets {
		switch {
		case secret == "":
		case len(secret) < signature.ShortestSecret:
			short = append(short, secret)
		default:
			shapes = append(shapes, allEncodings(secret)...)
		}
	}
	// A secret may begin another one: the longest goes first.
	slices.SortFunc(shapes, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	var pairs, remade []string
	for _, shape := range slices.Compact(shapes) {
		pairs = append(pairs, shape, redactedMark)
		// Only what has a bracket reaches over an end of cut.
		if strings.ContainsAny(shape, "[]") && !strings.Contains(redactedMark, shape) {
			remade = append(remade, shape)
		}
	}
	return &Redactor{replacer: strings.NewReplacer(pairs...), reassembled: remade, short: short}
}

func allEncodings(secret string) []string {
	shapes := []string{
		secret,
		url.QueryEscape(secret),
		url.PathEscape(secret),
		base64.StdEncoding.EncodeToString([]byte(secret)),
	}
	if quoted, err := json.Marshal(secret); err == nil { // a string always is JSON
		shapes = append(shapes, strings.Trim(string(quoted), `"`))
	}
	return shapes
}

// Text gives a text without the secrets. Where a replacement makes a secret of
// what stands around it, nothing of the text is left.
func (r *Redactor) Text(s string) string {
	if r == nil {
		return s
	}
	s = r.replacer.Replace(s)
	for _, secret := range r.short {
		s = signature.RedactField(s, secret, redactedMark)
	}
	for _, shape := range r.reassembled {
		if strings.Contains(s, shape) {
			return redactedMark
		}
	}
	return s
}

// Result gives a copy of a result without the secrets.
func (r *Redactor) Result(result suite.Result) suite.Result {
	return mapResult(result, r.Text, r.Text)
}

// Run gives a copy of a run without the secrets.
func (r *Redactor) Run(run *suite.Run) *suite.Run {
	return mapRun(run, r.Text, r.Text)
}
