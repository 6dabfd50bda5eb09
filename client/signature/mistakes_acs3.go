package signature

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
)

// mistakesACS3 are the known mistakes of clients that sign with ACS3.
func mistakesACS3(scheme Scheme) []mistake {
	return slices.Concat(
		mistakesOfHash(scheme),
		mistakesOfHeaders(),
		mistakesOfBody(),
		mistakesOfMethod(),
		mistakesOfQuery(),
		[]mistake{
			{"query-left-out", "the query was not signed; it is the third line, whatever the method",
				variants(func(r *derivation) { r.query = new("") })},
			{"query-with-action", "Action and Version were signed as part of the query, but this scheme sends them as headers only",
				variants(addOperation)},
			{"path-empty", "the path was signed as an empty line; the root is /",
				variants(func(r *derivation) { r.uri = "" })},
			{"line-ends", "the canonical request was signed with CR LF line ends, or with a line end after its last line",
				variants(
					func(r *derivation) {
						r.rewrite = func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
					},
					func(r *derivation) { r.rewrite = func(s string) string { return s + "\n" } },
				)},
		},
		mistakesOfStringToSign(),
		mistakesOfSecret(""),
		[]mistake{
			{"key-with-ampersand", "the HMAC key was the secret and &, as in the RPC scheme; ACS3 uses the secret alone",
				variants(func(r *derivation) { r.key += "&" })},
		},
	)
}

// mistakesOfHash are about SHA-256 instead of SM3: the names of header and
// algorithm do not suggest that SM3 hashes the body too.
func mistakesOfHash(scheme Scheme) []mistake {
	if scheme != ACS3HMACSM3 {
		return nil
	}
	var sha256 Digest
	body := func(r *derivation) { r.bodyHash = sha256.hexOf(string(r.message.Body)) }
	canonical := func(r *derivation) {
		r.stringToSign = func(s string) string { return r.algorithm() + "\n" + sha256.hexOf(s) }
	}
	mac := func(r *derivation) {
		r.sum = func(key, s string) string {
			return hex.EncodeToString(sumMAC(ACS3HMACSHA256, nil, key, s))
		}
	}
	return []mistake{
		{"hash-sha256", "SHA-256 was used although the algorithm is ACS3-HMAC-SM3; the body, the canonical request and the HMAC all take SM3",
			variants(
				body, canonical, mac,
				func(r *derivation) { body(r); canonical(r) },
				func(r *derivation) { body(r); canonical(r); mac(r) },
			)},
	}
}

// mistakesOfHeaders are about the header block and the list of names below it.
func mistakesOfHeaders() []mistake {
	return []mistake{
		{"headers-no-blank-line", "the blank line is missing between the header block and the list of signed headers",
			variants(func(r *derivation) { r.afterHeaders = "" })},
		{"headers-unsorted", "the headers were signed in the order in which they are listed; both the block and the list are sorted by name",
			variants(
				func(r *derivation) { r.orderAsListed(); r.names = strings.ToLower(r.claim.listed) },
				func(r *derivation) { r.orderAsListed() },
				func(r *derivation) { r.names = strings.ToLower(r.claim.listed) },
			)},
		{"headers-case", "names of headers were signed with capital letters; both the block and the list are in lower case",
			variants(
				func(r *derivation) { r.spellAsListed(); r.names = r.spelledNames() },
				func(r *derivation) { r.spellAsListed() },
				func(r *derivation) { r.names = r.claim.listed },
				func(r *derivation) { r.spell(http.CanonicalHeaderKey) },
				func(r *derivation) { r.spell(http.CanonicalHeaderKey); r.names = r.spelledNames() },
			)},
		{"headers-not-trimmed", "header values were signed without trimming whitespace",
			variants(func(r *derivation) {
				for i, h := range r.headers {
					if values := r.message.header(h.name); len(values) > 0 {
						r.headers[i].value = strings.Join(values, ",")
					}
				}
			})},
		{"headers-blank-after-colon", "the header block has a space after the colon; the form is name:value",
			variants(func(r *derivation) { r.colon = ": " })},
		{"host-port", "the host was signed with another port than it was sent with, or without it",
			variants(withPort(""), withPort(":80"), withPort(":443"))},
	}
}

