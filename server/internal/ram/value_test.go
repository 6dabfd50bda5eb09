package ram_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/esacert/esacert/server/internal/ram"
)

func TestFromValue(t *testing.T) {
	t.Parallel()
	got, err := ram.FromValue(map[string]any{
		"Version": "1",
		"Statement": []any{
			map[string]any{
				"Effect":   "Allow",
				"Action":   []string{"esa:Apply*", "esa:Get*"},
				"Resource": []any{"acs:esa:*:*:site/1", "acs:esa:*:*:site/2"},
				"Condition": map[string]any{
					"NumericLessThan": map[string]any{"esa:Count": "3"},
					"Bool":            map[string]any{"acs:securetransport": "true"},
				},
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"Version":"1","Statement":[{"Effect":"Allow","Action":["esa:Apply*","esa:Get*"],` +
		`"Resource":["acs:esa:*:*:site/1","acs:esa:*:*:site/2"],` +
		`"Condition":{"Bool":{"acs:SecureTransport":"true"},"NumericLessThan":{"esa:Count":"3"}}}]}`
	if document := marshal(t, got); document != want {
		t.Errorf("got  %s\nwant %s", document, want)
	}
}

func TestFromValueRefuses(t *testing.T) {
	t.Parallel()
	// with returns a document whose one statement has that value under the key.
	with := func(key string, value any) map[string]any {
		s := map[string]any{"Effect": "Allow", "Action": "*", "Resource": "*"}
		s[key] = value
		return map[string]any{"Version": "1", "Statement": []any{s}}
	}
	numbered := with("Effect", "Allow")
	numbered["Version"] = 1
	type unknown struct{}
	for _, c := range []struct {
		name  string
		value any
		want  string
	}{
		{"nothing", nil, `$: is null; write {"Version":"1","Statement":[…]}`},
		{"a struct", unknown{}, `$: is a value of type ram_test.unknown; write {"Version":"1","Statement":[…]}`},
		{"int version", numbered, `$.Version: is the number 1; the only version is the string "1"`},
		{"bool", with("Condition", map[string]any{"Bool": map[string]any{"acs:SecureTransport": true}}), `$.Statement[0].Condition.Bool.acs:SecureTransport: is true; write a string in quotes, one or a list`},
		{"number", with("Condition", map[string]any{"NumericEquals": map[string]any{"esa:Count": []any{uint64(7)}}}), `$.Statement[0].Condition.NumericEquals.esa:Count[0]: is the number 7; write a string in quotes`},
		{"float", with("Action", 1.5), `$.Statement[0].Action: is the number 1.5; write "service:Operation", one or a list`},
		{"not UTF-8", with("Resource", "acs:esa:*:*:\xff"), `$.Statement[0].Resource: is not UTF-8 text; save the document as UTF-8`},
		{"key not UTF-8", with("Condition", map[string]any{"StringEquals": map[string]any{"esa:\xff": "x"}}), `$.Statement[0].Condition.StringEquals.esa:` + "\xff" + `: "esa:\xff" is not a condition key; write "service:key", for example "acs:SourceIp"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			policy, err := ram.FromValue(c.value)
			if policy != nil {
				t.Error("got a policy")
			}
			var refused *ram.Error
			if !errors.As(err, &refused) || len(refused.Problems) != 1 {
				t.Fatalf("error %v, want one problem", err)
			}
			if got := refused.Problems[0].String(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if p := refused.Problems[0]; p.Line != 0 || p.Column != 0 {
				t.Errorf("position %d:%d of a value without a document", p.Line, p.Column)
			}
		})
	}
}

// The documents that Parse refuses are refused as decoded values too, with the
// same messages, repeated keys aside: a decoder drops those.
func TestFromValueRefusesAsParse(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile("testdata/refused.txtar")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, file := range archive.Files {
		var value any
		if !strings.HasSuffix(file.Name, ".json") || file.Name == "repeated.json" || json.Unmarshal(file.Data, &value) != nil {
			continue
		}
		compared++
		t.Run(file.Name, func(t *testing.T) {
			t.Parallel()
			_, textErr := ram.Parse(file.Data)
			_, valueErr := ram.FromValue(value)
			if diff := cmp.Diff(messages(t, textErr), messages(t, valueErr)); diff != "" {
				t.Errorf("messages (-Parse +FromValue):\n%s", diff)
			}
		})
	}
	if compared < 10 {
		t.Errorf("only %d documents compared", compared)
	}
}

// messages maps the problems of an error by path; their order differs, since a
// decoded map has none.
func messages(t *testing.T, err error) map[string]int {
	t.Helper()
	var refused *ram.Error
	if !errors.As(err, &refused) {
		t.Fatalf("error %v, want *ram.Error", err)
	}
	all := map[string]int{}
	for _, p := range refused.Problems {
		all[p.Path+": "+p.Message]++
	}
	return all
}
