package suite

import (
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Known is a known failure: a check of some cases that a subject fails, and the
// reason. The cases still run, and the check must fail.
type Known struct {
	Case     Pattern
	Check    string // name of a check, or * for at least one of any name
	Subject  string // name of a subject of the run, or * for all
	Reason   string
	Position Problem // position of the entry, for messages
}

// knownEntry is an entry of a file.
type knownEntry struct {
	Case    string `yaml:"case"`
	Check   string `yaml:"check"`
	Subject string `yaml:"subject"`
	Reason  string `yaml:"reason"`
}

// ParseKnown parses a known-failures file: a list of entries with case, check,
// subject and reason, all required:
//
//   - case: clients/odd/html-503
//     check: status
//     subject: node
//     reason: the client throws a SyntaxError and does not keep the status
//
// YAML requires quotes around a value that begins with an asterisk. Name is the
// file name for messages. The error is of type Problems.
func ParseKnown(name string, data []byte) ([]Known, error) {
	var (
		known    []Known
		problems Problems
	)
	root := parseDocument(name, data, &problems)
	list, ok := root.(*ast.SequenceNode)
	if root != nil && !ok {
		problems.addAt(name, root, "want a list of known failures (- case: …)")
	}
	if ok {
		for _, node := range list.Values {
			if entry, ok := readKnown(name, node, &problems); ok {
				known = append(known, entry)
			}
		}
	}
	if err := problems.err(); err != nil {
		return nil, err
	}
	return known, nil
}

func readKnown(name string, node ast.Node, problems *Problems) (Known, bool) {
	var written knownEntry
	if err := yaml.NodeToValue(node, &written, yaml.Strict()); err != nil {
		problems.addYAML(name, node, err)
		return Known{}, false
	}
	before := len(*problems)
	for _, field := range []struct{ key, value string }{
		{"case", written.Case}, {"check", written.Check}, {"subject", written.Subject}, {"reason", written.Reason},
	} {
		if field.value == "" {
			problems.addAt(name, node, "%s is missing", field.key)
		}
	}
	pattern, err := ParsePattern(written.Case)
	if err != nil && written.Case != "" {
		problems.addAt(name, node, "%v", err)
	}
	line, column := nodePosition(node)
	return Known{
		Case: pattern, Check: written.Check, Subject: written.Subject, Reason: written.Reason,
		Position: Problem{File: name, Line: line, Column: column},
	}, len(*problems) == before
}

// SelectKnown returns the known failures of the selected cases, and those that match
// no case at all, which ApplyKnown reports.
func SelectKnown(known []Known, all, selected []Case) []Known {
	matches := func(k Known, cases []Case) bool {
		return slices.ContainsFunc(cases, func(c Case) bool { return k.Case.Match(c.ID) })
	}
	return slices.DeleteFunc(slices.Clone(known), func(k Known) bool {
		return matches(k, all) && !matches(k, selected)
	})
}

// ApplyKnown changes the verdicts of checks that are known failures: a failure to
// KnownFailure, a pass to UnexpectedPass. It then updates the verdicts of results.
// It returns a problem for each known failure that matches no check of the run.
func ApplyKnown(known []Known, run *Run) Problems {
	var problems Problems
	for _, k := range known {
		if message := k.apply(run); message != "" {
			problem := k.Position
			problem.Message = message
			problems = append(problems, problem)
		}
	}
	return problems
}

// apply returns a message if the known failure matches no check.
func (k Known) apply(run *Run) string {
	if k.Subject != "*" && !slices.Contains(run.Subjects, k.Subject) {
		return fmt.Sprintf("known failure of %s: no subject of this name in the run", k.Subject)
	}
	cases, checks := false, false
	for i := range run.Results {
		result := &run.Results[i]
		if (k.Subject != "*" && k.Subject != result.Subject) || !k.Case.Match(result.Case) {
			continue
		}
		cases = true
		checks = k.applyTo(result) || checks
	}
	switch {
	case !cases:
		return fmt.Sprintf("known failure %s: no case of the run matches", k.Case)
	case !checks:
		return fmt.Sprintf("known failure %s: no matching case has a check %q", k.Case, k.Check)
	}
	return ""
}

// applyTo reports whether the known failure matches a check of the result. It
// matches a result without a judgment.
func (k Known) applyTo(result *Result) (found bool) {
	if !result.Verdict.isJudgment() {
		return true
	}
	// A timeout or crash is a verdict of the result, and not of a check.
	whole := result.checksVerdict() != result.Verdict
	switch {
	case k.Check != "*":
		found = k.applyToNamed(result) || len(result.Checks) == 0
	case whole:
		result.Verdict, result.Reason = k.convert(result.Verdict, result.Reason)
		return true
	default:
		k.applyToAny(result)
		found = true
	}
	if !whole {
		result.Judge()
	}
	return found
}

func (k Known) applyToNamed(result *Result) (found bool) {
	for i := range result.Checks {
		check := &result.Checks[i]
		if check.Name == k.Check {
			found = true
			check.Verdict, check.Reason = k.convert(check.Verdict, check.Reason)
		}
	}
	return found
}

// applyToAny converts every failed check. If no check failed, it adds a check that
// reports this.
func (k Known) applyToAny(result *Result) {
	failed := false
	for i := range result.Checks {
		check := &result.Checks[i]
		if check.Verdict == Failed || check.Verdict == Errored || check.Verdict == KnownFailure {
			failed = true
			check.Verdict, check.Reason = k.convert(check.Verdict, check.Reason)
		}
	}
	if !failed {
		verdict, reason := k.convert(Passed, "")
		result.Checks = append(result.Checks, Check{Name: "known failure", Verdict: verdict, Reason: reason})
	}
}

// convert returns the verdict of a check that is a known failure.
func (k Known) convert(verdict Verdict, reason string) (Verdict, string) {
	switch verdict {
	case Failed, Errored:
		return KnownFailure, k.Reason
	case Passed:
		return UnexpectedPass, "passed, but is a known failure: " + k.Reason
	}
	return verdict, reason
}
