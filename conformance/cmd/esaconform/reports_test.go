package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/internal/report"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// Whatever the runners let through, no report has a secret of the targets.
func TestReportsCutSecrets(t *testing.T) {
	t.Parallel()
	const secret = "hunter22"
	for _, format := range report.Formats() {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			var out, progress bytes.Buffer
			flags := &runFlags{Report: []string{string(format) + "=-"}, Verbose: true}
			r, err := flags.reports(streams{out: &out, err: &progress}, &plan{}, 1, []string{secret})
			if err != nil {
				t.Fatal(err)
			}
			result := suite.Result{
				Case: "a/1", Subject: "s", Verdict: suite.Failed, Level: suite.Must, Reason: "said " + secret,
				Exchanges: []suite.Exchange{{Response: "HTTP/1.1 200 OK\r\n\r\n" + secret}},
			}
			r.result(result)
			run := &suite.Run{Side: suite.ServerSide, Subjects: []string{"s"}, Results: []suite.Result{result}}
			if err := r.end(run); printError(streams{err: &progress}, err) != suite.ExitFailed {
				t.Errorf("got %v", err)
			}
			if all := out.String() + progress.String(); strings.Contains(all, secret) || strings.Count(all, "[secret]") < 3 {
				t.Errorf("got\n%s", all)
			}
			if out.Len() == 0 || progress.Len() == 0 {
				t.Error("the report or the progress is missing")
			}
		})
	}
}
