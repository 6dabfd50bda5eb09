package aliyuncli_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/internal/explorer/internal/aliyuncli"
)

// lines finds the aliyun command lines in a document, in code between backticks
// or on separate lines.
func lines(document string) []string {
	return regexp.MustCompile("(?m)(?:^\\s*|`)(?:[A-Z_]+=\\S+ )*aliyun (esa [^`\n]*)").FindAllString(document, -1)
}

// The client accepts every aliyun line in the documentation.
func TestDocumentedLines(t *testing.T) {
	t.Parallel()
	found := 0
	err := filepath.WalkDir("../../../../..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "bin" || entry.Name() == ".git"):
			return filepath.SkipDir
		case filepath.Ext(path) != ".md":
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, line := range lines(string(content)) {
			found++
			_, words, _ := strings.Cut(line, "aliyun ")
			call, err := aliyuncli.Parse(strings.Fields(words), true)
			if err != nil || call.Action != esaops.ApplyCertificate.Action || call.Parameters["SiteId"] == "" || call.Parameters["Domains"] == "" {
				t.Errorf("%s: aliyun %s: %+v, %v", path, words, call, err)
			}
		}
		return nil
	})
	if err != nil || found == 0 {
		t.Errorf("%d lines, %v", found, err)
	}
}
