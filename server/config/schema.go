package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/esacert/esacert/server/internal/docpath"
	"github.com/esacert/esacert/server/store"
)

// jsonSchema is a JSON Schema or keywords of one.
type jsonSchema = map[string]any

// keySet is the keys of a mapping of the file.
type keySet struct {
	what       string   // the mapping, in messages
	keys       []string // in the order of messages
	deprecated []string // accepted, but neither listed nor suggested
}

// mapping declares a mapping of the file that is decoded into a T. The decoder,
// the check for unknown keys and the JSON Schema all use this declaration.
type mapping[T any] struct {
	keySet
	initial func() T // values of missing keys; nil for the zero value
	fields  []field[T]
}

// field declares one key of a mapping, or the three keys of a secret.
type field[T any] struct {
	keys       []string
	about      string
	required   bool
	deprecated bool
	reload     reload
	schema     func(initial *T) jsonSchema
	decode     func(o object, into *T)

	at      func(*T) any                                 // address of the value; nil for deprecated keys
	inner   func(t *T, path string, v visitor)           // visits the fields of an inner mapping; may be nil
	changed func(path string, before, after *T) []string // replaces the comparison of the values; may be nil
	check   func(t *T) string                            // returns what is wrong with the value alone, or ""; may be nil
}

func newMapping[T any](what string, initial func() T, fields ...field[T]) mapping[T] {
	m := mapping[T]{keySet: keySet{what: what}, initial: initial, fields: fields}
	for _, f := range fields {
		if f.deprecated {
			m.deprecated = append(m.deprecated, f.keys...)
		} else {
			m.keys = append(m.keys, f.keys...)
		}
	}
	return m
}

// value returns what an empty mapping is decoded to.
func (m *mapping[T]) value() T {
	if m.initial == nil {
		var zero T
		return zero
	}
	return m.initial()
}

func (m *mapping[T]) decode(o object, into *T) {
	for _, f := range m.fields {
		f.decode(o, into)
	}
}

// schema returns the JSON Schema of the mapping; the defaults are from initial.
func (m *mapping[T]) schema(initial *T) jsonSchema {
	properties, required := jsonSchema{}, []string{}
	for _, f := range m.fields {
		for _, key := range f.keys {
			property := f.schema(initial)
			property["description"] = f.description(key)
			if f.deprecated {
				property["deprecated"] = true
			}
			if f.required {
				required = append(required, key)
			} else {
				property = nullable(property)
			}
			properties[key] = property
		}
	}
	s := jsonSchema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func (f *field[T]) description(key string) string {
	switch {
	case strings.HasSuffix(key, "_env") && len(f.keys) > 1:
		return "Environment variable that contains it: " + f.about
	case strings.HasSuffix(key, "_file") && len(f.keys) > 1:
		return "File that contains it, relative to this file: " + f.about
	}
	return f.about
}

// nullable also accepts null, which the decoder treats as a missing key.
func nullable(s jsonSchema) jsonSchema {
	s = maps.Clone(s)
	switch t := s["type"].(type) {
	case string:
		s["type"] = []string{t, "null"}
	case []string:
		s["type"] = append(slices.Clone(t), "null")
	}
	if enum, ok := s["enum"].([]string); ok {
		all := []any{nil}
		for _, value := range enum {
			all = append(all, value)
		}
		s["enum"] = all
	}
	if anyOf, ok := s["anyOf"].([]jsonSchema); ok {
		s["anyOf"] = append(slices.Clone(anyOf), jsonSchema{"type": "null"})
	}
	return s
}

// Schema returns the JSON Schema (draft 2020-12) of the configuration file, for
// editors.
func Schema() []byte {
	m := fileMapping()
	initial := m.value()
	s := m.schema(&initial)
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "Configuration of esacertd"
	encoded, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(err) // maps, lists and strings only
	}
	return append(encoded, '\n')
}

// fileMapping returns the declaration of the file, built once per process.
var fileMapping = sync.OnceValue(newFileMapping) //nolint:gochecknoglobals // never changes

// rule restricts the values of a key, in the schema and in Validate.
type rule[V any] struct {
	schema jsonSchema
	check  func(V) string // returns what is wrong, or ""; nil if only the schema has the rule
}

// with merges keywords into a schema.
func with(s jsonSchema, more ...jsonSchema) jsonSchema {
	s = maps.Clone(s)
	for _, keywords := range more {
		maps.Copy(s, keywords)
	}
	return s
}

// needed marks a field as required.
func needed[T any](f field[T]) field[T] {
	f.required = true
	return f
}

