package clientrunner

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaerrors"
)

// JudgeOutcome compares the result that the client returned with the alternatives. It
// returns the checks of the nearest alternative. requestID is the request ID of the last
// response.
func JudgeOutcome(alternatives []suite.ExpectedOutcome, result adapters.Result, requestID string) []suite.Check {
	var nearest *checks
	for _, outcome := range alternatives {
		list := judgeAlternative(outcome, result, requestID)
		if nearest == nil || mismatchScore(list) < mismatchScore(nearest) {
			nearest = list
		}
	}
	if n := len(alternatives); n > 1 && nearest.failed() > 0 {
		for i, c := range nearest.list {
			if c.Verdict == suite.Failed {
				nearest.list[i].Reason = strings.TrimPrefix(fmt.Sprintf("%s; compared with the nearest of %d allowed outcomes", c.Reason, n), "; ")
			}
		}
	}
	return nearest.list
}

// mismatchScore ranks alternatives. A different outcome or kind weighs more than any
// number of fields.
func mismatchScore(list *checks) int {
	n := list.failed()
	for _, c := range list.list {
		if c.Verdict == suite.Failed && (c.Name == checkOutcome || c.Name == checkKind) {
			n += 1000
		}
	}
	return n
}

func judgeAlternative(want suite.ExpectedOutcome, result adapters.Result, requestID string) *checks {
	list := new(checks)
	if want.OK != result.OK {
		list.add(false, checkOutcome, outcomeLabel(want.OK), outcomeLabel(result.OK), Describe(result))
		return list
	}
	list.add(true, checkOutcome, outcomeLabel(want.OK), "", "")
	if result.OK {
		judgeResponse(list, want, result.Response)
		return list
	}
	judgeError(list, withErrorRow(want, requestID), result.Error)
	return list
}

func outcomeLabel(ok bool) string {
	if ok {
		return "a response"
	}
	return "an error"
}

// withErrorRow returns want with the values of its row of the error table.
func withErrorRow(want suite.ExpectedOutcome, requestID string) suite.ExpectedOutcome {
	row, known := esaerrors.ByKey(want.Row)
	if !known {
		return want
	}
	want.Code, want.Message, want.Status = row.Code, row.Message, row.Status
	if want.Kind == "" {
		want.Kind = string(adapters.KindService)
	}
	if want.RequestID == "" {
		want.RequestID = requestID
	}
	return want
}

func judgeResponse(list *checks, want suite.ExpectedOutcome, got *adapters.Response) {
	if want.Status != 0 {
		list.equal(checkStatus, strconv.Itoa(want.Status), strconv.Itoa(got.Status))
	}
	if want.RequestID != "" {
		judgeField(list, checkRequestID, want.RequestID, got.Body, "RequestId")
	}
	judgeFields(list, want.Fields, got.Body)
}

func judgeError(list *checks, want suite.ExpectedOutcome, got *adapters.Error) {
	before := len(list.list)
	for _, c := range []struct{ name, want, got string }{
		{checkKind, want.Kind, string(got.Kind)},
		{checkCode, want.Code, got.Code},
		{checkMessage, want.Message, got.Message},
		{checkRequestID, want.RequestID, got.RequestID},
	} {
		if c.want != "" {
			list.equal(c.name, c.want, c.got)
		}
	}
	if want.Status != 0 {
		list.equal(checkStatus, strconv.Itoa(want.Status), strconv.Itoa(got.Status))
	}
	judgeFields(list, want.Fields, got.Data)
	for i := range list.list[before:] {
		if c := &list.list[before+i]; c.Verdict == suite.Failed {
			c.Reason = "the client prints: " + got.Raw
		}
	}
}

func judgeFields(list *checks, want map[string]string, body map[string]any) {
	for _, path := range slices.Sorted(maps.Keys(want)) {
		judgeField(list, checkField+path, want[path], body, path)
	}
}

func judgeField(list *checks, name, want string, body map[string]any, path string) {
	got, found := fieldAt(body, path)
	if !found {
		list.add(false, name, want, "", "the client returned no "+path)
		return
	}
	list.equal(name, want, got)
}

// fieldAt returns the value at a path like Result.0.Id as a string. Numbers are
// returned as the client wrote them, so that none is rounded.
func fieldAt(body any, path string) (value string, found bool) {
	for step := range strings.SplitSeq(path, ".") {
		switch here := body.(type) {
		case map[string]any:
			body, found = here[step]
		case []any:
			i, err := strconv.Atoi(step)
			if found = err == nil && 0 <= i && i < len(here); found {
				body = here[i]
			}
		default:
			found = false
		}
		if !found {
			return "", false
		}
	}
	return formatValue(body), true
}

func formatValue(value any) string {
	if s, ok := value.(string); ok {
		return s
	}
	encoded, err := json.Marshal(value) // decoded JSON; a json.Number keeps its digits
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(encoded)
}

// Describe returns a result as one line.
func Describe(result adapters.Result) string {
	if result.OK {
		return "the client returned: " + formatValue(result.Response.Body)
	}
	e := result.Error
	return fmt.Sprintf("the client returned an error of kind %s, status %d, code %q, message %q: %s", e.Kind, e.Status, e.Code, e.Message, e.Raw)
}
