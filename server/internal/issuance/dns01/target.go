package dns01

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/esacert/esacert/server/internal/issuance/challenge"
)

// challengeLabel is the length of the label that stands for a domain name.
const challengeLabel = 32

// Target is the name in the zone that the challenge name of a domain name, like
// _acme-challenge.www.example.com, must be an alias (CNAME) of. It depends on
// its arguments alone. Neither has a dot at its end.
func Target(zone, domain string) string {
	return challengeLabelOf(domain) + "." + strings.ToLower(strings.TrimSuffix(zone, "."))
}

// Delegation is the record that an operator adds to the DNS of a site, once, in
// the form of a zone file.
func Delegation(zone, domain string) string {
	return fmt.Sprintf("%s. CNAME %s.", challenge.RecordName(strings.ToLower(domain)), Target(zone, domain))
}

func challengeLabelOf(domain string) string {
	domain = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(domain, "*."), "."))
	digest := sha256.Sum256([]byte(domain))
	return hex.EncodeToString(digest[:])[:challengeLabel]
}
