package dns01_test

import (
	"fmt"

	"github.com/esacert/esacert/server/internal/issuance/dns01"
)

// The records that an operator adds to the DNS of a site before the first
// certificate.
func ExampleDelegation() {
	fmt.Println(dns01.Delegation("acme.example.net", "www.example.com"))
	fmt.Println(dns01.Delegation("acme.example.net", "*.example.com"))
	fmt.Println(dns01.Delegation("acme.example.net", "example.com"))
	// Output:
	// _acme-challenge.www.example.com. CNAME 80fc0fb9266db7b83f85850fa0e6548b.acme.example.net.
	// _acme-challenge.example.com. CNAME a379a6f6eeafb9a55e378c118034e275.acme.example.net.
	// _acme-challenge.example.com. CNAME a379a6f6eeafb9a55e378c118034e275.acme.example.net.
}
