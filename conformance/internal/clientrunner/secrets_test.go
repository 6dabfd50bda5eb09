package clientrunner_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// secretPart returns the part of a credential that no encoding changes.
func secretPart(purpose, caseID string) string {
	sum := sha256.Sum256([]byte("esaconform " + purpose + " " + caseID))
	return hex.EncodeToString(sum[:12])
}

// checkNoSecrets checks that neither the results nor the error contain the access
// key secret of any of the cases, and that a secret was redacted.
func checkNoSecrets(t *testing.T, cases []suite.Case, results []suite.Result, err error) {
	t.Helper()
	raw, jsonErr := json.Marshal(results)
	if jsonErr != nil {
		t.Fatal(jsonErr)
	}
	output := string(raw)
	if err != nil {
		output += err.Error()
	}
	for _, c := range cases {
		if strings.Contains(output, secretPart("secret", c.ID)) {
			t.Errorf("the secret of %s is shown: %s", c.ID, output)
		}
	}
	if !strings.Contains(output, "[secret]") {
		t.Errorf("no secret was redacted: %s", output)
	}
}

// An adapter that writes its secrets to standard error may show them in the error
// of a later case, in the reason of skipped cases and in the error of Close.
func TestErrorsOfProgramsRedactSecretsOfAllCases(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		mode  string
		modes []string
	}{
		"skipped cases":     {"correct", []string{"crashes-1", "crashes-2", "crashes-3", "correct-1", "correct-2"}},
		"secret of another": {"correct", []string{"leaks-1", "leaks-2", "crashes-3", "correct-4"}},
		"exit code":         {"exits non-zero", []string{"leaks-1", "leaks-2", "correct-3", "correct-4"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cases := casesInModes(t, test.modes...)
			results, err := clientrunner.Run(t.Context(), program(test.mode), cases, clientrunner.Options{Contract: contract(t), Parallel: 1})
			if (err != nil) != (test.mode == "exits non-zero") || len(results) != len(cases) {
				t.Fatalf("got %d results, %v", len(results), err)
			}
			checkNoSecrets(t, cases, results, err)
		})
	}
}

func TestErrorsOfFuncsRedactSecretsOfAllCases(t *testing.T) {
	t.Parallel()
	panics := func(_ context.Context, request adapters.Request) adapters.Result {
		panic("secret " + request.AccessKeySecret)
	}
	var all string
	remembers := func(_ context.Context, request adapters.Request) adapters.Result {
		all += request.AccessKeySecret + " "
		return fails(adapters.Error{Kind: adapters.KindOther, Raw: all})
	}
	for name, call := range map[string]adapters.Handler{"panics": panics, "shows the secrets of earlier cases": remembers} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cases := casesInModes(t, "correct-1", "correct-2", "correct-3", "correct-4")
			results, err := clientrunner.Run(t.Context(), clientrunner.Func("func", call), cases, clientrunner.Options{Contract: contract(t), Parallel: 1})
			if err != nil {
				t.Fatal(err)
			}
			checkNoSecrets(t, cases, results, nil)
		})
	}
}

// The private key in a call is redacted in the results.
func TestPrivateKeysAreRedacted(t *testing.T) {
	t.Parallel()
	results := run(t, newReferenceClient().call, testCases(t, "request/operation-form"))
	if len(results) != 1 || results[0].Verdict != suite.Passed {
		t.Fatalf("got %+v", results)
	}
	raw, err := json.Marshal(results)
	if err != nil {
		t.Fatal(err)
	}
	if output := string(raw); strings.Contains(output, "MC4CAQAw") || !strings.Contains(output, "PrivateKey=[secret]") {
		t.Errorf("got %s", output)
	}
}
