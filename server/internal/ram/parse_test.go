package ram_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/esacert/esacert/server/internal/ram"
)

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile("testdata/refused.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.Files) == 0 || len(archive.Files)%2 != 0 {
		t.Fatalf("%d files, want pairs", len(archive.Files))
	}
	for i := 0; i < len(archive.Files); i += 2 {
		document, want := archive.Files[i], archive.Files[i+1]
		name, ok := strings.CutSuffix(document.Name, ".json")
		if !ok || want.Name != name+".want" {
			t.Fatalf("%s and %s do not belong together", document.Name, want.Name)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy, err := ram.Parse(document.Data)
			if policy != nil {
				t.Errorf("got a policy")
			}
			var refused *ram.Error
			if !errors.As(err, &refused) {
				t.Fatalf("error %v, want *ram.Error", err)
			}
			var got strings.Builder
			for _, p := range refused.Problems {
				fmt.Fprintln(&got, p)
			}
			if diff := cmp.Diff(string(want.Data), got.String()); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if errors.Is(err, ram.ErrTooLarge) {
				t.Error("says too large")
			}
		})
	}
}

func TestParseNotUTF8(t *testing.T) {
	t.Parallel()
	_, err := ram.Parse([]byte("{\n\"Ver\xffsion\": \"1\"}"))
	want := "policy: line 2, column 5: $: is not UTF-8 text; save the document as UTF-8"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// padded returns a policy of exactly that many characters.
func padded(size int) string {
	const head, tail = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"acs:esa:*:*:`, `"}]}`
	return head + strings.Repeat("网", size-len(head)-len(tail)) + tail
}

func TestParseSize(t *testing.T) {
	t.Parallel()
	parseSession := func(data []byte) (*ram.Policy, error) { return ram.ParseWithin(data, ram.MaxSessionPolicySize) }
	fromValue := func(data []byte) (*ram.Policy, error) {
		var value any
		if err := json.Unmarshal(data, &value); err != nil {
			return nil, err
		}
		return ram.FromValue(value)
	}
	for _, c := range []struct {
		name  string
		parse func([]byte) (*ram.Policy, error)
		limit int
		place string
	}{
		{"custom policy", ram.Parse, 6144, "line 1, column 1: "},
		{"session policy", parseSession, 2048, "line 1, column 1: "},
		{"decoded value", fromValue, 6144, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := c.parse([]byte(padded(c.limit))); err != nil {
				t.Errorf("%d characters: %v", c.limit, err)
			}
			_, err := c.parse([]byte(padded(c.limit + 1)))
			if !errors.Is(err, ram.ErrTooLarge) {
				t.Fatalf("%d characters: error %v, want ErrTooLarge", c.limit+1, err)
			}
			want := fmt.Sprintf("policy: %s$: has %d characters; write at most %d, or split the policy", c.place, c.limit+1, c.limit)
			if err.Error() != want {
				t.Errorf("got  %s\nwant %s", err, want)
			}
		})
	}
}

func TestErrorListsAll(t *testing.T) {
	t.Parallel()
	_, err := ram.Parse([]byte(`{"Version":"2","Statement":"none"}`))
	want := "policy: 2 problems:\n" +
		"\tline 1, column 12: $.Version: is the string \"2\"; the only version is the string \"1\"\n" +
		"\tline 1, column 28: $.Statement: is the string \"none\"; write a list of at least one statement, [{\"Effect\": …, \"Action\": …, \"Resource\": …}]"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// The forms that mean the same become the same document.
func TestMarshal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, document, want string }{
		{
			"one and lists",
			`{"Statement":[{"Resource":["*"],"Action":["esa:Get*","esa:List*"],"Effect":"Allow"}],"Version":"1"}`,
			`{"Version":"1","Statement":[{"Effect":"Allow","Action":["esa:Get*","esa:List*"],"Resource":"*"}]}`,
		},
		{
			"NotAction",
			`{"Version":"1","Statement":[{"Effect":"Deny","NotAction":["ram:*"],"Resource":"acs:esa:*:*:site/<1>&"}]}`,
			`{"Version":"1","Statement":[{"Effect":"Deny","NotAction":"ram:*","Resource":"acs:esa:*:*:site/<1>&"}]}`,
		},
		{
			"conditions are sorted, values and spelling of other keys kept",
			`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{
				"StringLike":{"ACS:principalarn":["b","a"],"ESA:Tag":"x"},
				"IpAddress":{"acs:sourceip":["10.0.0.0/8"]}}}]}`,
			`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{` +
				`"IpAddress":{"acs:SourceIp":"10.0.0.0/8"},"StringLike":{"ESA:Tag":"x","acs:PrincipalARN":["b","a"]}}}]}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := marshal(t, mustParse(t, c.document)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if got := marshal(t, mustParse(t, c.want)); got != c.want {
				t.Errorf("again: %s", got)
			}
		})
	}
	if got, want := marshal(t, nil), `{"Version":"1","Statement":[]}`; got != want {
		t.Errorf("nil policy: %s", got)
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	policy := mustParse(t, `{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*"}]}`)
	named := policy.WithName("both")
	if policy.Name() != "" || named.Name() != "both" || (*ram.Policy)(nil).Name() != "" {
		t.Errorf("names %q, %q", policy.Name(), named.Name())
	}
	if policy.Len() != 2 || named.Len() != 2 || (*ram.Policy)(nil).Len() != 0 {
		t.Errorf("lengths %d, %d", policy.Len(), named.Len())
	}
}
