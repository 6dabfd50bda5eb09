package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func contract(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// generate runs the generator over a contract and returns what it wrote.
func generate(t *testing.T, contract string) (errorsCode, factsCode string, err error) {
	t.Helper()
	dir := t.TempDir()
	in, errorsOut, factsOut := filepath.Join(dir, "openapi.yaml"), filepath.Join(dir, "e.go"), filepath.Join(dir, "f.go")
	if err := os.WriteFile(in, []byte(contract), 0o600); err != nil {
		t.Fatal(err)
	}
	err = run(t.Context(), in, errorsOut, factsOut)
	read := func(name string) string {
		data, readErr := os.ReadFile(name)
		if readErr != nil && err == nil {
			t.Fatal(readErr)
		}
		return string(data)
	}
	return read(errorsOut), read(factsOut), err
}

func TestGeneratedFilesAreCurrent(t *testing.T) {
	t.Parallel()
	errorsCode, factsCode, err := generate(t, contract(t))
	if err != nil {
		t.Fatal(err)
	}
	for path, got := range map[string]string{"esaerrors/errors.gen.go": errorsCode, "esaapi/facts.gen.go": factsCode} {
		want, err := os.ReadFile(filepath.Join("..", "..", "gen", filepath.FromSlash(path)))
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("gen/%s is out of date: run go generate ./...", path)
		}
	}
}

func TestInvalidContractsAreRejected(t *testing.T) {
	t.Parallel()
	whole := contract(t)
	for _, tc := range []struct{ name, old, new, want string }{
		{"missing row", "x-error-row: 7\n", "x-error-row: 70\n", "row 7 is missing"},
		{"duplicate row", "x-error-row: 7\n", "x-error-row: 6\n", "row 7 is missing or duplicate"},
		{"row without a number", "x-error-row: 7\n", "x-other: 7\n", "x-error-row is <nil>"},
		{"key of another code", "                SiteNotFound:\n", "                SiteLost:\n", "example SiteLost"},
		{"key that is not the code", "Code: SiteNotFound\n", "Code: SiteLost\n", "the key must be the code SiteLost"},
		{"no description", `description: "The quota is exceeded."`, `description: ""`, "code, message and description"},
		{"status of the gateway", "x-http-status: 503", "x-http-status: 200", "want 400 to 599"},
		{"remedy of a row", "x-remedy: \"send the parameter SiteId,", "x-cure: \"send the parameter SiteId,", "x-remedy is missing"},
		{"empty remedy", "x-remedy: \"call again after a while\"", "x-remedy: \"\"", "x-remedy must be a string"},
		{"evidence of the gateway", "x-evidence: inferred\n                  description: \"Neither", "x-evidence: rumour\n                  description: \"Neither", "x-evidence is"},
		{"algorithms without values", "x-values: { AlgorithmRSA: RSA", "x-worth: { AlgorithmRSA: RSA", "AlgorithmType: x-values is missing"},
		{"empty algorithm", "AlgorithmRSA: RSA", "AlgorithmRSA: \"\"", "AlgorithmRSA is \"\""},
		{"algorithm without a length", "maxLength: 64", "minLength: 0", "AlgorithmType: maxLength is missing"},
		{"type without limits", "        digicert_single: {", "        digicert_double: {", "x-limits of digicert_single"},
		{"no largest list", "x-max-items: 1000", "x-most-items: 1000", "parameter Domains: x-max-items is missing"},
		{"largest list of nothing", "x-max-items: 1000", "x-max-items: 0", "x-max-items is 0"},
		{"largest list below a type's", "x-max-items: 1000", "x-max-items: 49", "x-max-items is 49"},
		{"default that is not a type", "default: lets_encrypt", "default: nonesuch", "nonesuch"},
		{"no action", "x-acs: &acs", "x-acx: &acs", "x-acs is missing"},
		{"endpoint without region", "    x-region: cn-hangzhou\n", "", "x-region or x-alias"},
		{"no pattern of endpoints", whole[strings.Index(whole, "  - url: https://esa.{region}"):strings.Index(whole, "tags:\n")], "\n", "an entry with {region}"},
		{"example against the schema", "Code: SiteNotFound\n", "Code: 1\n", "validate"},
		{"invalid YAML", "openapi: 3.0.3", "openapi: [", "parse"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			broken := strings.Replace(whole, tc.old, tc.new, 1)
			if broken == whole {
				t.Fatalf("the contract has no %q to break", tc.old)
			}
			_, _, err := generate(t, broken)
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %q does not contain %q", err, tc.want)
			}
		})
	}
}

func TestCodeAndMessageAreUnique(t *testing.T) {
	t.Parallel()
	err := checkUnique([]tableRow{{Key: "A", Code: "A", Message: "m"}, {Key: "A.B", Code: "A", Message: "m"}})
	if err == nil || !strings.Contains(err.Error(), "code and message") {
		t.Errorf("checkUnique = %v", err)
	}
}

func TestOutputsAreNeeded(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), "openapi.yaml", "", ""); err == nil {
		t.Error("run without outputs was accepted")
	}
}

func TestGoName(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"MissingSiteId": "MissingSiteID", "QuotaExceed.RecordCount": "QuotaExceedRecordCount",
		"InvalidAccessKeyId.NotFound": "InvalidAccessKeyIDNotFound", "InvalidParameter.Domains.TooMany": "InvalidParameterDomainsTooMany",
	} {
		if got := exportedName(key); got != want {
			t.Errorf("exportedName(%q) = %q, want %q", key, got, want)
		}
	}
}
