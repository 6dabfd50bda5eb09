package ram_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/esacert/esacert/server/internal/ram"
)

// statementDoc is a statement as the model below and the documents see it.
type statementDoc struct {
	Effect    string
	Action    []string                     `json:",omitempty"`
	NotAction []string                     `json:",omitempty"`
	Resource  []string                     `json:",omitempty"`
	Condition map[string]map[string]string `json:",omitempty"`
}

// Small alphabets, so that statements and requests meet often.
var (
	actionPatterns   = []string{"*", "esa:*", "ESA:apply*", "esa:ApplyCertificate", "esa:Get?ite", "*:List*", "ram:*"}
	actions          = []string{apply, "esa:GetSite", "esa:ListSites", "ram:CreateUser", "esa:applycertificate"}
	resourcePatterns = []string{"*", "acs:esa:*:*:*", "acs:esa:cn-*:1:site/*", "acs:esa:*:2:site/1?", "acs:e*:*:*:site/1", "acs:ram:::user/*"}
	resources        = []string{"acs:esa:cn-hangzhou:1:site/1", "acs:esa:ap-southeast-1:2:site/12", "acs:esa:cn-x:1:a:b", "acs:ram:::user/a", "none"}
	tags             = []string{"prod", "test", ""}
)

func drawStatement(t *rapid.T) statementDoc {
	s := statementDoc{
		Effect:   rapid.SampledFrom([]string{"Allow", "Allow", "Deny"}).Draw(t, "effect"),
		Resource: rapid.SliceOfN(rapid.SampledFrom(resourcePatterns), 1, 2).Draw(t, "resources"),
	}
	list := rapid.SliceOfN(rapid.SampledFrom(actionPatterns), 1, 2).Draw(t, "actions")
	if rapid.IntRange(0, 3).Draw(t, "exclusive") == 0 {
		s.NotAction = list
	} else {
		s.Action = list
	}
	if rapid.Bool().Draw(t, "conditional") {
		operator := rapid.SampledFrom([]string{"StringEquals", "StringNotEquals"}).Draw(t, "operator")
		s.Condition = map[string]map[string]string{operator: {"esa:Tag": rapid.SampledFrom(tags).Draw(t, "tag")}}
	}
	return s
}

func drawStatements(t *rapid.T, name string) []statementDoc {
	return rapid.SliceOfN(rapid.Custom(drawStatement), 1, 4).Draw(t, name)
}

func drawRequest(t *rapid.T) ram.Request {
	request := ram.Request{
		Action:   rapid.SampledFrom(actions).Draw(t, "action"),
		Resource: rapid.SampledFrom(resources).Draw(t, "resource"),
	}
	if rapid.Bool().Draw(t, "tagged") {
		request.Context = ram.Values{"esa:Tag": rapid.SampledFrom(tags).Draw(t, "value")}
	}
	return request
}

func policyOf(t *rapid.T, statements []statementDoc) *ram.Policy {
	t.Helper()
	document, err := json.Marshal(map[string]any{"Version": "1", "Statement": statements})
	if err != nil {
		t.Fatal(err)
	}
	policy, err := ram.Parse(document)
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// modelMatches is the meaning of a statement once more, in the slow words
// of regular expressions.
func modelMatches(s statementDoc, r ram.Request) bool {
	wild := func(pattern, name string) bool {
		expression := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*")
		return regexp.MustCompile("^" + strings.ReplaceAll(expression, `\?`, ".") + "$").MatchString(name)
	}
	action := func(pattern string) bool { return wild(strings.ToLower(pattern), strings.ToLower(r.Action)) }
	resource := func(pattern string) bool {
		want, have := strings.SplitN(pattern, ":", 5), strings.SplitN(r.Resource, ":", 5)
		if pattern == "*" {
			return true
		}
		if len(have) != 5 {
			return false
		}
		for i := range want {
			if !wild(want[i], have[i]) {
				return false
			}
		}
		return true
	}
	condition := true
	for operator, keys := range s.Condition {
		value, shown := "", false
		if r.Context != nil {
			value, shown = r.Context.Value("esa:Tag")
		}
		same := shown && value == keys["esa:Tag"]
		condition = same != (operator == "StringNotEquals")
	}
	named := slices.ContainsFunc(s.Action, action) || s.NotAction != nil && !slices.ContainsFunc(s.NotAction, action)
	return named && slices.ContainsFunc(s.Resource, resource) && condition
}

func modelJudge(statements []statementDoc, r ram.Request) ram.NoPermissionType {
	outcome := ram.ImplicitDeny
	for _, s := range statements {
		switch {
		case !modelMatches(s, r):
		case s.Effect == "Deny":
			return ram.ExplicitDeny
		default:
			outcome = ""
		}
	}
	return outcome
}

func TestPropertyModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		statements, request := drawStatements(t, "policy"), drawRequest(t)
		got := ram.Evaluate(ram.PolicyLayers{Identity: []*ram.Policy{policyOf(t, statements)}}, request)
		want := modelJudge(statements, request)
		if got.NoPermissionType != want || got.Allowed != (want == "") {
			t.Fatalf("got %+v, the model says %q", got, want)
		}
		if got.NoPermissionType == ram.ImplicitDeny {
			return
		}
		if s := statements[got.Statement]; !modelMatches(s, request) || (s.Effect == "Allow") != got.Allowed {
			t.Fatalf("statement %d did not decide this: %+v", got.Statement, s)
		}
	})
}