// fieldOf declares a key whose values are decoded by a method of object. The
// value before is the result for a missing key.
func fieldOf[T, V any](key, about string, at func(*T) *V, decode func(o object, key string, before V) V, schema func(initial V) jsonSchema, rules ...rule[V]) field[T] {
	return field[T]{
		keys: []string{key}, about: about,
		schema: func(initial *T) jsonSchema {
			s := schema(*at(initial))
			for _, r := range rules {
				s = with(s, r.schema)
			}
			return s
		},
		decode: func(o object, into *T) { p := at(into); *p = decode(o, key, *p) },
		at:     func(t *T) any { return at(t) },
		check: func(t *T) string {
			for _, r := range rules {
				if r.check == nil {
					continue
				}
				if wrong := r.check(*at(t)); wrong != "" {
					return wrong
				}
			}
			return ""
		},
	}
}

// stringType is the type of strings; numbers are accepted as written.
func stringType() jsonSchema { return jsonSchema{"type": []string{"string", "number"}} }

// enum returns a schema of strings.
func enum(values []string) jsonSchema { return jsonSchema{"type": "string", "enum": values} }

// oneOf accepts some strings only.
func oneOf[S ~string](values []S) rule[S] {
	return rule[S]{schema: enum(names(values)), check: func(s S) string { return notOneOf(s, values) }}
}

// notOneOf returns why a string is rejected; "" if it is one of the values.
func notOneOf[S ~string](s S, values []S) string {
	if slices.Contains(values, s) {
		return ""
	}
	return fmt.Sprintf("invalid value %s: want %s", quoted(string(s)), joinOr(names(values)))
}

// orEmpty also accepts the empty string.
func orEmpty[S ~string](r rule[S]) rule[S] {
	return rule[S]{schema: r.schema, check: func(s S) string {
		if s == "" {
			return ""
		}
		return r.check(s)
	}}
}

// documented adds keywords to the schema only.
func documented[V any](s jsonSchema) rule[V] { return rule[V]{schema: s} }

// between accepts integers of a range.
func between[V int | int64](minimum, maximum V) rule[V] {
	return rule[V]{schema: jsonSchema{"minimum": minimum, "maximum": maximum}, check: func(n V) string {
		if n < minimum || n > maximum {
			return fmt.Sprintf("%d is not between %d and %d", n, minimum, maximum)
		}
		return ""
	}}
}

// within accepts durations of a range. JSON Schema cannot express it.
func within(shortest, longest time.Duration) rule[time.Duration] {
	return rule[time.Duration]{check: func(d time.Duration) string {
		if d < shortest || d > longest {
			return fmt.Sprintf("%v is not between %v and %v", d, shortest, longest)
		}
		return ""
	}}
}

func stringKey[T any, S ~string](key, about string, at func(*T) *S, rules ...rule[S]) field[T] {
	decode := func(o object, key string, before S) S { return S(o.stringValue(key, string(before))) }
	return fieldOf(key, about, at, decode, func(initial S) jsonSchema {
		s := stringType()
		if initial != "" {
			s["default"] = string(initial)
		}
		return s
	}, rules...)
}

// path declares a path that is relative to the directory of the file.
func path[T any](key, about string, at func(*T) *string) field[T] {
	decode := func(o object, key, _ string) string { return o.pathOf(key) }
	return fieldOf(key, about, at, decode, func(string) jsonSchema { return stringType() })
}

func stringsKey[T any](key, about string, at func(*T) *[]string, items ...jsonSchema) field[T] {
	decode := func(o object, key string, before []string) []string {
		if list := o.stringValues(key); list != nil {
			return list
		}
		return before
	}
	return fieldOf(key, about, at, decode, func(initial []string) jsonSchema {
		s := jsonSchema{"type": "array", "items": with(stringType(), items...)}
		if initial != nil {
			s["default"] = initial
		}
		return s
	})
}

func boolean[T any](key, about string, at func(*T) *bool) field[T] {
	decode := func(o object, key string, _ bool) bool { return o.boolean(key) }
	return fieldOf(key, about, at, decode, func(initial bool) jsonSchema { return jsonSchema{"type": "boolean", "default": initial} })
}

func integer[T any](key, about string, at func(*T) *int64, rules ...rule[int64]) field[T] {
	return fieldOf(key, about, at, object.integer, integerSchema[int64], rules...)
}

func count[T any](key, about string, at func(*T) *int, rules ...rule[int]) field[T] {
	return fieldOf(key, about, at, object.count, integerSchema[int], rules...)
}

func integerSchema[V int | int64](initial V) jsonSchema {
	s := jsonSchema{"type": "integer"}
	if initial != 0 {
		s["default"] = initial
	}
	return s
}

func limit[T any](key, about string, at func(*T) *int) field[T] {
	return fieldOf(key, about, at, object.limit, limitSchema)
}

func limitSchema(initial int) jsonSchema {
	s := jsonSchema{"anyOf": []jsonSchema{{"type": "integer", "minimum": 0}, {"const": unlimited}}, "default": initial}
	if initial == store.Unlimited {
		s["default"] = unlimited
	}
	return s
}

