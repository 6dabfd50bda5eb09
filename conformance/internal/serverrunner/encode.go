package serverrunner

import (
	"net/url"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// encode writes a name or a value of a parameter by RFC 3986, as both schemes
// sign it.
func encode(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// encodeParameters writes parameters in their order, repeats kept.
func encodeParameters(parameters []suite.Parameter) string {
	pieces := make([]string, len(parameters))
	for i, p := range parameters {
		pieces[i] = encode(p.Name) + "=" + encode(p.Value)
	}
	return strings.Join(pieces, "&")
}

func joinQuery(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "&" + b
}
