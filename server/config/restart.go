package config

import (
	"reflect"

	"github.com/esacert/esacert/server/internal/docpath"
)

// reload is what a running server does with a changed value.
type reload int

const (
	needsRestart reload = iota // the value is used when the server starts
	live                       // the new value is used
	liveIfLower                // as live, but the listener keeps enforcing the value it started with
)

// reloaded declares what a running server does with a changed value.
func reloaded[T any](r reload, f field[T]) field[T] {
	f.reload = r
	return f
}

// RestartKeys returns the keys of the file whose values in next take effect only
// after a restart of a server that was started with c.
func (c *Config) RestartKeys(next *Config) []string {
	m := fileMapping()
	return m.changed("", c, next)
}

// changed returns the paths of the keys whose values differ and need a restart.
func (m *mapping[T]) changed(path string, before, after *T) []string {
	var keys []string
	for _, f := range m.fields {
		key := docpath.Member(path, f.keys[0])
		switch {
		case f.at == nil || f.reload == live:
		case f.changed != nil:
			keys = append(keys, f.changed(key, before, after)...)
		case f.reload == liveIfLower && !raised(f.at(before), f.at(after)):
		case !reflect.DeepEqual(f.at(before), f.at(after)):
			keys = append(keys, key)
		}
	}
	return keys
}

// raised compares integers by their addresses.
func raised(before, after any) bool {
	return reflect.ValueOf(after).Elem().Int() > reflect.ValueOf(before).Elem().Int()
}