func size[T any](key, about string, at func(*T) *int64) field[T] {
	valid := rule[int64]{schema: between[int64](minSizeLimit, maxSizeLimit).schema, check: func(n int64) string {
		if n < minSizeLimit || n > maxSizeLimit {
			return fmt.Sprintf("%d bytes is not between 1KiB and 64MiB", n)
		}
		return ""
	}}
	return fieldOf(key, about, at, object.size, func(initial int64) jsonSchema {
		s := jsonSchema{"type": []string{"integer", "string"}, "pattern": `^[0-9]+ *(KiB|MiB)?$`, "default": fmt.Sprintf("%dKiB", initial>>10)}
		if initial%(1<<20) == 0 {
			s["default"] = fmt.Sprintf("%dMiB", initial>>20)
		}
		return s
	}, valid)
}

func duration[T any](key, about string, at func(*T) *time.Duration, rules ...rule[time.Duration]) field[T] {
	return fieldOf(key, about, at, object.duration, func(initial time.Duration) jsonSchema {
		return with(durationSchema(), jsonSchema{"default": shortDuration(initial)})
	}, rules...)
}

// durationSchema accepts 0 without a unit.
func durationSchema() jsonSchema {
	const number = `([0-9]+(\.[0-9]*)?|\.[0-9]+)`
	return jsonSchema{"type": []string{"string", "integer"}, "pattern": `^\+?(0|(` + number + `(ns|us|µs|μs|ms|s|m|h))+)$`, "minimum": 0, "maximum": 0}
}

// shortDuration omits zero minutes and seconds: 5m, not 5m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if trimmed, ok := strings.CutSuffix(s, "m0s"); ok {
		s = trimmed + "m"
	}
	if trimmed, ok := strings.CutSuffix(s, "h0m"); ok {
		s = trimmed + "h"
	}
	return s
}

func expiry[T any](about string, at func(*T) *time.Time) field[T] {
	decode := func(o object, key string, _ time.Time) time.Time { return o.expiry(key) }
	return needed(fieldOf("expires", about, at, decode, func(time.Time) jsonSchema {
		return jsonSchema{"anyOf": []jsonSchema{{"type": "string", "format": "date-time"}, {"const": never}}}
	}))
}

func timestamp[T any](key, about string, at func(*T) *time.Time) field[T] {
	decode := func(o object, key string, _ time.Time) time.Time { return o.timestamp(key) }
	return fieldOf(key, about, at, decode, func(time.Time) jsonSchema { return jsonSchema{"type": "string", "format": "date-time"} })
}

// secret declares the three keys of a secret.
func secret[T any](key, about string, at func(*T) *Secret) field[T] {
	return field[T]{
		keys: secretKeys(key), about: about,
		schema: func(*T) jsonSchema { return stringType() },
		decode: func(o object, into *T) { *at(into) = o.secret(key) },
		at:     func(t *T) any { return at(t) },
	}
}

// secretKeys returns the keys for a secret itself, for an environment variable and
// for a file.
func secretKeys(key string) []string { return []string{key, key + "_env", key + "_file"} }

// nested declares a mapping under a key.
func nested[T, V any](key, about string, m mapping[V], at func(*T) *V) field[T] {
	return field[T]{
		keys: []string{key}, about: about,
		schema: func(initial *T) jsonSchema { return m.schema(at(initial)) },
		decode: func(o object, into *T) {
			if inner, ok := o.inner(key, &m.keySet); ok {
				m.decode(inner, at(into))
			}
		},
		at:      func(t *T) any { return at(t) },
		inner:   func(t *T, path string, v visitor) { m.visit(at(t), path, v) },
		changed: func(path string, before, after *T) []string { return m.changed(path, at(before), at(after)) },
	}
}

// section declares a mapping under a key whose values are fields of T itself, or
// of a struct without a name in it; at returns the address of that struct.
func section[T any](key, about, what string, at func(*T) any, fields ...field[T]) field[T] {
	f := nested(key, about, newMapping(what, nil, fields...), func(t *T) *T { return t })
	f.at = at
	return f
}

// list declares a list of mappings under a key.
func list[T, V any](key, about string, m mapping[V], at func(*T) *[]V) field[T] {
	return field[T]{
		keys: []string{key}, about: about,
		schema: func(*T) jsonSchema {
			initial := m.value()
			return jsonSchema{"type": "array", "items": m.schema(&initial)}
		},
		decode: func(o object, into *T) {
			*at(into) = listOf(o, key, &m.keySet, func(o object) V {
				v := m.value()
				m.decode(o, &v)
				return v
			})
		},
		at: func(t *T) any { return at(t) },
		inner: func(t *T, path string, v visitor) {
			values := *at(t)
			for i := range values {
				v(docpath.Item(path, i), &values[i], "")
				m.visit(&values[i], docpath.Item(path, i), v)
			}
		},
	}
}
