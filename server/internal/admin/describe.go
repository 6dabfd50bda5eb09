package admin

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Endpoint describes one method of a path of the admin API. GET / lists all
// endpoints, from the table that registers them.
type Endpoint struct {
	Method      string      `json:"method"`
	Path        string      `json:"path"`
	Description string      `json:"description"`
	Query       []Parameter `json:"query,omitempty"`
	Request     *Body       `json:"request,omitempty"`
	Response    *Body       `json:"response,omitempty"`
}

// Parameter describes a parameter of a query.
type Parameter struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"` // string or integer
	Description string   `json:"description"`
	Values      []string `json:"values,omitempty"` // accepted values; empty if any value is accepted
}

// Body describes the body of a request or of the response to an accepted one.
type Body struct {
	ContentType string  `json:"content_type"`
	List        bool    `json:"list,omitempty"` // an array of objects with the fields
	Fields      []Field `json:"fields,omitempty"`
	Example     any     `json:"example,omitempty"`
}

// Field describes a member of a JSON object.
type Field struct {
	Name        string  `json:"name"`
	Type        string  `json:"type"`
	Description string  `json:"description,omitempty"`
	Fields      []Field `json:"fields,omitempty"` // of an object or of the objects of a list
}

const contentJSON = "application/json"

// bodyOf describes the JSON of a type: a struct, or a slice of structs.
func bodyOf(t reflect.Type) *Body {
	list := t.Kind() == reflect.Slice
	if list {
		t = t.Elem()
	}
	return &Body{ContentType: contentJSON, List: list, Fields: fieldsOf(t, nil)}
}

// fieldsOf describes the fields of a struct under their encoding/json names, with
// the content of their doc tags. It does not descend into enclosing types again.
func fieldsOf(t reflect.Type, within []reflect.Type) []Field {
	if slices.Contains(within, t) {
		return nil
	}
	within = append(slices.Clone(within), t)
	var fields []Field
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported():
		case f.Anonymous && name == "":
			fields = append(fields, fieldsOf(f.Type, within)...)
		default:
			typ, inner := typeOf(f.Type, within)
			fields = append(fields, Field{Name: cmp.Or(name, f.Name), Type: typ, Description: f.Tag.Get("doc"), Fields: inner})
		}
	}
	return fields
}

// typeOf returns the JSON type of a Go type and describes its fields.
func typeOf(t reflect.Type, within []reflect.Type) (name string, inner []Field) {
	switch t {
	case reflect.TypeFor[time.Time]():
		return "time, for example 2026-11-28T12:00:00Z", nil
	case reflect.TypeFor[duration]():
		return "duration, for example 60s", nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeOf(t.Elem(), within)
	case reflect.Slice, reflect.Array:
		name, inner = typeOf(t.Elem(), within)
		return "list of " + name, inner
	case reflect.Struct:
		return "object", fieldsOf(t, within)
	case reflect.String:
		return typeString, nil
	case reflect.Bool:
		return "boolean", nil
	case reflect.Float32, reflect.Float64:
		return "number", nil
	case reflect.Interface:
		return "object", nil // an example
	default:
		return typeInteger, nil
	}
}
