package explorer_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/internal/explorer"
)

// references are the files that a file has the browser load.
func references(name, text string) []string {
	pattern := `(?:src|href)="([^"#]+)"`
	if strings.HasSuffix(name, ".js") {
		pattern = `(?m)^(?:import|export)\b[^\n]*["']\./([^"']+)["']`
	}
	var found []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

const mostBytes = 150_000

// All that is embedded stays small, is served as it is, and is loaded by the
// page.
func TestEmbedded(t *testing.T) {
	t.Parallel()
	all, h, total := files(t), newPage(t, explorer.Options{}), 0
	loaded := map[string]bool{"index.html": true}
	for queue := []string{"index.html"}; len(queue) > 0; queue = queue[1:] {
		for _, name := range references(queue[0], all[queue[0]]) {
			if !loaded[name] {
				loaded[name] = true
				queue = append(queue, name)
			}
			if _, ok := all[name]; !ok {
				t.Errorf("%s loads %s, which is not there", queue[0], name)
			}
		}
	}
	for name, text := range all {
		if w := get(h, http.MethodGet, explorer.Path+name); w.Body.String() != text {
			t.Errorf("%s is not served as it is", name)
		}
		if !loaded[name] {
			t.Errorf("nothing loads %s", name)
		}
		total += len(text)
	}
	if total == 0 || total >= mostBytes {
		t.Errorf("%d bytes are embedded, less than %d are allowed", total, mostBytes)
	}
	t.Logf("%d files, %d bytes", len(all), total)
}

// The picture of the README is not embedded, and small all the same.
func TestPicture(t *testing.T) {
	t.Parallel()
	info, err := os.Stat("doc/explorer.png")
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() >= 120_000 {
		t.Errorf("the picture has %d bytes", info.Size())
	}
}
