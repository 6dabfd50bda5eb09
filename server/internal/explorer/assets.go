package explorer

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed page
var assets embed.FS

// asset is a file to serve.
type asset struct {
	content     []byte
	contentType string
	etag        string
}

func newAsset(content []byte, contentType string) asset {
	sum := sha256.Sum256(content)
	return asset{content, contentType, `"` + hex.EncodeToString(sum[:16]) + `"`}
}

func (p asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", p.contentType)
	w.Header().Set("Etag", p.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.content))
}

// fileSet holds the embedded files by name; "" is the page itself.
type fileSet map[string]asset

func newAssets() (fileSet, error) {
	all := fileSet{}
	entries, err := fs.ReadDir(assets, "page")
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		content, err := fs.ReadFile(assets, path.Join("page", entry.Name()))
		if err != nil {
			return nil, err
		}
		all[entry.Name()] = newAsset(content, contentType(entry.Name()))
	}
	all[""] = all["index.html"]
	return all, nil
}

// contentType does not use the machine's MIME tables, which differ.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "text/plain; charset=utf-8"
}

func (p fileSet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	found, ok := p[strings.TrimPrefix(r.URL.Path, Path)]
	if !ok {
		http.Error(w, "page not found; the explorer is at "+Path, http.StatusNotFound)
		return
	}
	found.ServeHTTP(w, r)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v) // fails only if the caller has disconnected
}
