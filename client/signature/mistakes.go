package signature

import (
	"cmp"
	"slices"
	"strings"
)

// mistake is a row of the table of known mistakes: a stable name, an
// explanation, and its variants.
type mistake struct {
	name        string
	explanation string
	variants    []func(*derivation)
}

// variants makes the tables readable.
func variants(changes ...func(*derivation)) []func(*derivation) { return changes }

// mistakesOfQuery are about the parameters, which both schemes write alike.
func mistakesOfQuery() []mistake {
	return []mistake{
		{"query-plus-for-blank", "a space was signed as +; the canonical form uses %20 (form encoders write +)",
			variants(reencoded("%20", "+"))},
		{"query-raw-star", "some of * ! ' ( ) were signed raw; the canonical form has %2A %21 %27 %28 %29 (encodeURIComponent leaves them alone)",
			variants(reencoded("%2A", "*"), reencoded("%2A", "*", "%21", "!", "%27", "'", "%28", "(", "%29", ")"), reencoded("%21", "!", "%27", "'", "%28", "(", "%29", ")"))},
		{"query-escaped-tilde", "~ was signed as %7E; the canonical form leaves it alone",
			variants(reencoded("~", "%7E"))},
		{"query-java-encoder", "the parameters were encoded with java.net.URLEncoder; in its output replace + with %20, * with %2A and %7E with ~",
			variants(reencoded("%20", "+", "%2A", "*", "~", "%7E"))},
		{"query-raw-slash", "/ was signed raw; the canonical form has %2F (Python's quote needs safe='')",
			variants(reencoded("%2F", "/"))},
		{"query-raw-reserved", "reserved characters (for example , or :) were signed raw; the canonical form encodes all but A-Z a-z 0-9 - _ . ~",
			variants(reencoded("%2C", ","), reencoded("%3A", ":"), reencoded("%2C", ",", "%3A", ":"), reencoded(rawInURI()...))},
		{"query-lower-hex", "percent-encodings were signed in lower case (%2c); the canonical form has upper case (%2C)",
			variants(func(r *derivation) { r.reencode(lowerEscapes) })},
		{"query-encoded-twice", "the parameters were encoded twice; the second encoding turns % into %25",
			variants(func(r *derivation) { r.reencode(encode) })},
		{"query-not-encoded", "the parameters were signed without percent-encoding",
			variants(func(r *derivation) { r.encodeName, r.encodeValue = asIs, asIs })},
		{"query-names-not-encoded", "parameter names were signed without percent-encoding; names are encoded like values",
			variants(func(r *derivation) { r.encodeName = asIs })},
		{"query-unsorted", "the parameters were signed in the order of the request; the canonical form sorts them by name",
			variants(func(r *derivation) { sortBy(r, func(p parameter) int { return p.wireIndex }) })},
		{"query-sorted-ignoring-case", "the parameters were sorted without regard to case; the canonical form sorts by bytes, A to Z before a to z",
			variants(func(r *derivation) { sortBy(r, func(p parameter) string { return strings.ToLower(p.name) }) })},
		{"query-sorted-as-text", "the parameters were sorted as name=value strings; the canonical form sorts by name only, so that a comes before a.1",
			variants(func(r *derivation) {
				sortBy(r, func(p parameter) string { return r.encodeName(p.name) + "=" + r.encodeValue(p.value) })
			})},
		{"query-empty-value", "parameters with an empty value were left out or signed without =; the canonical form has name=",
			variants(
				func(r *derivation) { r.drop(func(p parameter) bool { return p.value == "" }) },
				func(r *derivation) {
					r.query = new(strings.TrimSuffix(strings.ReplaceAll(r.queryText()+"&", "=&", "&"), "&"))
				},
			)},
		{"query-without-action", "Action and Version are in the query but were not signed",
			variants(func(r *derivation) {
				r.drop(func(p parameter) bool { return p.name == paramAction || p.name == paramVersion })
			})},
		{"query-as-sent", "the raw query was signed; sign its canonical form",
			variants(func(r *derivation) { r.query = new(r.wireQuery()) })},
	}
}

// mistakesOfMethod are about the first line.
func mistakesOfMethod() []mistake {
	return []mistake{
		{"method-other", "the request was signed for GET and sent with POST, or the reverse",
			variants(func(r *derivation) { r.method = "GET" }, func(r *derivation) { r.method = "POST" })},
		{"method-lower-case", "the method was signed in lower case",
			variants(func(r *derivation) { r.method = strings.ToLower(r.method) })},
	}
}

// mistakesOfSecret are about whitespace copied with a secret. The suffix is
// what the scheme appends to a secret.
func mistakesOfSecret(suffix string) []mistake {
	with := func(edit func(string) string) func(*derivation) {
		return func(r *derivation) { r.key = edit(strings.TrimSuffix(r.key, suffix)) + suffix }
	}
	appended := func(tail string) func(*derivation) {
		return with(func(secret string) string { return secret + tail })
	}
	return []mistake{
		{"secret-blank", "the secret has leading or trailing whitespace on one side only; trim it when reading it",
			variants(appended("\n"), appended("\r\n"), appended(" "), with(func(s string) string { return " " + s }), with(strings.TrimSpace))},
	}
}

// rawInURI are the characters that encodeURI leaves alone, each after its
// encoding.
func rawInURI() []string {
	return []string{"%3B", ";", "%2C", ",", "%2F", "/", "%3F", "?", "%3A", ":", "%40", "@", "%26", "&", "%3D", "=", "%2B", "+", "%24", "$", "%23", "#", "%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*"}
}

// reencoded replaces parts of the canonical encoding by what another encoder
// writes. A literal % is always %25 there, so no data is mistaken for a part.
func reencoded(oldNew ...string) func(*derivation) {
	replacer := strings.NewReplacer(oldNew...)
	return func(r *derivation) { r.reencode(replacer.Replace) }
}

// reencode changes the encoded names and values.
func (r *derivation) reencode(change func(string) string) {
	r.encodeName, r.encodeValue = insertAfter(r.encodeName, change), insertAfter(r.encodeValue, change)
}

func insertAfter(first, second func(string) string) func(string) string {
	return func(s string) string { return second(first(s)) }
}

func asIs(s string) string { return s }

// lowerEscapes writes the digits of percent-encodings in lower case.
func lowerEscapes(s string) string {
	out := []byte(s)
	for i := range out {
		if i+2 < len(out) && out[i] == '%' {
			copy(out[i:i+3], strings.ToLower(s[i:i+3]))
		}
	}
	return string(out)
}

// sortBy sorts the parameters by another key, keeping their order if that is
// equal.
func sortBy[K cmp.Ordered](r *derivation, key func(parameter) K) {
	slices.SortStableFunc(r.parameters, func(a, b parameter) int { return cmp.Compare(key(a), key(b)) })
}

// drop leaves parameters out.
func (r *derivation) drop(unsigned func(parameter) bool) {
	r.parameters = slices.DeleteFunc(r.parameters, unsigned)
}

// wireQuery returns the parameters as sent: for an RPC request without its
// signature, followed by those of the form body.
func (r *derivation) wireQuery() string {
	if r.claim.Scheme.IsACS3() {
		return r.message.Query
	}
	sent := slices.Clone(r.parameters)
	slices.SortFunc(sent, func(a, b parameter) int { return cmp.Compare(a.wireIndex, b.wireIndex) })
	pieces := make([]string, len(sent))
	for i, p := range sent {
		pieces[i] = p.rawName + "=" + p.rawValue
	}
	return strings.Join(pieces, "&")
}
