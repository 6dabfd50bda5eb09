package report

import (
	"time"

	"pgregory.net/rapid"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// anyString draws strings of any bytes, often of those with a meaning for a terminal,
// XML or HTML.
func anyString() *rapid.Generator[string] {
	bytes := rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })
	nasty := rapid.SampledFrom([]string{
		"", "want", "\x00", "\x1b[31m", "\r\n", "\ufffe", "\xff\xfe", "]]>", "<script>", "</pre>", "&amp;", "\u202e", "\"'", "{{.}}", "\ufffd", "a\x7fb", "日本語",
	})
	return rapid.OneOf(nasty, bytes, rapid.String())
}

func anyRun() *rapid.Generator[*suite.Run] {
	return rapid.Custom(func(t *rapid.T) *suite.Run {
		side := rapid.SampledFrom([]suite.Side{suite.ServerSide, suite.ClientSide}).Draw(t, "side")
		subjects := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z.<&]{1,8}`), 1, 3, rapid.ID).Draw(t, "subjects")
		run := &suite.Run{
			Started:  time.Unix(rapid.Int64Range(0, 1e9).Draw(t, "started"), 5).UTC(),
			Duration: anyDuration().Draw(t, "duration"), Contract: anyString().Draw(t, "contract"), Side: side, Subjects: subjects,
			Results: []suite.Result{}, Unmatched: rapid.SliceOfN(anyString(), 0, 2).Draw(t, "unmatched"),
		}
		if len(run.Unmatched) == 0 {
			run.Unmatched = nil
		}
		for _, id := range rapid.SliceOfN(rapid.StringMatching(`[a-c]/[a-z0-9]{1,4}`), 0, 4).Draw(t, "cases") {
			for _, subject := range subjects {
				run.Results = append(run.Results, anyResult(id, subject, side).Draw(t, "result"))
			}
		}
		return run
	})
}

func anyResult(id, subject string, side suite.Side) *rapid.Generator[suite.Result] {
	return rapid.Custom(func(t *rapid.T) suite.Result {
		r := suite.Result{
			Case: id, Why: anyString().Draw(t, "why"), Subject: subject, Side: side, Reason: anyString().Draw(t, "reason"),
			Evidence: rapid.SampledFrom([]suite.Evidence{suite.Documented, suite.Gateway, suite.Observed, suite.Inferred}).Draw(t, "source"),
			Level:    rapid.SampledFrom([]suite.Level{suite.Must, suite.Should, suite.May}).Draw(t, "level"),
			Verdict:  rapid.SampledFrom(verdicts()).Draw(t, "verdict"),
			Duration: anyDuration().Draw(t, "duration"),
		}
		for range rapid.IntRange(0, 2).Draw(t, "checks") {
			r.Checks = append(r.Checks, suite.Check{
				Name: "n" + anyString().Draw(t, "name"), Verdict: rapid.SampledFrom(verdicts()).Draw(t, "check"),
				Want: anyString().Draw(t, "want"), Got: anyString().Draw(t, "got"), Reason: anyString().Draw(t, "why not"),
			})
		}
		for range rapid.IntRange(0, 2).Draw(t, "exchanges") {
			r.Exchanges = append(r.Exchanges, suite.Exchange{
				Request: anyString().Draw(t, "request"), Response: anyString().Draw(t, "response"), Error: anyString().Draw(t, "error"),
				Duration: anyDuration().Draw(t, "took"), Difference: anyString().Draw(t, "difference"),
			})
		}
		return r
	})
}

func anyDuration() *rapid.Generator[time.Duration] {
	return rapid.Map(rapid.Int64Range(0, int64(time.Hour)), func(n int64) time.Duration { return time.Duration(n) })
}
