package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/esacert/esacert/server/config"
)

// opens is a view whose rows open in place.
type opens struct {
	name, tab, rows, details string
	has                      func(row int) string // expected in the details of a row
}

var openViews = []opens{
	{"log", "tab-log", "#log-list tbody tr:not(.below)", "log-details", func(row int) string { return fmt.Sprintf("name-%d.example.com", 41-row) }},
	{"applications", "tab-applications", "#applications-list tbody tr:not(.below)", "application", func(row int) string { return fmt.Sprintf("name-%d.example.com", 41-row) }},
}

// row returns the selector of a row, counted from 1, newest first.
func (o opens) row(n int) string { return fmt.Sprintf("%s:nth-child(%d of :not(.below))", o.rows, n) }

// startWithApplications starts a server that issues nothing for a day, and applies for one
// name per call, name-1 to name-count.
func startWithApplications(t *testing.T, count int) *daemon {
	t.Helper()
	path := filepath.Join(t.TempDir(), "esacertd.yaml")
	content := strings.Replace(string(config.Example()), "delay: 5s", "delay: 24h", 1)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	d := start(t, "--config", path)
	for i := range count {
		apply(t, d, fmt.Sprintf("name-%d.example.com", i+1))
	}
	return d
}

// below fails the test unless the details are visible directly below a row.
func (p *tab) below(o opens, row int) {
	p.t.Helper()
	p.inWindow(o.details)
	p.inWindow(o.row(row))
	gap := value[float64](p, fmt.Sprintf(`%s.closest("tr").getBoundingClientRect().top - %s.getBoundingClientRect().bottom`, find(o.details), find(o.row(row))))
	if gap < -1 || gap > 1 {
		p.t.Errorf("%.0f pixels are between row %d and its details", gap, row)
	}
	p.has(o.details, o.has(row))
	if n := value[int](p, `document.querySelectorAll('[aria-expanded="true"]').length`); n != 1 {
		p.t.Errorf("%d rows are open", n)
	}
	p.see(o.row(row) + ` [aria-expanded="true"]`)
	if id := value[string](p, find(o.row(row))+`.querySelector("button").getAttribute("aria-controls")`); id != o.details {
		p.t.Errorf("the button controls %q", id)
	}
}

func TestDetailsOpenInPlace(t *testing.T) {
	t.Parallel()
	d := startWithApplications(t, 40)
	for _, o := range openViews {
		for _, size := range []struct{ width, height int64 }{{1600, 1000}, {360, 780}} {
			t.Run(fmt.Sprintf("%s-%d", o.name, size.width), func(t *testing.T) {
				p := open(t, d.page("view="+o.name), chromedp.EmulateViewport(size.width, size.height)).ready()
				p.waitUntilSeen(o.row(1))
				// Each row of the list, from top to bottom.
				for _, row := range []int{3, 2, 20, 40, 39} {
					p.click(o.row(row) + " td")
					p.below(o, row)
				}
				p.screenshot(fmt.Sprintf("opened-%s-%d", o.name, size.width))
				// The last row is open; clicking it again closes it.
				p.click(o.row(39) + " button")
				p.missing(o.details)
				p.see(o.row(39) + ` [aria-expanded="false"]`)
				// The row is at the lower edge of the window.
				value[bool](p, fmt.Sprintf(`(%s.scrollIntoView({ block: "end", behavior: "instant" }), true)`, find(o.row(15))))
				p.click(o.row(15) + " button")
				p.below(o, 15)
			})
		}
	}
}

func TestDetailsByKeyboard(t *testing.T) {
	t.Parallel()
	d := startWithApplications(t, 40)
	for _, o := range openViews {
		t.Run(o.name, func(t *testing.T) {
			p := open(t, d.page("view="+o.name)).ready()
			p.waitUntilSeen(o.row(5))
			value[bool](p, fmt.Sprintf(`%s.querySelector("button").focus() ?? true`, find(o.row(4))))
			p.do(chromedp.KeyEvent("\t"))
			for _, key := range []string{kb.Enter, " "} {
				p.do(chromedp.KeyEvent(key))
				p.below(o, 5)
				p.see(o.row(5) + " button:focus")
				p.do(chromedp.KeyEvent(key))
				p.missing(o.details)
				p.see(o.row(5) + " button:focus")
			}
		})
	}
}

