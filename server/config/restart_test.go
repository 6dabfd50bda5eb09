package config_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/esacert/esacert/server/config"
)

// takenOver are the fields that a reload takes over.
func takenOver() []string {
	return []string{"region", "host_id", "allow_pending_sites", "limits.body", "policies", "accounts", "scenarios.base", "scenarios.sites"}
}

// A change of any field is either taken over by a reload, or its key is named.
func TestRestartKeysAreComplete(t *testing.T) {
	t.Parallel()
	var paths []string
	walk(reflect.ValueOf(config.Default()).Elem(), "", func(path string, _ reflect.Value) { paths = append(paths, path) })
	if len(paths) < 35 {
		t.Fatalf("only the fields %v", paths)
	}
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			before, after := config.Default(), config.Default()
			walk(reflect.ValueOf(after).Elem(), "", func(p string, v reflect.Value) {
				if p == path {
					change(t, v)
				}
			})
			want := []string{path}
			if slices.Contains(takenOver(), path) {
				want = nil
			}
			if path == "issuing.off" {
				want = []string{"issuing"}
			}
			if got := before.RestartKeys(after); !slices.Equal(got, want) {
				t.Errorf("RestartKeys = %v, want %v", got, want)
			}
			if got := before.RestartKeys(config.Default()); got != nil {
				t.Errorf("without a change: %v", got)
			}
		})
	}
}

// The listener keeps its caps; a lower one is taken over.
func TestLowerLimitsAreTakenOver(t *testing.T) {
	t.Parallel()
	before, after := config.Default(), config.Default()
	after.Limits.URL, after.Limits.Header, after.Limits.HeaderFields = 1000, 1000, 10
	if got := before.RestartKeys(after); got != nil {
		t.Errorf("lowered: %v", got)
	}
	if got := after.RestartKeys(before); !slices.Equal(got, []string{"limits.url", "limits.header", "limits.header_fields"}) {
		t.Errorf("raised: %v", got)
	}
}

// walk calls visit with each field that is not a struct of fields, and its key.
func walk(v reflect.Value, within string, visit func(path string, v reflect.Value)) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		path := within + snake(f.Name)
		if f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[config.Secret]() {
			walk(v.Field(i), path+".", visit)
			continue
		}
		visit(path, v.Field(i))
	}
}

// snake is the key of a field: "key_type" of KeyType, "host_id" of HostID.
func snake(name string) string {
	var b strings.Builder
	letters := []rune(strings.NewReplacer("RFC2136", "Rfc2136", "HTTP01", "Http01", "HTTPS", "Https", "URL", "Url", "DNS", "Dns", "ID", "Id").Replace(name))
	for i, r := range letters {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func change(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Interface().(type) {
	case config.Secret:
		v.Set(reflect.ValueOf(config.NewSecret("another")))
		return
	case time.Duration:
		v.SetInt(v.Int() + int64(time.Second))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("another")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.Map:
		m := reflect.MakeMap(v.Type())
		m.SetMapIndex(reflect.ValueOf("another"), reflect.Zero(v.Type().Elem()))
		v.Set(m)
	default:
		t.Fatalf("a field of kind %s", v.Kind())
	}
}
