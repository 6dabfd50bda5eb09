package suite

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Load reads the cases of all *.yaml files in the root directory of a file system,
// in the order of file names. A file is a list of cases without unknown keys. Load
// ignores files whose names begin with "targets".
//
// The error is of type Problems and lists all problems, or wraps an error of the
// file system.
func Load(fsys fs.FS) ([]Case, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list case files: %w", err)
	}
	var (
		loader   = loader{seenAt: map[string]string{}}
		problems Problems
	)
	slices.Sort(names)
	for _, name := range names {
		if strings.HasPrefix(name, "targets") {
			continue
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read case file: %w", err)
		}
		loader.readFile(name, data, &problems)
	}
	if len(loader.cases) == 0 && len(problems) == 0 {
		problems = append(problems, Problem{Message: "no cases found in *.yaml"})
	}
	if err := problems.err(); err != nil {
		return nil, err
	}
	return loader.cases, nil
}

// loader collects the cases of several files.
type loader struct {
	cases  []Case
	seenAt map[string]string // file:line of the first case with an ID
}

// readFile reads the cases of one file.
func (l *loader) readFile(name string, data []byte, problems *Problems) {
	root := parseDocument(name, data, problems)
	if root == nil {
		return
	}
	list, ok := root.(*ast.SequenceNode)
	if !ok {
		problems.addAt(name, root, "want a list of cases (- id: …)")
		return
	}
	for _, node := range list.Values {
		l.readCase(name, node, problems)
	}
}

// readCase reads one case, and checks it if it could be decoded.
func (l *loader) readCase(name string, node ast.Node, problems *Problems) {
	var c Case
	renameDeprecatedKeys(name, "", node, problems)
	if err := yaml.NodeToValue(node, &c, yaml.Strict()); err != nil {
		problems.addYAML(name, node, err)
		return
	}
	line, _ := nodePosition(node)
	here := fmt.Sprintf("%s:%d", name, line)
	if before, twice := l.seenAt[c.ID]; twice {
		problems.addAt(name, node, "case %s: duplicate ID, first used at %s", c.ID, before)
	}
	l.seenAt[c.ID] = here
	c.complete()
	for _, message := range c.check() {
		problems.addAt(name, node, "case %s: %s", c.ID, message)
	}
	l.cases = append(l.cases, c)
}
