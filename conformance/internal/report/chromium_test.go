//go:build chromium

package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// light and dark are the settings of Blink for the preferred color scheme.
const (
	light = "--blink-settings=preferredColorScheme=1"
	dark  = "--blink-settings=preferredColorScheme=0"
)

// browse runs a headless Chromium and returns its output. An unexpected message on the
// console, including violations of the content security policy, fails the test.
func browse(t *testing.T, expected string, args ...string) []byte {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Fatal("these tests need Chromium: on Debian, apt-get install chromium")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--enable-logging=stderr", "--user-data-dir=" + t.TempDir(),
	}, args...)...)
	cmd.WaitDelay = time.Minute
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("chromium: %v\n%s", err, stderr.String())
	}
	for line := range strings.Lines(stderr.String()) {
		if strings.Contains(line, "CONSOLE") && (expected == "" || !strings.Contains(line, expected)) {
			t.Errorf("on the console: %s", line)
		}
	}
	return stdout.Bytes()
}

// visited is a server of the reports and the harness that records requested paths.
type visited struct {
	url   string
	mu    sync.Mutex
	paths []string
}

func serve(t *testing.T) *visited {
	t.Helper()
	harness, err := os.ReadFile("testdata/harness.html")
	if err != nil {
		t.Fatal(err)
	}
	eyes, err := os.ReadFile("../../../server/internal/explorer/e2e/eyes.js")
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string][]byte{"/harness": harness, "/eyes.js": eyes}
	for _, name := range []string{"server", "matrix"} {
		pages["/"+name] = written(t, HTML{}, readRun(t, name))
	}
	v := &visited{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.mu.Lock()
		v.paths = append(v.paths, r.URL.Path)
		v.mu.Unlock()
		page, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/eyes.js" {
			w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		}
		_, _ = w.Write(page)
	}))
	t.Cleanup(server.Close)
	v.url = server.URL
	return v
}

// perform runs a task of the harness and reads its result.
func perform(t *testing.T, task, page, expected string, into any, flags ...string) {
	t.Helper()
	v := serve(t)
	address := v.url + "/harness?" + url.Values{"task": {task}, "page": {"/" + page}}.Encode()
	dom := browse(t, expected, append(flags, "--window-size=1700,1100", "--force-prefers-reduced-motion", "--virtual-time-budget=20000", "--dump-dom", address)...)
	root, err := html.Parse(bytes.NewReader(dom))
	if err != nil {
		t.Fatal(err)
	}
	var out struct {
		Result json.RawMessage
		Error  string
	}
	printed := contentOf(find(slices.Collect(root.Descendants()), "pre", "id", "out"))
	if err := json.Unmarshal([]byte(printed), &out); err != nil || out.Error != "" {
		t.Fatalf("task %s: %v %s %q", task, err, out.Error, printed)
	}
	if err := json.Unmarshal(out.Result, into); err != nil {
		t.Fatalf("task %s: %v: %s", task, err, out.Result)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, path := range v.paths {
		if path != "/harness" && path != "/eyes.js" && path != "/"+page {
			t.Errorf("the page requested %s", path)
		}
	}
}

func TestPageFitsEveryWidth(t *testing.T) {
	for _, page := range []string{"server", "matrix"} {
		t.Run(page, func(t *testing.T) {
			var widths map[string]struct {
				Over int
				Out  []string
			}
			perform(t, "layout", page, "", &widths)
			if len(widths) != 8 {
				t.Errorf("got %d widths", len(widths))
			}
			for width, got := range widths {
				if got.Over > 0 || len(got.Out) > 0 {
					t.Errorf("at %s pixels the page is %d pixels too wide: %q", width, got.Over, got.Out)
				}
			}
		})
	}
}

func TestFilter(t *testing.T) {
	var got struct {
		All, Failed, FailedOrBroken, Group, Nav, Text, None []string
		Address, Told, Slash                                string
		NoneTold, SlashInText, Focus                        bool
		Cleared, Open, Close                                int
	}
	perform(t, "filter", "server", "", &got)
	failed := []string{
		"case/errors/InvalidParameter.Domains.TooMany", "case/parameters/markup", "case/signatures/acs3/wrong-secret", "case/signatures/acs3/canonical-query",
	}
	for _, test := range []struct {
		name      string
		got, want []string
	}{
		{"failed", got.Failed, failed},
		{"failed or error", got.FailedOrBroken, append(slices.Clone(failed), "case/clock/replay")},
		{"group", got.Group, []string{"case/tokens/sts", "case/tokens/bearer"}},
		{"navigation entries", got.Nav, []string{"tokens"}},
		{"words within an exchange", got.Text, []string{"case/clock/replay"}},
		{"no case", got.None, []string{}},
	} {
		if !slices.Equal(test.got, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, test.got, test.want)
		}
	}
	total := len(readRun(t, "server").Results)
	if len(got.All) != total || got.Cleared != total || got.Open != total || got.Close != 0 {
		t.Errorf("of %d cases: initially %d, cleared %d, all open %d, all closed %d", total, len(got.All), got.Cleared, got.Open, got.Close)
	}
	if got.Address != "#verdict=failed" || got.Told != fmt.Sprintf("4 of %d cases", total) || !got.NoneTold {
		t.Errorf("address %q, count %q, none shown %v", got.Address, got.Told, got.NoneTold)
	}
	if got.Slash != "text" || got.SlashInText || !got.Focus {
		t.Errorf("keyboard: / focuses %q, is accepted in the input %v, a case can be reached %v", got.Slash, got.SlashInText, got.Focus)
	}
}

