package dns01

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/esacert/esacert/server/internal/issuance/challenge"
)

// challengeLabel is the length of the label of a domain name in the zone.
const challengeLabel = 32

// Target returns the name in the zone to which the challenge name of a domain, for
// example _acme-challenge.www.example.com, must point (CNAME). It depends on its
// arguments only. The result and the arguments have no trailing dot.
func Target(zone, domain string) string {
	return challengeLabelOf(domain) + "." + strings.ToLower(strings.TrimSuffix(zone, "."))
}

// Delegation returns the record that an operator adds to the DNS of a site, in the
// format of a zone file.
func Delegation(zone, domain string) string {
	return fmt.Sprintf("%s. CNAME %s.", challenge.RecordName(strings.ToLower(domain)), Target(zone, domain))
}

func challengeLabelOf(domain string) string {
	domain = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(domain, "*."), "."))
	digest := sha256.Sum256([]byte(domain))
	return hex.EncodeToString(digest[:])[:challengeLabel]
}
