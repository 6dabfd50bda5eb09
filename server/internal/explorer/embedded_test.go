package explorer_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/internal/explorer"
)

// references returns the files that the browser loads for a file.
func references(name, content string) []string {
	pattern := `(?:src|href)="([^"#]+)"`
	if strings.HasSuffix(name, ".js") {
		pattern = `(?m)^(?:import|export)\b[^\n]*["']\./([^"']+)["']`
	}
	var found []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(content, -1) {
		found = append(found, match[1])
	}
	return found
}

const maxPageBytes = 150_000

// Every embedded file is small, is served unchanged, and is loaded by the page.
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
	for name, content := range all {
		if w := get(h, http.MethodGet, explorer.Path+name); w.Body.String() != content {
			t.Errorf("%s is not served unchanged", name)
		}
		if !loaded[name] {
			t.Errorf("nothing loads %s", name)
		}
		total += len(content)
	}
	if total == 0 || total >= maxPageBytes {
		t.Errorf("%d bytes are embedded, less than %d are allowed", total, maxPageBytes)
	}
	t.Logf("%d files, %d bytes", len(all), total)
}

// The screenshot of the README is not embedded, but is small too.
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
