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
)

// light and dark are the settings of Blink for what a person prefers.
const (
	light = "--blink-settings=preferredColorScheme=1"
	dark  = "--blink-settings=preferredColorScheme=0"
)

// browse starts a headless Chromium, waits for its end, and gives what it
// printed. What the page says on its console, errors of its policy included, fails
// the test unless it is expected.
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

// visited serves the reports and the harness, and remembers what was asked for.
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
	text := textOf(find(slices.Collect(root.Descendants()), "pre", "id", "out"))
	if err := json.Unmarshal([]byte(text), &out); err != nil || out.Error != "" {
		t.Fatalf("task %s: %v %s %q", task, err, out.Error, text)
	}
	if err := json.Unmarshal(out.Result, into); err != nil {
		t.Fatalf("task %s: %v: %s", task, err, out.Result)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, path := range v.paths {
		if path != "/harness" && path != "/eyes.js" && path != "/"+page {
			t.Errorf("the page asked for %s", path)
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
				t.Errorf("%d widths were measured", len(widths))
			}
			for width, got := range widths {
				if got.Over > 0 || len(got.Out) > 0 {
					t.Errorf("at %s pixels the page is %d too wide: %q", width, got.Over, got.Out)
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
		{"failed or broken", got.FailedOrBroken, append(slices.Clone(failed), "case/clock/replay")},
		{"group", got.Group, []string{"case/tokens/sts", "case/tokens/bearer"}},
		{"entries beside", got.Nav, []string{"tokens"}},
		{"text within an exchange", got.Text, []string{"case/clock/replay"}},
		{"no case", got.None, []string{}},
	} {
		if !slices.Equal(test.got, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, test.got, test.want)
		}
	}
	total := len(readRun(t, "server").Results)
	if len(got.All) != total || got.Cleared != total || got.Open != total || got.Close != 0 {
		t.Errorf("of %d cases: at first %d, cleared %d, all open %d, all closed %d", total, len(got.All), got.Cleared, got.Open, got.Close)
	}
	if got.Address != "#verdict=failed" || got.Told != fmt.Sprintf("4 of %d cases", total) || !got.NoneTold {
		t.Errorf("address %q, told %q, none told %v", got.Address, got.Told, got.NoneTold)
	}
	if got.Slash != "text" || got.SlashInText || !got.Focus {
		t.Errorf("keyboard: / leads to %q, is taken within the text %v, a case can be reached %v", got.Slash, got.SlashInText, got.Focus)
	}
}

func TestFragments(t *testing.T) {
	var got struct {
		Filtered, Pressed, Open []string
		Found                   string // at the top of the window, after a link was followed
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
		t.Errorf("an odd address shows %d of %d cases", got.Odd, total)
	}
}

func TestContrast(t *testing.T) {
	for name, flag := range map[string]string{"light": light, "dark": dark} {
		for _, page := range []string{"server", "matrix"} {
			t.Run(name+" "+page, func(t *testing.T) {
				var pale []string
				perform(t, "contrast", page, "", &pale, flag)
				if len(pale) > 0 {
					t.Errorf("less than 4.5:1 have %q", pale)
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
		t.Errorf("stopped were %q", got.Stopped)
	}
}

// From disk, where a page has no origin, it works as well; and it looks different
// for who prefers dark. ESACERT_SCREENSHOTS names a folder that keeps the
// pictures.
func TestPageOpenedFromDisk(t *testing.T) {
	folder := os.Getenv("ESACERT_SCREENSHOTS")
	if folder == "" {
		folder = t.TempDir()
	}
	for _, page := range []string{"server", "matrix"} {
		t.Run(page, func(t *testing.T) {
			path, err := filepath.Abs(filepath.Join(folder, page+".html"))
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
			if want := fmt.Sprintf(" of %d cases", len(byCase(readRun(t, page).Results))); !strings.Contains(dom, want) {
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
				t.Errorf("brightness is %v", bright)
			}
		})
	}
}

// brightness is the mean of a picture, from 0 to 1.
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
