package ram_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/esacert/esacert/server/internal/ram"
)

const (
	apply   = "esa:ApplyCertificate"
	site123 = "acs:esa:cn-hangzhou:1000000000000001:site/123"
)

// readJSON fills target from a file of testdata. A key that target does not have
// fails the test, so that no case is misspelt into asserting nothing.
func readJSON(t *testing.T, file string, target any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(target); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func mustParse(t testing.TB, document string) *ram.Policy {
	t.Helper()
	policy, err := ram.Parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// marshal returns the document of a policy.
func marshal(t testing.TB, policy *ram.Policy) string {
	t.Helper()
	document, err := policy.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(document)
}