// mistakesOfBody are about the last line.
func mistakesOfBody() []mistake {
	return []mistake{
		{"body-hash-empty", "the hash of an empty body was signed, but a body was sent",
			variants(func(r *derivation) { r.bodyHash = r.hash("") })},
		{"body-hash-left-out", "the last line is empty; it is the SHA-256 of the body, of the empty one too",
			variants(func(r *derivation) { r.bodyHash = "" }, func(r *derivation) { r.bodyHash, r.afterNames = "", "" })},
		{"body-hash-upper-case", "the hash of the body was signed in upper-case hexadecimal",
			variants(func(r *derivation) { r.bodyHash = strings.ToUpper(r.bodyHash) })},
		{"body-altered", "the signature fits the hash in x-acs-content-sha256 but not the body received: the body changed in transit, or a different body was hashed",
			variants(func(r *derivation) {
				if values := r.message.Header[keyContentSHA256]; len(values) > 0 {
					r.bodyHash = values[0]
				}
			})},
	}
}

// mistakesOfStringToSign are about the steps after a correct canonical request.
func mistakesOfStringToSign() []mistake {
	return []mistake{
		{"canonical-hash-upper-case", "the hash of the canonical request was signed in upper-case hexadecimal",
			variants(func(r *derivation) {
				r.stringToSign = func(s string) string { return r.algorithm() + "\n" + strings.ToUpper(r.hash(s)) }
			})},
		{"canonical-not-hashed", "the canonical request itself was signed; the string to sign has its SHA-256",
			variants(
				func(r *derivation) { r.stringToSign = func(s string) string { return r.algorithm() + "\n" + s } },
				func(r *derivation) { r.stringToSign = asIs },
			)},
		{"algorithm-line", "the string to sign is not the algorithm, one line end, and the hash of the canonical request",
			variants(
				func(r *derivation) { r.stringToSign = r.hash },
				func(r *derivation) {
					r.stringToSign = func(s string) string { return r.algorithm() + "\n" + r.hash(s) + "\n" }
				},
			)},
		{"signature-upper-case", "the signature was sent in upper-case hexadecimal",
			variants(func(r *derivation) {
				sum := r.sum
				r.sum = func(key, s string) string { return strings.ToUpper(sum(key, s)) }
			})},
		{"signature-base64", "the signature was sent in base64; ACS3 writes it in hexadecimal",
			variants(func(r *derivation) {
				r.sum = func(key, s string) string {
					return base64.StdEncoding.EncodeToString(sumMAC(r.claim.Scheme, r.claim.Digest, key, s))
				}
			})},
	}
}

// addOperation adds the action and version of the headers to the query.
func addOperation(r *derivation) {
	for _, p := range [...]parameter{{name: paramAction, value: r.claim.Action}, {name: paramVersion, value: r.claim.Version}} {
		if !slices.ContainsFunc(r.parameters, func(q parameter) bool { return q.name == p.name }) {
			r.parameters = append(r.parameters, p)
		}
	}
	sortBy(r, func(p parameter) string { return p.name })
}

// orderAsListed sorts the header block in the order of SignedHeaders as sent.
func (r *derivation) orderAsListed() {
	listed := strings.Split(strings.ToLower(r.claim.listed), ";")
	slices.SortFunc(r.headers, func(a, b headerLine) int {
		return slices.Index(listed, a.name) - slices.Index(listed, b.name)
	})
}

// spellAsListed writes the names of the header block as in SignedHeaders as
// sent.
func (r *derivation) spellAsListed() {
	listed := strings.Split(r.claim.listed, ";")
	r.spell(func(name string) string {
		if i := slices.IndexFunc(listed, func(l string) bool { return strings.EqualFold(l, name) }); i >= 0 {
			return listed[i]
		}
		return name
	})
}

func (r *derivation) spell(change func(string) string) {
	for i := range r.headers {
		r.headers[i].name = change(r.headers[i].name)
	}
}

func (r *derivation) spelledNames() string {
	names := make([]string, len(r.headers))
	for i, h := range r.headers {
		names[i] = h.name
	}
	return strings.Join(names, ";")
}

// withPort signs the host with that port, or with none.
func withPort(port string) func(*derivation) {
	return func(r *derivation) {
		for i, h := range r.headers {
			if strings.EqualFold(h.name, headerHost) {
				r.headers[i].value = withoutPort(h.value) + port
			}
		}
	}
}

// withoutPort removes the port, but not the colons of an IPv6 address.
func withoutPort(host string) string {
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		return host[:colon]
	}
	return host
}