// The list grows while a user reads: the details stay open below their row, at
// the same position in the window, with focus and selection.
func TestDetailsWhileTheListGrows(t *testing.T) {
	t.Parallel()
	for _, o := range openViews {
		for _, at := range []int{2, 25} {
			t.Run(fmt.Sprintf("%s-row-%d", o.name, at), func(t *testing.T) {
				d := startWithApplications(t, 40)
				p := open(t, d.page("view="+o.name)).ready()
				p.waitUntilSeen(o.row(1))
				p.click(o.row(at) + " button")
				p.below(o, at)
				value[bool](p, fmt.Sprintf(`getSelection().selectAllChildren(%s.querySelector("dd")) ?? true`, find(o.details)))
				marked := value[string](p, `String(getSelection())`)
				expression := fmt.Sprintf(`%s.getBoundingClientRect().top`, find(o.details))
				top := value[float64](p, expression)
				for i := range 3 {
					apply(t, d, fmt.Sprintf("later-%d.example.com", i))
				}
				// The page polls every two seconds; the row moves down by three.
				p.until(fmt.Sprintf(`%s?.closest("tr").previousElementSibling === %s`, find(o.details), find(o.row(at+3))))
				moved := value[float64](p, expression) - top
				if moved < -2 || moved > 2 {
					t.Errorf("the details moved by %.0f pixels", moved)
				}
				p.inWindow(o.details)
				p.has(o.details, o.has(at))
				if got := value[string](p, `String(getSelection())`); got != marked || got == "" {
					t.Errorf("%q is marked, it was %q", got, marked)
				}
				p.see(o.row(at+3) + ` button[aria-expanded="true"]:focus`)
			})
		}
	}
}

// An application changes while a user reads: unchanged parts of its row and its
// details keep the focus and the selection.
func TestDetailsWhileTheirItemChanges(t *testing.T) {
	t.Parallel()
	d := start(t) // issues after 5 seconds
	apply(t, d, "changes.example.com")
	p := open(t, d.page("view=applications")).ready()
	p.waitUntilSeen("#applications-list button")
	p.click("#applications-list button")
	p.untilReads("#application .badge", "Applying")
	value[bool](p, `getSelection().selectAllChildren([...document.querySelectorAll("#application dd")].find((e) => e.textContent === "changes.example.com")) ?? true`)
	p.untilReads("#application .badge", "Issued")
	p.has("application", "Issuer", "Download")
	if got := value[string](p, `String(getSelection())`); got != "changes.example.com" {
		t.Errorf("%q is marked", got)
	}
	p.see(`#applications-list button[aria-expanded="true"]:focus`)
}

// A link to an application that is not on the first page opens it at its position.
func TestLinkToAnOldApplication(t *testing.T) {
	t.Parallel()
	d := startWithApplications(t, 60)
	p := open(t, d.page("view=applications&application=30000480")).ready()
	p.untilHas("application", "name-3.example.com")
	p.inWindow("application")
	p.see(`#applications-list tr.chosen button[aria-expanded="true"]`)
	other := open(t, d.page("view=applications&application=99999999")).ready()
	other.untilHas("application-missing", "There is no application 99999999.")
	other.see("#applications-list button")
}

// Without the token the form works, and the log and the applications explain how to get the token.
func TestWithoutTheToken(t *testing.T) {
	t.Parallel()
	d := start(t)
	p := open(t, d.locked()).ready().example()
	p.call()
	p.has("status", "200")
	for _, view := range []string{"log", "applications"} {
		p.click("tab-" + view)
		p.has("view-"+view, "the server prints one line on standard output", "it carries a token", "The form works without it.")
		p.screenshot("locked-" + view)
		p.axe("locked " + view)
	}
	// The address of the ready line unlocks them, and the token is removed from it.
	p.do(chromedp.Navigate(d.Explorer))
	p.ready()
	p.click("tab-log")
	p.untilReads("log-told", "1 of the last 1 calls.")
	p.until(`location.search.includes("view=log")`)
	for _, reach := range []string{value[string](p, "location.href"), value[string](p, "document.cookie"), value[string](p, "JSON.stringify([localStorage, sessionStorage, document.referrer])")} {
		if strings.Contains(reach, "token") || strings.Contains(reach, "esacert") {
			t.Errorf("the token is within reach of scripts: %s", reach)
		}
	}
	// Another visit of the same browser does not need the token.
	p.do(chromedp.Navigate(d.locked() + "?view=applications"))
	p.ready()
	p.untilHas("applications-told", "2 applications")
	// The address of an earlier start does not unlock it.
	other := open(t, d.locked()+"?token=OTHER&view=log").ready()
	other.has("view-log", "Each start has a new one.")
}
