package config

import (
	"fmt"

	"github.com/esacert/esacert/server/internal/docpath"
)

// visitor is called with the path of a key, the address of its value, and what is
// wrong with the value alone; "" if it is valid.
type visitor func(path string, address any, wrong string)

// visit calls a visitor for each key of a mapping and of the mappings in it.
func (m *mapping[T]) visit(t *T, path string, v visitor) {
	for _, f := range m.fields {
		if f.at == nil {
			continue
		}
		key, wrong := docpath.Member(path, f.keys[0]), ""
		if f.check != nil {
			wrong = f.check(t)
		}
		v(key, f.at(t), wrong)
		if f.inner != nil {
			f.inner(t, key, v)
		}
	}
}

// findings collects the problems of a configuration. Checks name a value by its
// address, and the declaration of the file provides the path, so that keys are
// written in one place only.
type findings struct {
	config   *Config
	places   map[any]place // by address of the value; built for the first problem
	problems problems
}

// place is the position of a value.
type place struct {
	path  string
	order int // in the declaration of the file
}

// checkDeclared adds the problems of values that break a rule of the declaration.
func (f *findings) checkDeclared() {
	m := fileMapping()
	m.visit(f.config, "", func(_ string, address any, wrong string) {
		if wrong != "" {
			f.add(address, "%s", wrong)
		}
	})
}

// add adds a problem of the value with an address, or of a part of it.
func (f *findings) add(at any, format string, args ...any) { f.addAbout(nil, at, format, args...) }

// addAbout is add for a problem that is about further values, too.
func (f *findings) addAbout(needs []any, at any, format string, args ...any) {
	p := f.place(at)
	paths := make([]string, len(needs))
	for i, need := range needs {
		paths[i] = f.place(need).path
	}
	f.problems = append(f.problems, Problem{Path: p.path, Message: fmt.Sprintf(format, args...), order: p.order, needs: paths})
}

// part is an item of a list or an entry of a map, which has no address in the
// declaration.
type part struct {
	address any // of the list or map
	extend  func(path string) string
}

func itemOf(address any, index int) part {
	return part{address, func(path string) string { return docpath.Item(path, index) }}
}

func memberOf(address any, name string) part {
	return part{address, func(path string) string { return docpath.Member(path, name) }}
}

// place finds a value by its address, or a part of it.
func (f *findings) place(at any) place {
	if p, ok := at.(part); ok {
		whole := f.place(p.address)
		return place{path: p.extend(whole.path), order: whole.order}
	}
	if f.places == nil {
		f.places = map[any]place{}
		m := fileMapping()
		m.visit(f.config, "", func(path string, address any, _ string) {
			f.places[address] = place{path: path, order: len(f.places)}
		})
	}
	return f.places[at]
}
