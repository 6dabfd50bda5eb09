package explorer_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// files returns the embedded files of the page by name.
func files(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("page/*")
	if err != nil || len(names) < 10 {
		t.Fatalf("found %d files of the page, %v", len(names), err)
	}
	all := map[string]string{}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(name)] = string(content)
	}
	return all
}

// rule is a pattern forbidden in files with an extension.
type rule struct {
	name, extension, pattern string
	// sample must match the pattern.
	sample string
}

func rules() []rule {
	return []rule{
		{"script in the page", ".html", `(?i)<script(?:\s+type="module")?\s*>`, `<script>alert(1)</script>`},
		{"style in the page", ".html", `(?i)<style\b|\sstyle\s*=`, `<p style="color:red">`},
		{"handler in the page", ".html", `(?i)<[^>]*\son[a-z]+\s*=`, `<a class="x" onclick="f()">`},
		{"javascript: address", ".html", `(?i)javascript:`, `<a href="javascript:f()">`},
		{"base", ".html", `(?i)<base\b`, `<base href="/">`},
		{"other host in the page", ".html", `(?i)(?:src|href|srcset|action|data|poster)\s*=\s*["']?\s*(?:[a-z]+:)?//`, `<img src="//other.example/x">`},
		{"HTML from text", ".js", `\b(?:innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|DOMParser|setHTMLUnsafe|srcdoc)\b`, `e.innerHTML = x`},
		{"document.write", ".js", `\bdocument\s*\.\s*write`, `document.write(x)`},
		{"eval", ".js", `\beval\s*\(|\bnew\s+Function\b|\b(?:setTimeout|setInterval)\s*\(\s*["'` + "`" + `]`, `setTimeout("f()", 1)`},
		{"style from a script", ".js", `\.style\b|["']style["']`, `e.style.color = x`},
		{"cookie or lasting storage", ".js", `\bdocument\s*\.\s*cookie\b|\blocalStorage\b|\bindexedDB\b`, `localStorage.setItem("a", b)`},
		{"code of another host", ".js", `(?:import\s*\(|\bfrom\s+|\bfetch\(\s*|\bimport\s+|\bimportScripts\(\s*|new\s+(?:Worker|WebSocket|EventSource)\(\s*)["'` + "`" + `](?:[a-z]+:)?//`, `import x from "https://other.example/x.js"`},
		{"import other than a file in the same directory", ".js", `(?m)^(?:import|export)\b[^\n]*\bfrom\s+["'](?:[^.]|\.[^/])`, `import x from "react"`},
		{"other host in a style", ".css", `(?i)@import|url\(\s*["']?\s*(?:[a-z]+:)?//|expression\(`, `a { background: url(//other.example/x) }`},
		{"script in an image", ".svg", `(?i)<script|\son[a-z]+\s*=|<foreignObject|href\s*=\s*["'](?:[a-z]+:)?//`, `<svg onload="f()">`},
	}
}

func TestNoUnsafeDOMCalls(t *testing.T) {
	t.Parallel()
	all := files(t)
	for _, r := range rules() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			pattern := regexp.MustCompile(r.pattern)
			if !pattern.MatchString(r.sample) {
				t.Errorf("the pattern does not find %s", r.sample)
			}
			looked := 0
			for name, content := range all {
				if filepath.Ext(name) != r.extension {
					continue
				}
				looked++
				for _, at := range pattern.FindAllStringIndex(content, -1) {
					t.Errorf("%s:%d: %q", name, 1+strings.Count(content[:at[0]], "\n"), content[at[0]:at[1]])
				}
			}
			if looked == 0 {
				t.Errorf("no file ends in %s", r.extension)
			}
		})
	}
}

// Samples and state never contain secrets: a secret is read in the form, kept
// for the tab if requested, and used to sign.
func TestOnlySignerReadsSecret(t *testing.T) {
	t.Parallel()
	allowed := map[string]bool{"app.js": true, "form.js": true, "sign.js": true}
	reading := regexp.MustCompile(`\.secret\b|\$\("secret"\)`)
	for name, content := range files(t) {
		if found := reading.FindString(content); found != "" && !allowed[name] {
			t.Errorf("%s reads the secret: %s", name, found)
		}
	}
}
