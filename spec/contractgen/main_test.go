package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// source is a copy of the contract that a test may change.
type source struct {
	t   *testing.T
	dir string
}

func copySource(t *testing.T) source {
	t.Helper()
	s := source{t, t.TempDir()}
	if err := os.CopyFS(filepath.Join(s.dir, "operations"), os.DirFS("../operations")); err != nil {
		t.Fatal(err)
	}
	s.write("common.yaml", readText(t, "../common.yaml"))
	return s
}

func readText(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func (s source) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, filepath.FromSlash(name)), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// replace replaces the first occurrence of a text in a file.
func (s source) replace(name, from, to string) {
	s.t.Helper()
	whole := readText(s.t, filepath.Join(s.dir, filepath.FromSlash(name)))
	changed := strings.Replace(whole, from, to, 1)
	if changed == whole {
		s.t.Fatalf("%s has no %q", name, from)
	}
	s.write(name, changed)
}

// generate returns the generated files by path.
func (s source) generate() (map[string]string, error) {
	c, err := load(s.t.Context(), s.dir)
	if err != nil {
		return nil, err
	}
	files, err := generate(s.t.Context(), c)
	texts := map[string]string{}
	for _, f := range files {
		texts[f.path] = string(f.data)
	}
	return texts, err
}

func TestGeneratedFilesAreCurrent(t *testing.T) {
	t.Parallel()
	files, err := copySource(t).generate()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 15 {
		t.Errorf("%d files were generated", len(files))
	}
	for path, got := range files {
		if want := readText(t, filepath.Join("..", "..", "gen", filepath.FromSlash(path))); got != want {
			t.Errorf("gen/%s is out of date: run go generate ./...", path)
		}
	}
}

const (
	common   = "common.yaml"
	apply    = "operations/applycertificate.yaml"
	deleting = "operations/deletecertificate.yaml"
)

func TestInvalidContractsAreRejected(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, file, from, to, want string }{
		{"invalid YAML", apply, "openapi: 3.0.3", "openapi: [", "parse"},
		{"example against the schema", apply, "Code: SiteNotFound\n", "Code: 1\n", "validate"},
		{"anchor", apply, "x-ram-authorization:", "x-ram-authorization: &ram", "anchor or alias"},
		{"other servers", apply, "https://esa.aliyuncs.com", "https://esa.example.com", "servers differs"},
		{"other security", apply, "  - bearerToken: []\n", "", "security differs"},
		{"other version", apply, `version: "2024-09-10"`, `version: "2024-09-11"`, "info.version"},
		{"another action", apply, "enum: [ApplyCertificate]", "enum: [ApplyCertificates]", "must be named applycertificates.yaml"},
		{"two actions", apply, "enum: [ApplyCertificate]", "enum: [ApplyCertificate, B]", "has 2 values"},
		{"operation ID", apply, "operationId: ApplyCertificateGet", "operationId: Other", "want ApplyCertificateGet"},
		{"another path", apply, "paths:\n  /:", "paths:\n  /x:", "want one path"},
		{"RAM without a resource", apply, "arn: acs:esa", "name: acs:esa", "x-ram-authorization"},
		{"no remedy", apply, "x-remedy: \"check SiteId on", "x-cure: \"check SiteId on", "x-remedy is missing"},
		{"empty remedy", common, "x-remedy: \"call again after a while\"", "x-remedy: \"\"", "x-remedy must be"},
		{"key of another code", apply, "            SiteNotFound:\n", "            SiteLost:\n", "example SiteLost"},
		{"no description", apply, `description: "The quota is exceeded."`, `description: ""`, "code, message and description"},
		{"gateway without a status", common, "x-http-status: 503", "x-http-status: 200", "want 400 to 599"},
		{"gateway without evidence", common, "x-evidence: gateway\n              description: \"No such access key", "x-evidence: rumour\n              description: \"No such access key", "x-evidence is"},
		{"row of two operations", deleting, "            InternalException: { $ref: \"../common.yaml#/components/examples/InternalException\" }\n",
			"            InternalException:\n              description: d\n              x-remedy: r\n              value: { RequestId: R, Code: InternalException, Message: \"Failed to call the service. Try again later or contact technical support.\" }\n",
			"move it to components/examples"},
		{"same key, other message", deleting, "            InternalException: { $ref: \"../common.yaml#/components/examples/InternalException\" }\n",
			"            InternalException:\n              description: d\n              x-remedy: r\n              value: { RequestId: R, Code: InternalException, Message: other }\n",
			"add a suffix to the key"},
		{"key of the gateway", deleting, "InternalError.DeleteCertificate:", "InternalError:", "add a suffix"},
		{"unknown error of a parameter", deleting, "x-missing: Id.MissingParameter", "x-missing: Id.Lost", "x-missing names Id.Lost"},
		{"component of two files", deleting, "    DeleteCertificateAccepted:", "    GetCertificateAccepted:", "GetCertificateAccepted"},
		{"algorithms without values", apply, "x-values: { AlgorithmRSA: RSA", "x-worth: { AlgorithmRSA: RSA", "AlgorithmType: x-values is missing"},
		{"empty algorithm", apply, "AlgorithmRSA: RSA", "AlgorithmRSA: \"\"", "AlgorithmRSA is \"\""},
		{"algorithm without a length", apply, "maxLength: 64", "minLength: 0", "AlgorithmType: maxLength is missing"},
		{"type without limits", apply, "        digicert_single: {", "        digicert_double: {", "x-limits of digicert_single"},
		{"no largest list", apply, "x-max-items: 1000", "x-most-items: 1000", "parameter Domains: x-max-items is missing"},
		{"largest list below a type's", apply, "x-max-items: 1000", "x-max-items: 49", "x-max-items is 49"},
		{"default that is not a type", apply, "default: lets_encrypt", "default: nonesuch", "nonesuch"},
		{"no product", common, "x-product: ESA", "x-produce: ESA", "x-product is missing"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := copySource(t)
			s.replace(tc.file, tc.from, tc.to)
			if tc.name == "component of two files" {
				s.replace(tc.file, "responses/DeleteCertificateAccepted", "responses/GetCertificateAccepted")
			}
			_, err := s.generate()
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %q does not contain %q", err, tc.want)
			}
		})
	}
}

