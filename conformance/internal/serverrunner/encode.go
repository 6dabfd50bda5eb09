package serverrunner

import (
	"net/url"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// encode percent-encodes the name or value of a parameter according to RFC 3986,
// as both signature schemes require.
func encode(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// encodeParameters encodes parameters in the given order, with repetitions.
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
