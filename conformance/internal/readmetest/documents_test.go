package readmetest

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../../.."

// block is one fenced block of a document.
type block struct {
	language string
	section  string // last heading of level 2
	line     int    // line number of the opening fence
	body     string
}

type document struct {
	path    string // relative to the root of the module
	content string
	blocks  []block
}

// documents returns every Markdown document of the module.
func documents(t *testing.T) []document {
	t.Helper()
	var all []document
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			switch entry.Name() {
			case "node_modules", "bin", ".git", "testdata":
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		all = append(all, document{name, string(content), parse(t, name, string(content))})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 8 {
		t.Fatalf("got %d documents, want at least 8", len(all))
	}
	return all
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// parse returns the blocks of a document. An indented block is an error, because it would
// not be tested.
func parse(t *testing.T, path, content string) []block {
	t.Helper()
	var blocks []block
	var current *block
	section, afterEmpty := "", true
	for i, line := range strings.Split(content, "\n") {
		switch {
		case current == nil && strings.HasPrefix(line, "```"):
			current = &block{language: line[3:], section: section, line: i + 1}
		case current != nil && line == "```":
			blocks = append(blocks, *current)
			current = nil
		case current != nil:
			current.body += line + "\n"
		case strings.HasPrefix(line, "## "):
			section = line[3:]
		case afterEmpty && (strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t")):
			t.Errorf("%s:%d: indented block; use a fence with a language", path, i+1)
		}
		afterEmpty = strings.TrimSpace(line) == ""
	}
	if current != nil {
		t.Errorf("%s:%d: the fence is not closed", path, current.line)
	}
	return blocks
}

func TestEveryBlockHasACheck(t *testing.T) {
	t.Parallel()
	for _, d := range documents(t) {
		for _, b := range d.blocks {
			switch b.language {
			case "sh", "go", "yaml":
			case "json":
				decoder := json.NewDecoder(strings.NewReader(b.body))
				for {
					var value any
					if err := decoder.Decode(&value); errors.Is(err, io.EOF) {
						break
					} else if err != nil {
						t.Errorf("%s:%d: %v", d.path, b.line, err)
						break
					}
				}
			default:
				t.Errorf("%s:%d: no check for a block of language %q; want sh, go, yaml or json", d.path, b.line, b.language)
			}
		}
	}
}

// Links within the repository, and their anchors, exist.
func TestLinks(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, d := range documents(t) {
		for _, found := range link.FindAllStringSubmatch(d.content, -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			path, anchor, _ := strings.Cut(found[1], "#")
			target := filepath.Join(root, filepath.Dir(d.path), path)
			if path == "" {
				target = filepath.Join(root, d.path)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: link to %s: %v", d.path, found[1], err)
				continue
			}
			if anchor == "" {
				continue
			}
			content, err := os.ReadFile(target)
			if err != nil || !anchors(string(content))[anchor] {
				t.Errorf("%s: link to %s: heading not found (%v)", d.path, found[1], err)
			}
		}
	}
}

// anchors returns the anchors of the headings of a document on GitHub.
func anchors(content string) map[string]bool {
	all := map[string]bool{}
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(content, -1) {
		name := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		all[strings.ReplaceAll(name, " ", "-")] = true
	}
	return all
}
