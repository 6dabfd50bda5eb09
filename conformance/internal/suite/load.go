package suite

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Load reads the cases of all *.yaml files in the top folder of a file system,
// in the order of the files' names and of the cases in them. A file is a list
// of cases; an unknown key is refused. Files whose names begin with "targets"
// are no cases.
//
// The error is of type Problems, and has everything that is wrong, or wraps
// that of the file system.
func Load(fsys fs.FS) ([]Case, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("listing the cases: %w", err)
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
			return nil, fmt.Errorf("reading cases: %w", err)
		}
		loader.readFile(name, data, &problems)
	}
	if len(loader.cases) == 0 && len(problems) == 0 {
		problems = append(problems, Problem{Message: "no case was found: there is none in *.yaml"})
	}
	if err := problems.err(); err != nil {
		return nil, err
	}
	return loader.cases, nil
}

// loader gathers cases over files.
type loader struct {
	cases  []Case
	seenAt map[string]string // where an id was first used
}

// readFile reads the cases of one file.
func (l *loader) readFile(name string, data []byte, problems *Problems) {
	root := parseDocument(name, data, problems)
	if root == nil {
		return
	}
	list, ok := root.(*ast.SequenceNode)
	if !ok {
		problems.addAt(name, root, "the file must be a list of cases (- id: …)")
		return
	}
	for _, node := range list.Values {
		l.readCase(name, node, problems)
	}
}

// readCase reads one case. Problems of the case itself are looked for only in a case
// that could be read whole.
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
		problems.addAt(name, node, "case %s: the id is used before, at %s", c.ID, before)
	}
	l.seenAt[c.ID] = here
	c.complete()
	for _, message := range c.check() {
		problems.addAt(name, node, "case %s: %s", c.ID, message)
	}
	l.cases = append(l.cases, c)
}
