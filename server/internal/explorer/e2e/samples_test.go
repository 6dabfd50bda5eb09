package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// sample is what the page shows for one language.
type sample struct{ File, Install, Code, Run string }

var languages = []string{"esacert", "go", "node", "python", "java", "aliyun", "curl"}

// sample opens the tab of a language and reads the visible sample.
func (p *tab) sample(language string) sample {
	p.t.Helper()
	p.waitUntilSeen("sample-" + language)
	p.click("sample-" + language)
	s := sample{File: p.text("#sample .block:has(#sample-code) h3"), Code: p.text("sample-code")}
	for id, part := range map[string]*string{"sample-install": &s.Install, "sample-run": &s.Run} {
		if value[bool](p, find(id)+" !== null") {
			*part = p.text(id)
		}
	}
	return s
}

// Each language shows its own sample, by mouse and by keyboard.
func TestEveryLanguageIsShown(t *testing.T) {
	t.Parallel()
	p := open(t, start(t).page("result=code")).ready().example()
	p.waitUntilSeen("languages")
	for _, step := range []struct{ language, has string }{
		{"esacert", "client.New("}, {"go", "openapi."}, {"node", `import esa from "@alicloud`}, {"python", "import"}, {"java", "public class Apply"},
		{"aliyun", "aliyun esa"}, {"curl", "curl "}, {"python", "import"}, {"esacert", "client.New("},
	} {
		p.click("sample-" + step.language)
		p.see(fmt.Sprintf(`#sample-%s[aria-selected="true"]`, step.language))
		p.has("sample-code", step.has)
		p.see("sample")
		if n := value[int](p, `document.querySelectorAll('#languages [aria-selected="true"]').length`); n != 1 {
			t.Errorf("%s: %d languages are selected", step.language, n)
		}
		p.screenshot("sample-" + step.language)
	}
	for _, language := range []string{"go", "node", "python", "java", "aliyun", "curl", "esacert"} {
		p.do(chromedp.KeyEvent(kb.ArrowRight))
		p.see(fmt.Sprintf(`#sample-%s[aria-selected="true"]:focus`, language))
		p.see("sample-code")
	}
}

// sampleCase is a form, with its expected values in the journal.
type sampleCase struct {
	name string
	set  map[string]string
	// in the journal; ignored for samples that cannot choose them
	scheme, method string
}

var situations = []sampleCase{
	{"unchanged", nil, "ACS3-HMAC-SHA256", "POST"},
	{"HMAC-SHA1", map[string]string{"scheme": "rpc"}, "HMAC-SHA1", "POST"},
	{"GET", map[string]string{"method": "GET"}, "ACS3-HMAC-SHA256", "GET"},
	{"form body", map[string]string{"place": "form"}, "ACS3-HMAC-SHA256", "POST"},
	{"STS", map[string]string{"key-id": "STS.testid", "secret": "sts-secret", "token": "sts-token-example"}, "ACS3-HMAC-SHA256", "POST"},
}

// runners execute a printed sample like a user: they save the file under its
// name, run the printed commands in a shell, and type the secret.
var runners = map[string]func(t *testing.T, dir string, s sample){
	"esacert": goModule("replace github.com/esacert/esacert => " + absolute(root)),
	"go":      goModule(""),
	"node": func(t *testing.T, dir string, s sample) {
		link(t, filepath.Join(root, "conformance/adapters/node/node_modules"), filepath.Join(dir, "node_modules"))
	},
	"python": func(t *testing.T, dir string, s sample) {},
	"curl":   func(t *testing.T, dir string, s sample) {},
}

// The Go, Node, Python and curl samples are executed as printed, with the
// printed commands, and all return the same response. (Package samplestest
// covers more calls than a browser has time for.)
func TestSamplesRun(t *testing.T) {
	t.Parallel()
	for _, situation := range situations {
		if situation.name != "unchanged" && situation.name != "STS" {
			continue
		}
		t.Run(situation.name, func(t *testing.T) {
			t.Parallel()
			d := start(t)
			p := open(t, d.page("result=code")).ready().example()
			for id, value := range situation.set {
				p.set(id, value)
			}
			for _, language := range languages {
				prepare, ok := runners[language]
				if !ok {
					continue
				}
				name := language + ".example.com"
				p.set("p-Domains", name+",*.b\u00fccher-"+language+".example.com")
				p.untilHas("sample-code", name)
				check(t, d, language, situation, run(t, d, prepare, p.sample(language), situation), name)
			}
		})
	}
}