// An optional parameter is generated from the contract alone.
func TestNewParameter(t *testing.T) {
	t.Parallel()
	s := copySource(t)
	s.replace("operations/getsite.yaml", `      - $ref: "../common.yaml#/components/parameters/SiteId"
`, `      - $ref: "../common.yaml#/components/parameters/SiteId"
      - name: Depth
        in: query
        description: How much is returned.
        schema: { type: integer, format: int64 }
`)
	files, err := s.generate()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"esaops/operations.gen.go":    `{Name: "Depth", Kind: Int64, Invalid: esaerrors.InvalidDepth}`,
		"esaerrors/errors.gen.go":     "InvalidDepth = &Error{",
		"../client/operations.gen.go": "params.Depth = &in.Depth",
		"esaspec/getsite.yaml":        "name: Depth",
	} {
		if !strings.Contains(files[path], want) {
			t.Errorf("%s lacks %q", path, want)
		}
	}
}

func TestNothingIsWrittenForAnInvalidContract(t *testing.T) {
	t.Parallel()
	s := copySource(t)
	s.replace(apply, "default: lets_encrypt", "default: nonesuch")
	out := t.TempDir()
	if err := run(t.Context(), s.dir, out); err == nil {
		t.Fatal("accepted")
	}
	if written, err := os.ReadDir(out); err != nil || len(written) > 0 {
		t.Errorf("%v, %v", written, err)
	}
}

func TestOutputIsNeeded(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), "..", ""); err == nil {
		t.Error("run without an output directory was accepted")
	}
}

func TestExportedName(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"MissingSiteId": "MissingSiteID", "QuotaExceed.RecordCount": "QuotaExceedRecordCount", "Id.MissingParameter": "IDMissingParameter",
		"InvalidAccessKeyId.NotFound": "InvalidAccessKeyIDNotFound", "InvalidParameter.Domains.TooMany": "InvalidParameterDomainsTooMany", "": "",
	} {
		if got := exportedName(key); got != want {
			t.Errorf("exportedName(%q) = %q, want %q", key, got, want)
		}
	}
}
