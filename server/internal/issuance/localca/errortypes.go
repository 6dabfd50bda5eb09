package localca

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ErrorTypes returns the error types of RFC 8555, section 6.7, which are valid
// in Fault.Refuse besides URNs.
func ErrorTypes() []string {
	return []string{
		"accountDoesNotExist", "alreadyRevoked", "badCSR", "badNonce", "badPublicKey", "badRevocationReason",
		"badSignatureAlgorithm", "caa", "compound", "connection", "dns", "externalAccountRequired", "incorrectResponse",
		"invalidContact", "malformed", "orderNotReady", "rateLimited", "rejectedIdentifier", "serverInternal", "tls",
		"unauthorized", "unsupportedContact", "unsupportedIdentifier", "userActionRequired",
	}
}

// checkErrorType rejects misspelled types. The syntax of a URN is that of RFC
// 8141, section 2.
func checkErrorType(refuse string) error {
	urn := regexp.MustCompile(`^(?i:urn:[a-z0-9][a-z0-9-]{0,30}[a-z0-9]:).`)
	if slices.Contains(ErrorTypes(), refuse) || urn.MatchString(refuse) {
		return nil
	}
	return fmt.Errorf("refuse: %q is not an error type: want a URN or one of %s", refuse, strings.Join(ErrorTypes(), ", "))
}
