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
		loader   = loader{first: map[string]string{}}
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
		loader.file(name, data, &problems)
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
	cases []Case
	first map[string]string // where an id was first used
}

// file reads the cases of one file.
func (l *loader) file(name string, data []byte, problems *Problems) {
	root := parseDocument(name, data, problems)
	if root == nil {
		return
	}
	list, ok := root.(*ast.SequenceNode)
	if !ok {
		problems.at(name, root, "the file must be a list of cases (- id: …)")
		return
	}
	for _, node := range list.Values {
		l.one(name, node, problems)
	}
}

// one reads one case. Problems of the case itself are looked for only in a case
// that could be read whole.
func (l *loader) one(name string, node ast.Node, problems *Problems) {
	var c Case
	if err := yaml.NodeToValue(node, &c, yaml.Strict()); err != nil {
		problems.yaml(name, node, err)
		return
	}
	line, _ := place(node)
	here := fmt.Sprintf("%s:%d", name, line)
	if before, twice := l.first[c.ID]; twice {
		problems.at(name, node, "case %s: the id is used before, at %s", c.ID, before)
	}
	l.first[c.ID] = here
	c.complete()
	for _, message := range c.check() {
		problems.at(name, node, "case %s: %s", c.ID, message)
	}
	l.cases = append(l.cases, c)
}