// check compares the response that a sample printed with the journal.
func check(t *testing.T, d *daemon, language string, situation sampleCase, printed, name string) {
	t.Helper()
	// Java's libraries write to standard error first.
	if at := strings.Index(printed, "{"); language == "java" && at > 0 {
		printed = printed[at:]
	}
	var response map[string]any
	decoder := json.NewDecoder(strings.NewReader(printed))
	if language == "esacert" {
		// This SDK uses Go field names, and the sample prints them.
		printed = strings.NewReplacer(`"Applications"`, `"Result"`, `"ID"`, `"Id"`, `"RequestID"`, `"RequestId"`).Replace(printed)
		decoder = json.NewDecoder(strings.NewReader(printed))
	}
	if err := decoder.Decode(&response); err != nil {
		t.Errorf("%s printed no JSON: %v: %s", language, err, printed)
		return
	}
	entry := d.journal(t)
	result, _ := response["Result"].([]any)
	if len(result) != 2 {
		t.Errorf("%s printed %s", language, printed)
		return
	}
	first, _ := result[0].(map[string]any)
	ids, _ := entry["ids"].([]any)
	if response["SiteName"] != "example.com" || fmt.Sprint(response["TotalCount"]) != "2" || response["RequestId"] != entry["request_id"] ||
		first["Domain"] != name || first["Status"] != "Applying" || len(ids) != 2 || first["Id"] != fmt.Sprintf("%.0f", ids[0]) {
		t.Errorf("%s printed %s\nthe journal has %v", language, printed, entry)
	}
	if entry["rule"] != "Accepted" || entry["scheme"] != situation.scheme || entry["method"] != situation.method {
		t.Errorf("%s, %s: the journal entry is %v", language, situation.name, entry)
	}
}

// run executes a sample in a separate directory and returns its output.
func run(t *testing.T, d *daemon, prepare func(*testing.T, string, sample), s sample, situation sampleCase) string {
	t.Helper()
	dir := t.TempDir()
	script := s.Run
	if s.File == "Command" {
		script = s.Code
	} else if err := os.WriteFile(filepath.Join(dir, s.File), []byte(s.Code), 0o600); err != nil {
		t.Fatal(err)
	}
	prepare(t, dir, s)
	secret, token := "testsecret", situation.set["token"]
	if own := situation.set["secret"]; own != "" {
		secret = own
	}
	for _, word := range []string{secret, token} {
		if word != "" && strings.Contains(s.Code+s.Run+s.Install, word) && s.File != "Command" {
			t.Errorf("%s contains %s", s.File, word)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", script)
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(secret + "\n" + token + "\n")
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(absolute(root), "bin/venv/bin")+":"+os.Getenv("PATH"), "GOFLAGS=-mod=mod", "GOWORK=off", "CLASSPATH="+filepath.Join(dir, "jars")+"/*")
	// A rejected sample exits with an error, which its output names.
	out, _ := cmd.CombinedOutput()
	return string(out)
}

// goModule creates the module around a program with the printed commands, but
// uses the modules on this machine.
func goModule(replace string) func(*testing.T, string, sample) {
	return func(t *testing.T, dir string, s sample) {
		source := "conformance/adapters/gocore"
		if replace != "" {
			source = "."
		}
		content, err := os.ReadFile(filepath.Join(root, source, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		module := strings.Replace(string(content), "module github.com/esacert/esacert", "module example.com/sample\n//", 1)
		if replace != "" {
			module = "module example\n\ngo 1.26.0\n\nrequire github.com/esacert/esacert v0.0.0\n\n" + replace + "\n" + requirements(module)
		}
		sums, err := os.ReadFile(filepath.Join(root, source, "go.sum"))
		if err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string][]byte{"go.mod": []byte(module), "go.sum": sums} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// requirements returns the requirements of a go.mod file.
func requirements(module string) string { return module[strings.Index(module, "require"):] }

func absolute(path string) string {
	full, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	return full
}

func link(t *testing.T, from, to string) {
	t.Helper()
	if _, err := os.Stat(from); err != nil {
		t.Fatalf("the vendor's clients are not installed (make adapters does it): %v", err)
	}
	if err := os.Symlink(absolute(from), to); err != nil {
		t.Fatal(err)
	}
}
