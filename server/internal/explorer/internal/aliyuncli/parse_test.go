package aliyuncli_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/internal/explorer/internal/aliyuncli"
)

// The results are those of aliyun 3.4.11, which was run with these lines.
func TestParse(t *testing.T) {
	t.Parallel()
	const start = "esa ApplyCertificate --SiteId 1234567890123 "
	names := func(domains string) map[string]string {
		return map[string]string{"SiteId": "1234567890123", "Domains": domains}
	}
	for _, test := range []struct {
		name, line string
		want       aliyuncli.Call
	}{
		{"plain", start + "--Domains a.example.com --endpoint 127.0.0.1:8080 --insecure",
			aliyuncli.Call{Method: "POST", URL: "http://127.0.0.1:8080", Parameters: names("a.example.com"), Verify: true}},
		{"force sends GET", start + "--Domains a.example.com --endpoint 127.0.0.1:8080 --insecure --force",
			aliyuncli.Call{Method: "GET", URL: "http://127.0.0.1:8080", Parameters: names("a.example.com"), Verify: true}},
		{"force with a method", start + "--Domains a.example.com --endpoint 127.0.0.1:8080 --force --method POST --insecure",
			aliyuncli.Call{Method: "POST", URL: "http://127.0.0.1:8080", Parameters: names("a.example.com"), Verify: true}},
		{"https", start + "--Domains a.example.com -e 127.0.0.1:8080 --region cn-hangzhou --skip-secure-verify --method GET",
			aliyuncli.Call{Method: "GET", URL: "https://127.0.0.1:8080", Region: "cn-hangzhou", Parameters: names("a.example.com")}},
		{"a hyphen loses the value", start + "--Domains -x.example.com --force",
			aliyuncli.Call{Method: "GET", URL: "https://", Parameters: names(""), Verify: true}},
		{"a joined value keeps it", start + "--Domains=-x.example.com --force",
			aliyuncli.Call{Method: "GET", URL: "https://", Parameters: names("-x.example.com"), Verify: true}},
		{"three hyphens are a value", start + "--Domains ---x --force",
			aliyuncli.Call{Method: "GET", URL: "https://", Parameters: names("---x"), Verify: true}},
		{"signs in a value", start + "--Domains a=b:c",
			aliyuncli.Call{Method: "POST", URL: "https://", Parameters: names("a=b:c"), Verify: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.want.Action, test.want.Version = "ApplyCertificate", "2024-09-10"
			got, err := aliyuncli.Parse(strings.Fields(test.line), true)
			if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const start = "esa ApplyCertificate --SiteId 1234567890123 --Domains a.example.com "
	for _, test := range []struct{ name, line, says string }{
		{"the old line of the README", start + "--version 2024-09-10 --force --endpoint 127.0.0.1:8080 --insecure", "unchecked version 2024-09-10"},
		{"version", start + "--version 2024-09-10", "unchecked version 2024-09-10"},
		{"case of a parameter", "esa ApplyCertificate --SiteId 1 --domains a.example.com", "'--domains' is not a valid parameter or flag"},
		{"unknown parameter", start + "--Other x", "'--Other' is not a valid parameter or flag"},
		{"missing parameter", "esa ApplyCertificate --SiteId 1", "required parameters not assigned: --Domains"},
		{"operation", "esa ApplyCertificates --SiteId 1", "not a valid api"},
		{"plugin", "esa apply-certificate --site-id 1", "plugin"},
		{"product", "dcdn ApplyCertificate", "do not name a product"},
		{"method", start + "--method PUT", "--method value PUT is not supported"},
		{"duplicate", start + "--Domains b.example.com", "--Domains duplicated"},
		{"value of a switch", start + "--insecure=true", "can't be assigned"},
		{"no value", start + "--endpoint --insecure", "--endpoint must be assigned with value"},
		{"two hyphens", start + "-- x", "not support '--'"},
		{"too many words", start + "--insecure more", "too many arguments"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := aliyuncli.Parse(strings.Fields(test.line), true)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%+v, %v; want an error with %q", got, err, test.says)
			}
		})
	}
}

func TestParseNeedsARegion(t *testing.T) {
	t.Parallel()
	line := strings.Fields("esa ApplyCertificate --SiteId 1 --Domains a.example.com")
	if _, err := aliyuncli.Parse(line, false); err == nil || err.Error() != "region can't be empty" {
		t.Errorf("%v", err)
	}
	if _, err := aliyuncli.Parse(append(line, "--region", "cn-hangzhou"), false); err != nil {
		t.Error(err)
	}
}

// The client's metadata and the contract spell the parameters identically, and agree
// on the method.
func TestOperationsAreTheContracts(t *testing.T) {
	t.Parallel()
	known := aliyuncli.Operations()
	if len(known) != len(esaops.All())-1 { // without GetDcvDelegation, which has no page
		t.Errorf("the metadata has %d operations", len(known))
	}
	for action, operation := range known {
		op, ok := esaops.Find(action)
		if !ok || op.Methods[0] != operation.Method {
			t.Errorf("%s has method %s in the metadata", action, operation.Method)
			continue
		}
		for name, required := range operation.Parameters {
			if p, ok := op.Parameter(name); !ok || p.Required != required {
				t.Errorf("%s.%s: required is %t in the metadata; in the contract: %t, %t", action, name, required, ok, p.Required)
			}
		}
	}
}

// The metadata decides method and parameters of each operation.
func TestParseOperations(t *testing.T) {
	t.Parallel()
	got, err := aliyuncli.Parse(strings.Fields("esa DeleteCertificate --SiteId 1 --Id 2 -e h:1"), true)
	want := aliyuncli.Call{Action: "DeleteCertificate", Version: "2024-09-10", Method: "GET", URL: "https://h:1", Parameters: map[string]string{"SiteId": "1", "Id": "2"}, Verify: true}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := aliyuncli.Parse(strings.Fields("esa GetDcvDelegation --SiteId 1"), true); err == nil || !strings.Contains(err.Error(), "not a valid api") {
		t.Error(err)
	}
	if _, err := aliyuncli.Parse(strings.Fields("esa GetSite --SiteId 1 --Domains a"), true); err == nil || !strings.Contains(err.Error(), "'--Domains' is not a valid parameter") {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("esa ApplyCertificate --SiteId 1 --Domains=-x --insecure -e h:1 --output a b")
	f.Add("--x -y: - --=")
	f.Fuzz(func(t *testing.T, line string) {
		call, err := aliyuncli.Parse(strings.Fields(line), true)
		if err == nil && (call.Action == "" || call.Method != "GET" && call.Method != "POST") {
			t.Errorf("%q: %+v", line, call)
		}
	})
}