func TestFragments(t *testing.T) {
	var got struct {
		Filtered, Pressed, Open []string
		Found                   string // at the top of the window after following a link
		Odd                     int
	}
	perform(t, "fragments", "server", "", &got)
	if !slices.Equal(got.Filtered, []string{"case/tokens/bearer"}) || !slices.Equal(got.Pressed, []string{"unexpected-pass", "known-failure"}) {
		t.Errorf("a filter in the address shows %q, pressed %q", got.Filtered, got.Pressed)
	}
	if want := "case/signatures/acs3/canonical-query"; !slices.Equal(got.Open, []string{want}) || got.Found != want {
		t.Errorf("a link to a case opens %q and shows %s", got.Open, got.Found)
	}
	if total := len(readRun(t, "server").Results); got.Odd != total {
		t.Errorf("an invalid fragment shows %d of %d cases", got.Odd, total)
	}
}

func TestContrast(t *testing.T) {
	for name, flag := range map[string]string{"light": light, "dark": dark} {
		for _, page := range []string{"server", "matrix"} {
			t.Run(name+" "+page, func(t *testing.T) {
				var pale []string
				perform(t, "contrast", page, "", &pale, flag)
				if len(pale) > 0 {
					t.Errorf("contrast below 4.5:1: %q", pale)
				}
			})
		}
	}
}

func TestPolicyBlocksScripts(t *testing.T) {
	var got struct {
		Owned   bool
		Title   string
		Stopped []string
	}
	perform(t, "policy", "server", "Content Security Policy", &got)
	if got.Owned || got.Title != "failed: 127.0.0.1:8080" {
		t.Errorf("a script ran: %v, title %q", got.Owned, got.Title)
	}
	if !slices.Equal(got.Stopped, []string{"img-src", "script-src-attr", "script-src-elem"}) && !slices.Equal(got.Stopped, []string{"img-src", "script-src-elem"}) {
		t.Errorf("got %q", got.Stopped)
	}
}

// A page opened from disk, without an origin, works too, and follows the preferred
// color scheme. ESACERT_SCREENSHOTS names a directory for screenshots.
func TestPageOpenedFromDisk(t *testing.T) {
	dir := os.Getenv("ESACERT_SCREENSHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	for _, page := range []string{"server", "matrix"} {
		t.Run(page, func(t *testing.T) {
			path, err := filepath.Abs(filepath.Join(dir, page+".html"))
			if err != nil {
				t.Fatal(err)
			}
			file, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := file.Write(HTML{}, readRun(t, page)); err != nil {
				t.Fatal(err)
			}
			dom := string(browse(t, "", "--dump-dom", "file://"+path+"#text=bearer"))
			if want := fmt.Sprintf(" of %d cases", len(suite.ByCase(readRun(t, page).Results))); !strings.Contains(dom, want) {
				t.Error("the filter does not work from disk")
			}
			bright := map[string]float64{}
			for _, shot := range []struct{ name, size, flag, fragment string }{
				{"light", "1280,2000", light, ""},
				{"dark", "1280,2000", dark, ""},
				{"case", "1280,1400", light, "#case/parameters/markup"},
				{"narrow", "500,1600", light, ""},
			} {
				picture := filepath.Join(filepath.Dir(path), page+"-"+shot.name+".png")
				browse(t, "", "--window-size="+shot.size, shot.flag, "--screenshot="+picture, "file://"+path+shot.fragment)
				bright[shot.name] = brightness(t, picture)
			}
			if bright["light"] < 0.85 || bright["dark"] > 0.25 {
				t.Errorf("got brightness %v", bright)
			}
		})
	}
}

// brightness returns the mean brightness of an image, from 0 to 1.
func brightness(t *testing.T, name string) float64 {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	sum, n := 0.0, 0
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y += 4 {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x += 4 {
			sum += float64(color.GrayModel.Convert(picture.At(x, y)).(color.Gray).Y) / 255
			n++
		}
	}
	return sum / float64(n)
}
