package jsonbody_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/internal/jsonbody"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, body string
		want       []jsonbody.Member
	}{
		{"empty object", ` { } `, nil},
		{"string", `{"Domains":"www.example.com"}`, []jsonbody.Member{{"Domains", jsonbody.String, "www.example.com"}}},
		{"escapes", `{"D\u006fmains":"b\u00fccher\ud83d\ude00\n\\\""}`, []jsonbody.Member{{"Domains", jsonbody.String, "bücher😀\n\\\""}}},
		{"replacement character", `{"a":"\ufffd�"}`, []jsonbody.Member{{"a", jsonbody.String, "��"}}},
		{"number keeps its form", `{"SiteId":9007199254740993,"b":1.50,"c":-0,"d":1E3}`, []jsonbody.Member{
			{"SiteId", jsonbody.Number, "9007199254740993"}, {"b", jsonbody.Number, "1.50"}, {"c", jsonbody.Number, "-0"}, {"d", jsonbody.Number, "1E3"}}},
		{"booleans and null", `{"a":true,"b":false,"c":null}`, []jsonbody.Member{
			{"a", jsonbody.Boolean, "true"}, {"b", jsonbody.Boolean, "false"}, {"c", jsonbody.Null, ""}}},
		{"array and object", `{"a":[1,{"b":"]"}],"c":{}}`, []jsonbody.Member{{"a", jsonbody.Array, ""}, {"c", jsonbody.Object, ""}}},
		{"names that differ in case", `{"a":1,"A":2}`, []jsonbody.Member{{"a", jsonbody.Number, "1"}, {"A", jsonbody.Number, "2"}}},
		{"the deepest", `{"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`, []jsonbody.Member{{"a", jsonbody.Array, ""}}},
		{"brackets in a string", `{"a":["` + strings.Repeat(`[\"`, 40) + `"]}`, []jsonbody.Member{{"a", jsonbody.Array, ""}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := jsonbody.Parse([]byte(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseRejects(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, body, member, want string }{
		{"nothing", "", "", "ends before the object does"},
		{"whitespace", " \n", "", "ends before the object does"},
		{"half an object", `{"a":1`, "", "ends before the object does"},
		{"half a string", `{"a":"x`, "", "ends before the object does"},
		{"no value", `{"a":}`, "", "malformed near byte"},
		{"no colon", `{"a" 1}`, "", "malformed near byte"},
		{"name without quotes", `{a:1}`, "", "malformed near byte"},
		{"name that is a number", `{1:2}`, "", "malformed near byte"},
		{"comma at the end", `{"a":1,}`, "", "malformed near byte"},
		{"single quotes", `{'a':1}`, "", "malformed near byte"},
		{"a comment", `{/* a */"a":1}`, "", "malformed near byte"},
		{"number with a zero before", `{"a":01}`, "", "malformed near byte"},
		{"NaN", `{"a":NaN}`, "", "malformed near byte"},
		{"byte order mark", "\ufeff{}", "", "malformed near byte"},
		{"array", `[{"a":1}]`, "", "not an object"},
		{"string", `"a=1"`, "", "not an object"},
		{"null", `null`, "", "not an object"},
		{"a form", `SiteId=1`, "", "malformed near byte"},
		{"a second object", `{} {"a":1}`, "", "data follows"},
		{"data after it", `{"a":1}x`, "", "data follows"},
		{"a brace too many", `{}}`, "", "data follows"},
		{"not UTF-8", "{\"a\":\"\xff\"}", "", "not UTF-8"},
		{"UTF-16", "{\x00}\x00", "", "malformed near byte"},
		{"half a pair", `{"a":"\ud800"}`, "a", "half a surrogate pair"},
		{"half a pair before a character", `{"a":"\ud800\u0041"}`, "a", "half a surrogate pair"},
		{"the second half alone", `{"a":"x\udc00"}`, "a", "half a surrogate pair"},
		{"duplicated", `{"SiteId":1,"SiteId":2}`, "SiteId", "is duplicated"},
		{"duplicated, one null", `{"SiteId":null,"SiteId":2}`, "SiteId", "is duplicated"},
		{"duplicated, one escaped", `{"SiteId":1,"\u0053iteId":1}`, "SiteId", "is duplicated"},
		{"too deep", `{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, "a", "nested deeper than 32 levels"},
		{"far too deep", `{"a":` + strings.Repeat("[", 100_000) + `}`, "", "malformed near byte"},
		{"too many members", many(4097), "", "more than 4096 members"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			members, err := jsonbody.Parse([]byte(tc.body))
			wrong, ok := errors.AsType[*jsonbody.Error](err)
			if !ok || members != nil {
				t.Fatalf("got %v, %v", members, err)
			}
			if wrong.Member != tc.member || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error is %q of member %q, want %q of %q", err, wrong.Member, tc.want, tc.member)
			}
		})
	}
	if members, err := jsonbody.Parse([]byte(many(4096))); err != nil || len(members) != 4096 {
		t.Errorf("4096 members: %d, %v", len(members), err)
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"m%d":%d`, i, i)
	}
	return "{" + b.String()[1:] + "}"
}

// An error goes to the journal, so it does not repeat what a caller sent.
func TestErrorIsShort(t *testing.T) {
	t.Parallel()
	name := strings.Repeat("é", 1000)
	_, err := jsonbody.Parse([]byte(`{"` + name + `":"secret","` + name + `":"secret"}`))
	if err == nil || len(err.Error()) > 200 || strings.Contains(err.Error(), "secret") {
		t.Errorf("error is %v", err)
	}
}

func ExampleParse() {
	members, err := jsonbody.Parse([]byte(`{"SiteId": 1234567890123, "Domains": "www.example.com", "Type": null}`))
	fmt.Printf("%+v %v\n", members, err)
	_, err = jsonbody.Parse([]byte(`{"SiteId": 1, "SiteId": 2}`))
	fmt.Println(err)
	// Output:
	// [{Name:SiteId Kind:1 Value:1234567890123} {Name:Domains Kind:0 Value:www.example.com} {Name:Type Kind:3 Value:}] <nil>
	// member "SiteId" is duplicated
}
