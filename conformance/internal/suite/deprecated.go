package suite

import (
	"github.com/goccy/go-yaml/ast"
)

// deprecatedKey returns the current spelling of a key of an earlier version, or
// "". Path names the mapping within a case.
func deprecatedKey(path, key string) string {
	switch path + "." + key {
	case ".source":
		return "evidence"
	case ".breaks":
		return "violates"
	case ".server.steps.answers":
		return "responses"
	case ".server.steps.request.clock_off":
		return "clock_offset"
	case ".server.steps.request.resend":
		return "replay"
	case ".server.steps.request.same_nonce":
		return "reuse_nonce"
	case ".server.steps.request.spoil":
		return "tamper"
	case ".server.steps.responses.message_has":
		return "message_contains"
	case ".client.wait":
		return "min_retry_delay"
	}
	return ""
}

// renameDeprecatedKeys changes the keys of a case to their current spelling. A
// mapping with both spellings is a problem.
func renameDeprecatedKeys(file, path string, node ast.Node, problems *Problems) {
	switch n := node.(type) {
	case *ast.AnchorNode:
		renameDeprecatedKeys(file, path, n.Value, problems)
	case *ast.SequenceNode:
		for _, item := range n.Values {
			renameDeprecatedKeys(file, path, item, problems)
		}
	case *ast.MappingNode:
		seen := map[string]bool{}
		for _, pair := range n.Values {
			seen[pair.Key.GetToken().Value] = true
		}
		for _, pair := range n.Values {
			key := pair.Key.GetToken().Value
			if current := deprecatedKey(path, key); current != "" && seen[current] {
				problems.addAt(file, pair, "%s is the deprecated spelling of %s; both are set", key, current)
			} else if name, ok := pair.Key.(*ast.StringNode); ok && current != "" {
				name.Value, name.Token.Value = current, current
				key = current
			}
			renameDeprecatedKeys(file, path+"."+key, pair.Value, problems)
		}
	}
}

// deprecatedKindResponse is the earlier spelling of the kind "response".
const deprecatedKindResponse = "answer"
