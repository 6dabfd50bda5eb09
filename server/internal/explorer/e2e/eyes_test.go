package e2e

import (
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// eyes is injected into each page before the page's scripts: functions that
// report whether a user can see an element, or read words in it.
//
//go:embed eyes.js
var eyes string

// find returns the expression of an element, by its ID or by a selector.
func find(name string) string {
	if !strings.ContainsAny(name, " #.[>:") {
		return fmt.Sprintf("document.getElementById(%q)", name)
	}
	return fmt.Sprintf("document.querySelector(%q)", name)
}

// unseen explains why a user cannot see an element, after scrolling to it; ""
// if the element is visible.
func (p *tab) unseen(name string) string {
	p.t.Helper()
	return value[string](p, fmt.Sprintf("eyes.unseen(%s)", find(name)))
}

// inWindow fails the test if an element is not visible without scrolling.
func (p *tab) inWindow(name string) {
	p.t.Helper()
	if reason := value[string](p, fmt.Sprintf("eyes.unseen(%s, true)", find(name))); reason != "" {
		p.t.Errorf("%s cannot be seen without scrolling: it %s", name, reason)
	}
}

// see ends the test if an element is not visible.
func (p *tab) see(name string) {
	p.t.Helper()
	if reason := p.unseen(name); reason != "" {
		p.fail("%s cannot be seen: it %s", name, reason)
	}
}

// missing fails the test if an element is visible.
func (p *tab) missing(name string) {
	p.t.Helper()
	if p.unseen(name) == "" {
		p.t.Errorf("%s can be seen", name)
	}
}

// text returns the visible text of an element.
func (p *tab) text(name string) string {
	p.t.Helper()
	p.see(name)
	return value[string](p, fmt.Sprintf("eyes.text(%s)", find(name)))
}

// has fails the test if the words are not visible in an element.
func (p *tab) has(name string, wanted ...string) {
	p.t.Helper()
	for _, want := range wanted {
		if reason := p.lacks(name, want); reason != "" {
			p.t.Errorf("%s, of which %.2000q is shown, and %q: it %s", name, value[string](p, fmt.Sprintf(`%s ? eyes.text(%[1]s) : ""`, find(name))), want, reason)
		}
	}
}

func (p *tab) lacks(name, want string) string {
	p.t.Helper()
	return value[string](p, fmt.Sprintf("eyes.lacks(%s, %q)", find(name), want))
}

// waitUntilSeen waits until an element is visible.
func (p *tab) waitUntilSeen(name string) {
	p.t.Helper()
	p.wait(func() string { return p.unseen(name) }, "timed out waiting for %s", name)
}

// waitUntilHidden waits until an element is no longer visible.
func (p *tab) waitUntilHidden(name string) {
	p.t.Helper()
	p.wait(func() string {
		if p.unseen(name) == "" {
			return "is still visible"
		}
		return ""
	}, "waited in vain for %s to go", name)
}

// untilHas waits until the words are visible in an element.
func (p *tab) untilHas(name, want string) {
	p.t.Helper()
	p.wait(func() string { return p.lacks(name, want) }, "waited in vain for %q in %s", want, name)
}

// untilReads waits until an element shows exactly want.
func (p *tab) untilReads(name, want string) {
	p.t.Helper()
	p.wait(func() string {
		if reason := p.unseen(name); reason != "" {
			return reason
		}
		if got := strings.TrimSpace(p.text(name)); got != want {
			return fmt.Sprintf("reads %.500q", got)
		}
		return ""
	}, "waited in vain for %s to read %q", name, want)
}

// wait polls until no reason is left.
func (p *tab) wait(reason func() string, format string, args ...any) {
	p.t.Helper()
	for deadline := time.Now().Add(waitTimeout); ; time.Sleep(20 * time.Millisecond) { // polls another process
		last := reason()
		if last == "" {
			return
		}
		if time.Now().After(deadline) {
			p.fail("%s: it %s", fmt.Sprintf(format, args...), last)
		}
	}
}

// announced fails the test unless want is announced to screen readers. The
// element that announces it is not visible.
func (p *tab) announced(want string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`document.getElementById("announcer").ariaLive === "polite" && document.getElementById("announcer").textContent.includes(%q)`, want))
}

// click clicks a visible element: by itself a click would not fail if something
// else covers the element.
func (p *tab) click(name string) {
	p.t.Helper()
	p.see(name)
	selector := name
	if find(name) == fmt.Sprintf("document.getElementById(%q)", name) {
		selector = "#" + name
	}
	p.do(chromedp.Click(chromedp.CSS(selector)))
}

// set types into a visible field, or selects from a list.
func (p *tab) set(name, content string) {
	p.t.Helper()
	p.see(name)
	got := value[string](p, fmt.Sprintf(`(() => { const e = %s; if (e.disabled || [...e.options ?? []].some((o) => o.value === %[2]q && o.disabled)) return "disabled"; e.value = %[2]q; e.dispatchEvent(new Event("input", { bubbles: true })); return e.value; })()`, find(name), content))
	if got != content {
		p.fail("%s interprets %.200q as %.200q", name, content, got)
	}
}

// field returns the content of a visible field.
func (p *tab) field(name string) string {
	p.t.Helper()
	p.see(name)
	return value[string](p, find(name)+".value")
}

// Elements in the DOM that cannot be seen are not reported as visible; the
// other tests depend on this.
func TestEyes(t *testing.T) {
	t.Parallel()
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<!doctype html><html lang="en"><title>Eyes</title><link rel="icon" href="data:,">
<p id="plain">word</p>
<p id="none" style="display: none">word</p>
<div hidden><p id="in-hidden">word</p></div>
<p id="invisible" style="visibility: hidden">word</p>
<p id="clear" style="opacity: 0">word</p>
<p id="left" style="position: absolute; left: -500px; top: 100px">word</p>
<div id="clipped" style="overflow: hidden; height: 20px"><p style="margin-top: 100px" id="clipped-word">word</p></div>
<div id="scrolls" style="overflow: auto; height: 40px"><p style="margin-top: 900px" id="scrolled-word">word</p></div>
<p id="empty" style="height: 0; margin: 0; overflow: hidden">word</p>
<p id="covered" style="height: 30px">word</p>
<div id="cover" style="position: relative; background: red; height: 60px; margin-top: -60px"></div>
<p id="far" style="margin-top: 5000px; margin-bottom: 5000px">word</p>`)
	}))
	t.Cleanup(page.Close)
	p := open(t, page.URL)
	for name, want := range map[string]string{
		"plain": "", "far": "", "scrolled-word": "",
		"none": "is hidden", "in-hidden": "is hidden", "invisible": "is hidden", "clear": "is hidden", "left": "is outside of the window",
		"clipped-word": "is outside of <div", "covered": "is covered by <div id=\"cover\"", "empty": "takes no room", "nonesuch": "is not in the page",
	} {
		if got := p.unseen(name); (want == "") != (got == "") || !strings.HasPrefix(got, want) {
			t.Errorf("%s: it %s, want: it %s", name, got, want)
		}
		if got := p.lacks(name, "word"); (want == "") != (got == "") {
			t.Errorf("%s: the word in it: it %s", name, got)
		}
	}
	if got := p.lacks("scrolls", "word"); got != "" {
		t.Errorf("the word in scrolls: it %s", got)
	}
	for _, name := range []string{"clipped", "plain"} {
		if got := p.lacks(name, "other"); got == "" {
			t.Errorf("%s has another word", name)
		}
	}
	if got := p.lacks("clipped", "word"); got == "" {
		t.Error("a word that is clipped is read")
	}
}
