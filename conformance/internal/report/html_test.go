package report

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// nodes returns all nodes of a page.
func nodes(t interface{ Fatal(...any) }, page []byte) []*html.Node {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(func(yield func(*html.Node) bool) {
		_ = yield(root)
		for n := range root.Descendants() {
			if !yield(n) {
				return
			}
		}
	})
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func contentOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

func find(all []*html.Node, element, attr, value string) *html.Node {
	for _, n := range all {
		if n.Type == html.ElementNode && n.Data == element && (attr == "" || attribute(n, attr) == value) {
			return n
		}
	}
	return &html.Node{}
}

func TestPageContent(t *testing.T) {
	t.Parallel()
	run := readRun(t, "server")
	all := nodes(t, written(t, HTML{}, run))
	if got := contentOf(find(all, "title", "", "")); got != "failed: 127.0.0.1:8080" {
		t.Errorf("title %q", got)
	}
	if got := contentOf(find(all, "h1", "", "")); got != "127.0.0.1:8080" {
		t.Errorf("headline %q", got)
	}
	for _, r := range run.Results {
		one := find(all, "details", "id", "case/"+r.Case)
		content := contentOf(one)
		for _, part := range []string{r.Why, string(r.Evidence), string(r.Level), kindOf(r).view().Label, escape(r.Reason)} {
			if !strings.Contains(content, part) {
				t.Errorf("%s lacks %q", r.Case, part)
			}
		}
		for _, c := range r.Checks {
			if !strings.Contains(content, oneLine(c.Name)) || !strings.Contains(content, escape(c.Want)) || !strings.Contains(content, escape(c.Got)) {
				t.Errorf("%s lacks check %s", r.Case, c.Name)
			}
		}
		for _, e := range r.Exchanges {
			if !strings.Contains(content, escapeWire(e.Request)) || !strings.Contains(content, escapeWire(e.Response)) || !strings.Contains(content, e.Error) {
				t.Errorf("%s lacks its exchange", r.Case)
			}
		}
		if got := attribute(one, "data-verdicts"); got != string(kindOf(r)) {
			t.Errorf("%s has filter verdicts %q", r.Case, got)
		}
	}
	marks := ""
	for _, n := range all {
		if n.Type == html.ElementNode && n.Data == "mark" {
			marks += "[" + contentOf(n) + "]"
		}
	}
	if !strings.HasPrefix(marks, "[s][0]") {
		t.Errorf("got marks %s", marks)
	}
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	run := readRun(t, "matrix")
	all := nodes(t, written(t, HTML{}, run))
	one := find(all, "details", "id", "case/odd/html-503")
	var cells []string
	for n := range one.FirstChild.NextSibling.Descendants() {
		if strings.HasPrefix(attribute(n, "class"), "mark ") {
			cells = append(cells, attribute(n, "title"))
		}
	}
	want := []string{"gosdk: passed", "gocore: known failure", "golegacy: known failure", "node: known failure", "python: known failure"}
	if !slices.Equal(cells, want) {
		t.Errorf("got cells %q, want %q", cells, want)
	}
	if got := attribute(one, "data-verdicts"); got != "passed known-failure known-failure known-failure known-failure" {
		t.Errorf("got filter verdicts %q", got)
	}
	if got := contentOf(find(all, "title", "", "")); got != "passed: 5 clients" {
		t.Errorf("title %q", got)
	}
}

// A subject without a result in a case has an empty cell.
func TestMatrixWithMissingResults(t *testing.T) {
	t.Parallel()
	run := &suite.Run{Side: suite.ClientSide, Subjects: []string{"one", "two"}, Results: []suite.Result{
		{Case: "a/1", Subject: "two", Verdict: suite.Passed}, {Case: "run/left", Subject: "one", Verdict: suite.Errored, Reason: "killed"},
	}}
	page := string(written(t, HTML{}, run))
	for _, title := range []string{"one: no result", "two: passed", "one: error", "two: no result"} {
		if !strings.Contains(page, `title="`+title+`"`) {
			t.Errorf("no cell %q", title)
		}
	}
}

// Up to three failed cases are initially open; with more, none is.
func TestFewFailuresAreOpen(t *testing.T) {
	t.Parallel()
	for failed, want := range map[int]int{0: 0, 1: 1, 3: 3, 4: 0} {
		run := &suite.Run{Subjects: []string{"s"}, Results: []suite.Result{{Case: "a/passed", Subject: "s", Verdict: suite.Passed}}}
		for i := range failed {
			run.Results = append(run.Results, suite.Result{Case: fmt.Sprintf("a/%d", i), Subject: "s", Verdict: suite.Failed, Level: suite.Must})
		}
		open := 0
		for _, n := range nodes(t, written(t, HTML{}, run)) {
			if n.Data == "details" && attribute(n, "class") == "case" {
				for _, a := range n.Attr {
					if a.Key == "open" {
						open++
					}
				}
			}
		}
		if open != want {
			t.Errorf("%d failed cases: %d are open, want %d", failed, open, want)
		}
	}
}

// shape counts the elements and attributes of a page.
func shape(t interface{ Fatal(...any) }, page []byte) map[string]int {
	counted := map[string]int{}
	for _, n := range nodes(t, page) {
		if n.Type != html.ElementNode {
			continue
		}
		counted["<"+n.Data+">"]++
		for _, a := range n.Attr {
			counted[a.Key]++
		}
	}
	return counted
}

// The content of a run adds no kind of element or attribute. The page has one script,
// no event handlers, and no URLs except fragments and its icon.
func TestPageEscapesMarkup(t *testing.T) {
	t.Parallel()
	allowed := []string{
		"<html>", "<head>", "<meta>", "<title>", "<link>", "<style>", "<body>", "<a>", "<header>", "<div>", "<p>", "<h1>", "<h2>", "<h3>", "<span>", "<strong>",
		"<dl>", "<dt>", "<dd>", "<time>", "<main>", "<section>", "<svg>", "<rect>", "<details>", "<summary>", "<ul>", "<li>", "<br>", "<form>", "<button>", "<b>",
		"<i>", "<label>", "<select>", "<option>", "<input>", "<nav>", "<code>", "<mark>", "<figure>", "<figcaption>", "<pre>", "<footer>", "<script>",
		"lang", "charset", "http-equiv", "content", "name", "rel", "href", "class", "datetime", "aria-label", "aria-labelledby", "aria-hidden", "aria-pressed",
		"viewbox", "viewBox", "preserveaspectratio", "preserveAspectRatio", "role", "x", "y", "width", "height", "id", "hidden", "type", "data-verdict",
		"data-verdicts", "data-group", "value", "placeholder", "autocomplete", "spellcheck", "open", "title", "tabindex",
	}
	rapid.Check(t, func(t *rapid.T) {
		run := anyRun().Draw(t, "run")
		run.Results = append(run.Results, anyResult(anyString().Draw(t, "id"), run.Subjects[0], run.Side).Draw(t, "strange"))
		var b bytes.Buffer
		if err := (HTML{}).Write(&b, run); err != nil {
			t.Fatal(err)
		}
		has := shape(t, b.Bytes())
		for _, name := range slices.Sorted(maps.Keys(has)) {
			if !slices.Contains(allowed, name) {
				t.Fatalf("the page has %s", name)
			}
		}
		if has["<script>"] != 1 || has["<link>"] != 1 || has["<style>"] != 1 {
			t.Fatalf("%d scripts, %d links, %d styles", has["<script>"], has["<link>"], has["<style>"])
		}
		for _, n := range nodes(t, b.Bytes()) {
			if href := attribute(n, "href"); href != "" && !strings.HasPrefix(href, "#") && !strings.HasPrefix(href, "data:image/svg+xml,") {
				t.Fatalf("unexpected URL: %s", href)
			}
		}
	})
}

// The policy allows exactly the style and the script of the page.
func TestPolicy(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"server", "matrix"} {
		all := nodes(t, written(t, HTML{}, readRun(t, name)))
		policy := attribute(find(all, "meta", "http-equiv", "Content-Security-Policy"), "content")
		for _, part := range []string{
			"default-src 'none'", "base-uri 'none'", "form-action 'none'",
			"style-src " + cspHash(contentOf(find(all, "style", "", ""))), "script-src " + cspHash(contentOf(find(all, "script", "", ""))),
		} {
			if !slices.Contains(strings.Split(policy, "; "), part) {
				t.Errorf("policy %s lacks %s", policy, part)
			}
		}
	}
	if found := regexp.MustCompile(`(?i)https?:|\burl\(|@import|innerHTML|\beval\b`).FindString(pageCSS + pageJS + pageHTML); found != "" {
		t.Errorf("the sources of the page have %q", found)
	}
}

func TestUnknownKind(t *testing.T) {
	t.Parallel()
	if got := kind("later").view(); got.Label != "later" || got.Symbol != "?" {
		t.Errorf("got %+v", got)
	}
	if !failsRun(suite.Result{Verdict: "later"}) {
		t.Error("an unknown verdict does not fail the run")
	}
}

func TestLegend(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, level := range []suite.Level{suite.Must, suite.Should, suite.May} {
		seen[levelMeaning(level)] = true
	}
	for _, m := range legend() {
		seen[m.Meaning] = true
	}
	if len(seen) != 7 || seen[""] {
		t.Errorf("want 7 different meanings, got %v", seen)
	}
}
