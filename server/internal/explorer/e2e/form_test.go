package e2e

import (
	"encoding/xml"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/internal/explorer/internal/aliyuncli"
)

const specialNames = "www.example.com, \"it's\" $(x) `y`\\.example.com"

// The aliyun command line is valid, and sends the call of the form to the
// form's endpoint.
func TestAliyunLine(t *testing.T) {
	t.Parallel()
	d := start(t)
	p := open(t, d.page("result=code")).ready().example()
	for _, tc := range []struct {
		name                string
		set                 map[string]string
		method, url, region string
	}{
		{"here", nil, "POST", "http://" + d.address(), "cn-hangzhou"},
		{"GET", map[string]string{"method": "GET"}, "GET", "http://" + d.address(), "cn-hangzhou"},
		{"the service", map[string]string{"method": "POST", "endpoint": "https://esa.ap-southeast-1.aliyuncs.com"}, "POST", "https://esa.ap-southeast-1.aliyuncs.com", "ap-southeast-1"},
	} {
		for id, value := range tc.set {
			p.set(id, value)
		}
		p.set("p-Domains", specialNames+tc.name)
		p.click("tab-request")
		p.untilHas("request-url", url.PathEscape(".example.com"+tc.name))
		p.click("tab-code")
		p.click("sample-aliyun")
		p.untilHas("sample-code", ".example.com"+tc.name) // re-signed
		s := p.sample("aliyun")
		cmd := exec.Command("bash", "-eu", "-c", `aliyun() { printf '%s\n' "$@"; }`+"\n"+s.Code)
		cmd.Stdin = strings.NewReader("testsecret\n")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v: %s", tc.name, err, out)
		}
		got, err := aliyuncli.Parse(strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"), false)
		want := aliyuncli.Call{
			Action: "ApplyCertificate", Version: "2024-09-10", Method: tc.method, URL: tc.url, Region: tc.region, Verify: true,
			Parameters: map[string]string{"SiteId": "1234567890123", "Domains": specialNames + tc.name, "Type": "lets_encrypt"},
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\nthe line makes the call %+v\nthe form          %+v", tc.name, err, got, want)
		}
	}
}

// The Java program is well formed and contains the call. If ESACERT_E2E_MAVEN
// is set, the program is compiled and run with the printed dependency.
func TestJavaSample(t *testing.T) {
	t.Parallel()
	d := start(t)
	p := open(t, d.page("result=code")).ready().example()
	for i, situation := range situations {
		for id, value := range map[string]string{"scheme": "acs3", "method": "POST", "place": "query", "key-id": "testid", "secret": "testsecret", "token": ""} {
			p.set(id, value)
		}
		for id, value := range situation.set {
			p.set(id, value)
		}
		name := fmt.Sprintf("java-%d.example.com", i)
		p.set("p-Domains", name+","+specialNames)
		p.untilHas("sample-code", name)
		s := p.sample("java")
		for _, want := range []string{
			"public class Apply {", `System.getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET")`, fmt.Sprintf(`.setEndpoint(%q)`, d.address()), `.setProtocol("http")`,
			`.setAction("ApplyCertificate").setVersion("2024-09-10")`, fmt.Sprintf(`.setMethod(%q)`, situation.method), `parameters.put("SiteId", "1234567890123");`,
			fmt.Sprintf(`parameters.put("Domains", "%s,www.example.com, \"it's\" $(x) `+"`y`"+`\\.example.com");`, name),
		} {
			if !strings.Contains(s.Code, want) {
				t.Errorf("%s: %s is not in\n%s", situation.name, want, s.Code)
			}
		}
		for part, wanted := range map[string]bool{"setSecurityToken": situation.name == "STS", `setSignatureAlgorithm("v2")`: situation.scheme == "HMAC-SHA1", "setBody(": situation.name == "form body"} {
			if strings.Contains(s.Code, part) != wanted {
				t.Errorf("%s: %s is there: %v\n%s", situation.name, part, !wanted, s.Code)
			}
		}
		if problem := unbalanced(s.Code); problem != "" {
			t.Errorf("%s: %s\n%s", situation.name, problem, s.Code)
		}
		var dependency struct{ GroupID, ArtifactID, Version string }
		if err := xml.Unmarshal([]byte(strings.NewReplacer("groupId", "GroupID", "artifactId", "ArtifactID", "version", "Version").Replace(s.Install)), &dependency); err != nil || dependency.GroupID != "com.aliyun" || dependency.ArtifactID == "" || dependency.Version == "" {
			t.Errorf("the dependency is %q: %+v %v", s.Install, dependency, err)
		}
		if os.Getenv("ESACERT_E2E_MAVEN") != "" {
			p.set("p-Domains", name+",*."+name)
			p.untilHas("sample-code", "*."+name)
			s = p.sample("java")
			check(t, d, "java", situation, run(t, d, maven, s, situation), name)
		}
	}
}

// maven fetches the printed dependency for the printed command.
func maven(t *testing.T, folder string, s sample) {
	pom := `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>t</groupId><artifactId>t</artifactId><version>1</version><dependencies>` + s.Install + `</dependencies></project>`
	if err := os.WriteFile(filepath.Join(folder, "pom.xml"), []byte(pom), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=jars")
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("mvn: %v: %s", err, out)
	}
}

// unbalanced returns the place at which the brackets of a program do not match, ignoring
// literals.
func unbalanced(code string) string {
	var open []rune
	inText, escaped := false, false
	for i, r := range code {
		switch {
		case escaped:
			escaped = false
		case inText && r == '\\':
			escaped = true
		case r == '"':
			inText = !inText
		case inText && r == '\n':
			return fmt.Sprintf("a literal is not closed at byte %d", i)
		case inText:
		case strings.ContainsRune("({[", r):
			open = append(open, map[rune]rune{'(': ')', '{': '}', '[': ']'}[r])
		case strings.ContainsRune(")}]", r):
			if len(open) == 0 || open[len(open)-1] != r {
				return fmt.Sprintf("%c at byte %d closes nothing", r, i)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 || inText {
		return "something is not closed"
	}
	return ""
}
