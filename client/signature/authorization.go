package signature

import (
	"slices"
	"strings"
)

// authorization has the parts of the Authorization header of ACS3:
//
//	ACS3-HMAC-SHA256 Credential=<id>,SignedHeaders=<a;b>,Signature=<hex>
type authorization struct {
	credential    string
	signedHeaders string
	signature     string
}

// parseAuthorization reads what follows the algorithm in an Authorization
// header of ACS3. The parts may be in any order, each once, with spaces after
// the commas; spaces in a credential are kept. Callers check parts that are
// present but empty.
func parseAuthorization(rest string) (authorization, error) {
	var a authorization
	parts := []struct {
		name string
		into *string
		seen bool
	}{
		{name: "Credential", into: &a.credential},
		{name: "SignedHeaders", into: &a.signedHeaders},
		{name: paramSignature, into: &a.signature},
	}
	for more := rest != ""; more; {
		var part string
		part, rest, more = strings.Cut(rest, ",")
		name, value, _ := strings.Cut(strings.TrimLeft(part, " \t"), "=")
		i := 0
		for i < len(parts) && parts[i].name != name {
			i++
		}
		if i == len(parts) {
			return a, malformed("unexpected part " + excerpt(name) + " besides Credential, SignedHeaders and Signature")
		}
		if parts[i].seen {
			return a, &Error{Reason: ErrDuplicate, Header: headerAuthorization, Detail: "its part " + name}
		}
		parts[i].seen = true
		*parts[i].into = value
	}
	switch {
	case a.credential == "":
		return a, &Error{Reason: ErrMissingAccessKeyID, Header: headerAuthorization}
	case !parts[2].seen:
		return a, &Error{Reason: ErrMissingParameter, Parameter: paramSignature, Header: headerAuthorization}
	case a.signedHeaders == "":
		return a, malformed("SignedHeaders is missing")
	}
	return a, nil
}

func malformed(detail string) error {
	return &Error{Reason: ErrMalformed, Header: headerAuthorization, Detail: detail}
}

// maxSignedHeaders is how many headers a signature may cover. The list is
// sorted before authentication; SDKs sign about ten.
const maxSignedHeaders = 256

// headerNames reads a list of signed headers and brings it into canonical form:
// lower-case and sorted. SDKs send it in this form; a client that sends
// another, but signs the canonical form, is accepted.
func headerNames(list string) ([]string, error) {
	if strings.Count(list, ";") >= maxSignedHeaders {
		return nil, malformed("SignedHeaders has more than 256 names")
	}
	names := strings.Split(list, ";")
	for i, name := range names {
		if !isToken(name) {
			return nil, malformed("SignedHeaders has " + excerpt(name) + ", which is not a header name")
		}
		names[i] = strings.ToLower(name)
	}
	if !slices.IsSorted(names) {
		slices.Sort(names)
	}
	for i := 1; i < len(names); i++ {
		if names[i] == names[i-1] {
			return nil, &Error{Reason: ErrDuplicate, Header: headerAuthorization, Detail: "SignedHeaders has " + excerpt(names[i]) + " twice"}
		}
	}
	return names, nil
}

// isToken reports whether a string is a valid header name (RFC 9110, section
// 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		letterOrDigit := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letterOrDigit && c != '-' && strings.IndexByte("!#$%&'*+.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}
