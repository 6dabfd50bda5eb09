package signature

import (
	"net/url"
	"slices"
	"strings"
)

// maxParameters is how many parameters a query and a form body may have
// together. They are counted and sorted before authentication, so the limit
// bounds the cost of an unauthenticated request.
const maxParameters = 4096

// pair is one parameter, form-encoded as on the wire.
type pair struct {
	name, value string
}

// CanonicalQuery returns the canonical form of a raw query, which both schemes
// sign: parameters decoded as a form (+ is a space), sorted by name, names and
// values encoded by RFC 3986, joined by & and =. It is idempotent.
//
//   - A parameter sent twice is kept twice, the smaller value first. The
//     vendor's pages sort by name and are silent on repeats; sorting the values
//     too makes the form independent of the order on the wire, and keeping all
//     of them signs everything that a server might read.
//   - A parameter without = has the empty value and is written with it; empty
//     pieces between two & are omitted.
//   - Only & separates. A semicolon is data, as in every browser, and is
//     written %3B. (net/url drops such a parameter; read the query with
//     ParseQuery, and what was verified is what is used.)
//   - A query with an invalid percent-encoding, or with more than 4096
//     parameters, is rejected with an *Error of ErrUndecodable.
func CanonicalQuery(raw string) (string, error) {
	pairs, err := appendPairs(nil, raw)
	if err != nil {
		return "", err
	}
	sortPairs(pairs)
	return string(appendCanonicalQuery(nil, pairs)), nil
}

// ParseQuery decodes a raw query or a form body by the rules of CanonicalQuery.
// A server that reads its parameters with it reads exactly what the signature
// covers. For invalid encodings it returns an *Error of ErrUndecodable.
func ParseQuery(raw string) (url.Values, error) {
	var pairArray [pairBufSize]pair
	pairs, err := appendPairs(pairArray[:0], raw)
	if err != nil {
		return nil, err
	}
	values := make(url.Values, len(pairs))
	// One array holds the values of all names that occur once.
	decoded := make([]string, len(pairs))
	for i, p := range pairs {
		name := decode(p.name)
		decoded[i] = decode(p.value)
		if before, repeated := values[name]; repeated {
			values[name] = append(before, decoded[i])
			continue
		}
		values[name] = decoded[i : i+1 : i+1]
	}
	return values, nil
}

// appendPairs splits a raw query into its parameters.
func appendPairs(dst []pair, raw string) ([]pair, error) {
	for {
		p, rest, ok, err := nextPair(raw)
		if err != nil {
			return dst, err
		}
		if !ok {
			return dst, nil
		}
		if len(dst) == maxParameters {
			return dst, tooMany()
		}
		dst = append(dst, p)
		raw = rest
	}
}

// nextPair splits the first parameter off a raw query and checks that it can be
// decoded. ok is false at the end.
func nextPair(raw string) (p pair, rest string, ok bool, err error) {
	for raw != "" {
		piece, after, _ := strings.Cut(raw, "&")
		raw = after
		if piece == "" {
			continue
		}
		p.name, p.value, _ = strings.Cut(piece, "=")
		if broken := brokenEscape(p.name); broken != "" {
			return pair{}, "", false, &Error{Reason: ErrUndecodable, Detail: "invalid percent-encoding in a parameter name: " + excerpt(broken)}
		}
		if broken := brokenEscape(p.value); broken != "" {
			return pair{}, "", false, &Error{Reason: ErrUndecodable, Parameter: decode(p.name), Detail: "invalid percent-encoding in its value: " + excerpt(broken)}
		}
		return p, raw, true, nil
	}
	return pair{}, "", false, nil
}

func tooMany() error {
	return &Error{Reason: ErrUndecodable, Detail: "more than 4096 parameters"}
}

// sortPairs sorts parameters in canonical order: by the bytes of the decoded
// name, as the vendor's SDKs sort them, then by those of the value.
func sortPairs(pairs []pair) {
	slices.SortFunc(pairs, func(a, b pair) int {
		if c := compareDecoded(a.name, b.name); c != 0 {
			return c
		}
		return compareDecoded(a.value, b.value)
	})
}

// appendCanonicalQuery writes sorted parameters in canonical form.
func appendCanonicalQuery(dst []byte, pairs []pair) []byte {
	for i, p := range pairs {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = appendRecoded(dst, p.name)
		dst = append(dst, '=')
		dst = appendRecoded(dst, p.value)
	}
	return dst
}