func TestPropertyDenyNeverAllows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		statements, request := drawStatements(t, "policy"), drawRequest(t)
		deny := drawStatement(t)
		deny.Effect = "Deny"
		at := rapid.IntRange(0, len(statements)).Draw(t, "at")
		before := ram.Evaluate(ram.PolicyLayers{Identity: []*ram.Policy{policyOf(t, statements)}}, request)
		after := ram.Evaluate(ram.PolicyLayers{Identity: []*ram.Policy{policyOf(t, slices.Insert(slices.Clone(statements), at, deny))}}, request)
		if after.Allowed && !before.Allowed {
			t.Fatalf("a Deny turned %s into %s", before, after)
		}
		if modelMatches(deny, request) && after.NoPermissionType != ram.ExplicitDeny {
			t.Fatalf("a Deny matches, yet: %s", after)
		}
	})
}

func TestPropertyAllowNeverLiftsDeny(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		policy, request := policyOf(t, drawStatements(t, "policy")), drawRequest(t)
		before := ram.Evaluate(ram.PolicyLayers{Identity: []*ram.Policy{policy}}, request)
		after := ram.Evaluate(ram.PolicyLayers{Identity: []*ram.Policy{ram.AllowAll(), policy}}, request)
		if (before.NoPermissionType == ram.ExplicitDeny) != (after.NoPermissionType == ram.ExplicitDeny) {
			t.Fatalf("with an Allow %s became %s", before, after)
		}
	})
}

func TestPropertySessionAndControlOnlyNarrow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		identity := []*ram.Policy{policyOf(t, drawStatements(t, "identity"))}
		session := policyOf(t, drawStatements(t, "session"))
		control := []*ram.Policy{policyOf(t, drawStatements(t, "control"))}
		request := drawRequest(t)
		allowed := func(layers ram.PolicyLayers) bool { return ram.Evaluate(layers, request).Allowed }

		byIdentity := allowed(ram.PolicyLayers{Identity: identity})
		bySession := allowed(ram.PolicyLayers{Identity: []*ram.Policy{session}})
		byControl := allowed(ram.PolicyLayers{Identity: control})
		if got := allowed(ram.PolicyLayers{Identity: identity, Session: session}); got != (byIdentity && bySession) {
			t.Fatalf("identity %t, session %t, both %t", byIdentity, bySession, got)
		}
		if got := allowed(ram.PolicyLayers{Identity: identity, Session: session, Control: control}); got != (byIdentity && bySession && byControl) {
			t.Fatalf("identity %t, session %t, control %t, all %t", byIdentity, bySession, byControl, got)
		}
	})
}

func TestPropertyOrderOfPoliciesDoesNotDecide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := policyOf(t, drawStatements(t, "a")), policyOf(t, drawStatements(t, "b"))
		request := drawRequest(t)
		one := ram.Evaluate(ram.PolicyLayers{Identity: []*ram.Policy{a, b}}, request)
		other := ram.Evaluate(ram.PolicyLayers{Identity: []*ram.Policy{b, a}}, request)
		if one.Allowed != other.Allowed || one.NoPermissionType != other.NoPermissionType {
			t.Fatalf("%s, in the other order %s", one, other)
		}
	})
}
