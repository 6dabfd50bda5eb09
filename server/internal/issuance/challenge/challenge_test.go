package challenge_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/internal/issuance/challenge"
)

// The digest was computed with: printf %s TOKEN.THUMBPRINT | openssl dgst -sha256
// -binary | basenc --base64url.
func ExampleChallenge() {
	c := challenge.Challenge{
		Type:             challenge.DNS01,
		Name:             "example.com",
		Token:            "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA",
		KeyAuthorization: "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI",
	}
	fmt.Println(c.RecordName(), "TXT", c.RecordValue())
	// Output: _acme-challenge.example.com TXT lCM7cZyQXcVHK2nnW3jjAhNT3Fvm18UN-kWZZknKoYM
}

func TestRecordName(t *testing.T) {
	t.Parallel()
	for domain, want := range map[string]string{
		"example.com":      "_acme-challenge.example.com",
		"*.example.com":    "_acme-challenge.example.com",
		"www.example.com.": "_acme-challenge.www.example.com",
	} {
		if got := challenge.RecordName(domain); got != want {
			t.Errorf("%s: got %s, want %s", domain, got, want)
		}
	}
}

func TestCheckToken(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]string{
		"a-Z_09":                                "",
		"":                                      "empty token",
		"a b":                                   `byte 2 of the token is ' '`,
		"a=":                                    `byte 2 of the token is '='`,
		strings.Repeat("a", challenge.MaxToken): "",
		strings.Repeat("a", challenge.MaxToken+1): "has 129 bytes, want at most 128",
	} {
		err := challenge.CheckToken(token)
		if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", token, err, want)
		}
	}
}
