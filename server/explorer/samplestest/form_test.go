//go:build e2e

package samplestest

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// formTexts are the odd texts, and a usual one.
func formTexts() map[string]string {
	texts := oddTexts()
	texts["usual"] = "www.example.com,*.example.com"
	return texts
}

// TestAliyunLine lets a shell read the line: the words that the command would
// get are those of the form, and the key is in its environment.
func TestAliyunLine(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	const stand = "#!/bin/sh\nprintf '%s\\0' \"$ALIBABA_CLOUD_ACCESS_KEY_ID\" \"$ALIBABA_CLOUD_ACCESS_KEY_SECRET\" \"$@\"\n"
	for name, domains := range formTexts() {
		for _, method := range []string{"POST", "GET"} {
			t.Run(name+"/"+method, func(t *testing.T) {
				t.Parallel()
				c := form("http://127.0.0.1:8080", domains)
				c.Method = method
				folder := t.TempDir()
				write(t, filepath.Join(folder, "aliyun"), stand)
				if err := os.Chmod(filepath.Join(folder, "aliyun"), 0o700); err != nil {
					t.Fatal(err)
				}
				out := execute(t, folder, folder, "bash", s.printed(t, c)["aliyun"].Code)
				want := []string{
					"testid", "testsecret", "esa", "ApplyCertificate", "--SiteId", site, "--Domains", domains, "--Type", "lets_encrypt",
					"--version", "2024-09-10", "--force", "--region", "cn-hangzhou", "--endpoint", "127.0.0.1:8080", "--insecure",
				}
				if method != "POST" {
					want = append(want, "--method", method)
				}
				got := strings.Split(strings.TrimSuffix(out.stdout, "\x00"), "\x00")
				if !slices.Equal(got, want) || out.code != 0 {
					t.Errorf("the words are\n%q, want\n%q (%d, %s)", got, want, out.code, out.stderr)
				}
			})
		}
	}
}

// TestJavaForm reads the Java samples as far as one can without the vendor's
// packages: literals, brackets, imports, and the calls with their values.
func TestJavaForm(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for name, domains := range formTexts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := form("http://127.0.0.1:8080", domains)
			imports := []string{
				"com.aliyun.teaopenapi.Client", "com.aliyun.teaopenapi.models.Config", "com.aliyun.teaopenapi.models.OpenApiRequest",
				"com.aliyun.teaopenapi.models.Params", "com.aliyun.teautil.models.RuntimeOptions", "com.google.gson.Gson",
				"java.util.HashMap", "java.util.Map",
			}
			calls := []string{
				`.setAccessKeyId(System.getenv("ALIBABA_CLOUD_ACCESS_KEY_ID"))`, `.setAccessKeySecret(System.getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET"))`,
				`.setEndpoint("127.0.0.1:8080")`, `.setProtocol("http")`, `.setAction("ApplyCertificate").setVersion("2024-09-10")`,
				`parameters.put("SiteId", "` + site + `");`, `parameters.put("Domains", ` + "\x00);", `parameters.put("Type", "lets_encrypt");`,
				"client.callApi(params, request, new RuntimeOptions())",
			}
			checkJava(t, s.printed(t, c)["java"], imports, append(calls, `.setMethod("POST")`, "new OpenApiRequest().setQuery(parameters)"), domains)
			c.Method, c.Scheme = "GET", "rpc"
			checkJava(t, s.printed(t, c)["java"], imports, append(calls, `.setMethod("GET")`, `.setSignatureAlgorithm("v2")`), domains)
		})
	}
}

// javaLiteral is a string literal on one line with the escapes that Java and
// JSON share.
var javaLiteral = regexp.MustCompile(`"(?:[^"\\\n\r]|\\(?:["\\bfnrt]|u[0-9a-f]{4}))*"`)

// checkJava looks for imports and for calls, in which \x00 stands for a literal
// of the domains.
func checkJava(t *testing.T, s sample, imports, calls []string, domains string) {
	t.Helper()
	var got []string
	for _, found := range regexp.MustCompile(`(?m)^import ([\w.]+);$`).FindAllStringSubmatch(s.Code, -1) {
		got = append(got, found[1])
	}
	if !slices.Equal(got, imports) {
		t.Errorf("imports %q, want %q", got, imports)
	}
	marked := javaLiteral.ReplaceAllStringFunc(s.Code, func(literal string) string {
		var value string
		if err := json.Unmarshal([]byte(literal), &value); err != nil {
			t.Errorf("literal %s: %v", literal, err)
		}
		if value == domains {
			return "\x00"
		}
		return literal
	})
	for _, want := range append(calls, "public class Apply {", "public static void main(String[] args) throws Exception {") {
		if !strings.Contains(marked, want) {
			t.Errorf("%q is not in\n%s", want, s.Code)
		}
	}
	bare := javaLiteral.ReplaceAllString(s.Code, "")
	if strings.ContainsAny(bare, "\"\\'`") {
		t.Errorf("what is outside the literals has quotes or escapes:\n%s", bare)
	}
	balanced(t, bare)
	if s.File != "Apply.java" || !regexp.MustCompile(`<version>\d+\.\d+\.\d+</version>`).MatchString(s.Install) {
		t.Errorf("file %s, dependency %s", s.File, s.Install)
	}
}

// balanced checks that brackets close in their order, and that statements end.
func balanced(t *testing.T, code string) {
	t.Helper()
	var open bytes.Buffer
	pairs := map[rune]byte{')': '(', '}': '{', ']': '['}
	for _, c := range code {
		switch c {
		case '(', '{', '[':
			open.WriteRune(c)
		case ')', '}', ']':
			last := open.Len() - 1
			if last < 0 || open.Bytes()[last] != pairs[c] {
				t.Fatalf("%q closes nothing in\n%s", c, code)
			}
			open.Truncate(last)
		case ';':
			if strings.HasSuffix(open.String(), "(") {
				t.Fatalf("a statement ends inside brackets in\n%s", code)
			}
		}
	}
	if open.Len() > 0 {
		t.Errorf("%q is not closed in\n%s", open.String(), code)
	}
}
