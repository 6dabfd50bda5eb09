package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var (
	cleanups []func()
	// browser starts Chromium once, for all tests.
	browser = sync.OnceValues(func() (context.Context, error) {
		home, err := os.MkdirTemp("", "explorer")
		if err != nil {
			return nil, err
		}
		options := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(home), chromedp.Flag("disable-quic", true),
			chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true))
		allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, stop := chromedp.NewContext(allocator)
		cleanups = append(cleanups, stop, stopAllocator, func() { _ = os.RemoveAll(home) })
		if err := chromedp.Do(ctx); err != nil {
			return nil, fmt.Errorf("start Chromium (on Debian: apt-get install chromium): %w", err)
		}
		return ctx, nil
	})
)

func closeBrowser() {
	for _, closer := range cleanups {
		closer()
	}
}

// tab is a page of the browser, with what a test checks.
type tab struct {
	t       *testing.T
	context context.Context
	origin  string

	mu       sync.Mutex
	calls    int // requests to the API itself
	problems []string
}

const waitTimeout = time.Minute // a busy machine may stall for seconds

type step = chromedp.Action[chromedp.Void]

// command is a command of the browser's protocol whose result is ignored.
func command[P, R any](c cdp.Command[P, R], params P) step {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, c, params)
		return chromedp.Void{}, err
	}
}

// open loads the explorer of a server in a separate browser context. Console
// messages of the page fail the test, and so do requests to other hosts and
// requests with a secret.
func open(t *testing.T, explorer string, before ...step) *tab {
	t.Helper()
	parent, err := browser()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	target, err := url.Parse(explorer)
	if err != nil {
		t.Fatal(err)
	}
	p := &tab{t: t, context: ctx, origin: target.Scheme + "://" + target.Host}
	t.Cleanup(func() {
		cancel()
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, problem := range p.problems {
			t.Error(problem)
		}
	})
	if err := chromedp.Listen(ctx, p.listen); err != nil {
		t.Fatal(err)
	}
	steps := []step{command(network.Enable, network.EnableParams{}), command(log.Enable, cdp.Empty{}), command(runtime.Enable, cdp.Empty{}),
		command(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: eyes}), chromedp.EmulateViewport(1600, 1000)}
	p.do(append(append(steps, before...), chromedp.Navigate(explorer))...)
	return p
}

// listen handles every event, and must not block.
func (p *tab) listen(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		var said []string
		for _, argument := range e.Args {
			said = append(said, string(argument.Value)+argument.Description)
		}
		p.problem("on the console: %s %s", e.Type, strings.Join(said, " "))
	case *runtime.EventExceptionThrown:
		p.problem("exception: %+v", e.ExceptionDetails)
	case *log.EventEntryAdded:
		// The browser itself logs each response with a status of 400 or more, and each
		// failed connection; the tests cause them deliberately.
		if e.Entry.Source != log.EntrySourceNetwork {
			p.problem("on the console: %s %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text)
		}
	case *network.EventRequestWillBeSent:
		p.sent(e.Request)
	}
}

func (p *tab) problem(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = append(p.problems, fmt.Sprintf(format, args...))
}

// secrets of the built-in example, and others that the tests type.
var secrets = []string{"testsecret", "sts-secret", "not-the-secret"}

func (p *tab) sent(r *network.Request) {
	if !strings.HasPrefix(r.URL, p.origin+"/") && !strings.HasPrefix(r.URL, "data:") {
		p.problem("a request to another host: %s", r.URL)
	}
	var body strings.Builder
	for _, entry := range r.PostDataEntries {
		fmt.Fprint(&body, entry.Bytes)
	}
	// The token is only in the address that was opened.
	if output := fmt.Sprint(r.Headers, body.String()); strings.Contains(output, "token=") || strings.Contains(r.URL, "/api/") && strings.Contains(r.URL, "token=") {
		p.problem("the token was sent: %s %s", r.URL, output)
	}
	for _, secret := range secrets {
		if output := fmt.Sprint(r.URL, r.Headers, body.String()); strings.Contains(output, secret) {
			p.problem("a secret was sent: %s", output)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !strings.HasPrefix(r.URL, p.origin+"/explorer") {
		p.calls++
	}
}

// called returns the number of requests to the API itself.
func (p *tab) called() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

func (p *tab) do(steps ...step) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.context, waitTimeout)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.fail("%v", err)
	}
}

// fail ends the test with the visible text of the page.
func (p *tab) fail(format string, args ...any) {
	p.t.Helper()
	p.screenshot("failed-" + strings.ReplaceAll(p.t.Name(), "/", "-"))
	visible, _ := evaluate[string](p, `document.querySelector("main")?.innerText ?? ""`) // for the message only
	p.t.Fatalf("%s\nthe page shows: %.3000s", fmt.Sprintf(format, args...), visible)
}

func evaluate[T any](p *tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(p.context, waitTimeout)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// value evaluates an expression of the page.
func value[T any](p *tab, expression string) T {
	p.t.Helper()
	v, err := evaluate[T](p, expression)
	if err != nil {
		p.fail("%s: %v", expression, err)
	}
	return v
}

// until waits for an expression of the page to become true.
func (p *tab) until(expression string) {
	p.t.Helper()
	for deadline := time.Now().Add(waitTimeout); !value[bool](p, "Boolean("+expression+")"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.fail("waited in vain for %s", expression)
		}
	}
}

// ready waits for the form.
func (p *tab) ready() *tab {
	p.t.Helper()
	p.until(`document.documentElement.dataset.ready === "true"`)
	return p
}

// call presses the button and waits for the result.
func (p *tab) call() {
	p.t.Helper()
	value[bool](p, `document.getElementById("pane-answer").replaceChildren() ?? true`)
	p.click("call")
	p.waitUntilSeen("#status, #failure")
	p.waitUntilHidden("cancel")
}

// assertHidden checks that the page's address contains no secret, after the
// page has had time to write it.
func (p *tab) assertHidden(words ...string) {
	p.t.Helper()
	p.until(`location.search.includes("SiteId")`)
	address := value[string](p, "location.href")
	for _, word := range words {
		if strings.Contains(address, word) {
			p.t.Errorf("the address %s contains %s", address, word)
		}
	}
}

// screenshot saves a screenshot for review.
func (p *tab) screenshot(name string) {
	ctx, cancel := context.WithTimeout(p.context, waitTimeout)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Errorf("screenshot %s: %v", name, err)
		return
	}
	if err := os.WriteFile(filepath.Join(output, name+".png"), picture, 0o644); err != nil {
		p.t.Error(err)
	}
}
