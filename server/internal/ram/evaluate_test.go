package ram_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/esacert/esacert/server/internal/ram"
)

type decisionCase struct {
	Name     string     `json:"name"`
	Identity []string   `json:"identity"`
	Session  string     `json:"session"`
	Control  []string   `json:"control"`
	Action   string     `json:"action"`   // "" is esa:ApplyCertificate
	Resource *string    `json:"resource"` // nil is site 123
	Context  ram.Values `json:"context"`
	Want     string     `json:"want"`
}

// brief writes a decision as the data does.
func brief(d ram.Decision) string {
	switch {
	case d.Allowed:
		return fmt.Sprintf("allow %s %d", d.Policy, d.Statement)
	case d.NoPermissionType == ram.ExplicitDeny:
		return fmt.Sprintf("explicit %s %s %d", d.PolicyType, d.Policy, d.Statement)
	case d.NoPermissionType == ram.ImplicitDeny && d.Policy == "" && d.Statement == -1:
		return fmt.Sprintf("implicit %s", d.PolicyType)
	}
	return fmt.Sprintf("%+v", d)
}

func TestEvaluate(t *testing.T) {
	t.Parallel()
	var data struct {
		Policies map[string]json.RawMessage `json:"policies"`
		Cases    []decisionCase             `json:"cases"`
	}
	readJSON(t, "testdata/decisions.json", &data)
	policies := map[string]*ram.Policy{}
	for name, document := range data.Policies {
		policies[name] = mustParse(t, string(document)).WithName(name)
	}
	find := func(t *testing.T, names ...string) []*ram.Policy {
		t.Helper()
		var found []*ram.Policy
		for _, name := range names {
			if policies[name] == nil {
				t.Fatalf("no policy %q", name)
			}
			found = append(found, policies[name])
		}
		return found
	}
	for _, c := range data.Cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			layers := ram.PolicyLayers{Identity: find(t, c.Identity...), Control: find(t, c.Control...)}
			if c.Session != "" {
				layers.Session = find(t, c.Session)[0]
			}
			request := ram.Request{Action: apply, Resource: site123, Context: c.Context}
			if c.Action != "" {
				request.Action = c.Action
			}
			if c.Resource != nil {
				request.Resource = *c.Resource
			}
			if got := brief(ram.Evaluate(layers, request)); got != c.Want {
				t.Errorf("got  %s\nwant %s", got, c.Want)
			}
		})
	}
}

// A layer whose policies are nil is present and allows nothing: a policy that
// failed to load must not open the door.
func TestEvaluateNilPolicies(t *testing.T) {
	t.Parallel()
	request := ram.Request{Action: apply, Resource: site123}
	everything := []*ram.Policy{ram.AllowAll()}
	for name, c := range map[string]struct {
		layers ram.PolicyLayers
		want   ram.PolicyType
	}{
		"identity": {ram.PolicyLayers{Identity: []*ram.Policy{nil}}, ram.AccountLevelIdentityBasedPolicy},
		"control":  {ram.PolicyLayers{Identity: everything, Control: []*ram.Policy{nil}}, ram.ControlPolicy},
		"session":  {ram.PolicyLayers{Identity: everything, Session: (*ram.Policy)(nil).WithName("lost")}, ram.SessionPolicy},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := ram.Decision{PolicyType: c.want, NoPermissionType: ram.ImplicitDeny, Statement: -1}
			if got := ram.Evaluate(c.layers, request); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestEvaluateZeroAndRoot(t *testing.T) {
	t.Parallel()
	request := ram.Request{Action: apply, Resource: site123}
	if got := ram.Evaluate(ram.PolicyLayers{}, request); got.Allowed {
		t.Errorf("no layers: %s", got)
	}
	if (ram.Decision{}).Allowed {
		t.Error("the zero decision allows")
	}
	got := ram.Evaluate(ram.Root(), request)
	want := ram.Decision{Allowed: true, PolicyType: ram.AccountLevelIdentityBasedPolicy, Policy: "root"}
	if got != want {
		t.Errorf("root: got %+v, want %+v", got, want)
	}
	narrowed := ram.Root()
	narrowed.Session = mustParse(t, `{"Version":"1","Statement":[{"Effect":"Allow","Action":"esa:Get*","Resource":"*"}]}`)
	if got := ram.Evaluate(narrowed, request); got.Allowed {
		t.Errorf("root with a session policy: %s", got)
	}
}

func TestDecisionString(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		decision ram.Decision
		want     string
	}{
		{
			ram.Decision{Allowed: true, PolicyType: ram.AccountLevelIdentityBasedPolicy, Policy: "apply", Statement: 2},
			`allowed by statement 2 of policy "apply"`,
		},
		{
			ram.Decision{PolicyType: ram.SessionPolicy, NoPermissionType: ram.ExplicitDeny, Policy: "guard", Statement: 0},
			`denied by statement 0 of policy "guard" (SessionPolicy, ExplicitDeny)`,
		},
		{
			ram.Decision{PolicyType: ram.ControlPolicy, NoPermissionType: ram.ImplicitDeny, Statement: -1},
			`denied: no statement allows it (ControlPolicy, ImplicitDeny)`,
		},
		{ram.Decision{}, "not decided"},
	} {
		if got := c.decision.String(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
