package report_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/esacert/esacert/conformance/internal/redact"
	"github.com/esacert/esacert/conformance/internal/report"
	"github.com/esacert/esacert/conformance/internal/suite"
)

func exampleRun() *suite.Run {
	return &suite.Run{
		Started: time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC), Duration: 20 * time.Millisecond,
		Contract: "2024-09-10", Side: suite.ServerSide, Subjects: []string{"staging"},
		Results: []suite.Result{
			{Case: "errors/SiteNotFound", Subject: "staging", Side: suite.ServerSide, Evidence: suite.Documented, Level: suite.Must, Verdict: suite.Passed},
			{
				Case: "clock/replay", Why: "A signed request is accepted once.", Subject: "staging", Side: suite.ServerSide,
				Evidence: suite.Gateway, Level: suite.Must, Verdict: suite.Failed,
				Checks:    []suite.Check{{Name: "status", Verdict: suite.Failed, Want: "400", Got: "200"}},
				Exchanges: []suite.Exchange{{Request: "POST / HTTP/1.1\r\nx-acs-security-token: hunter22\r\n\r\n", Response: "HTTP/1.1 200 OK\r\n\r\n"}},
			},
		},
	}
}

// Results are written during the run, the summary at its end.
func ExampleNewText() {
	run := exampleRun()
	progress := report.NewText(os.Stdout, report.TextOptions{Secrets: redact.New("hunter22")})
	for _, result := range run.Results {
		progress.Result(result)
	}
	if err := progress.End(run); err != nil {
		fmt.Println(err)
	}
	// Output:
	// FAIL    clock/replay  staging  0s  status
	//
	// FAIL    clock/replay  staging
	//   A signed request is accepted once. (must, gateway)
	//   status: failed
	//       want 400
	//       got  200
	//   request
	//   | POST / HTTP/1.1
	//   | x-acs-security-token: [secret]
	//   response, after 0s
	//   | HTTP/1.1 200 OK
	//
	// staging, contract 2024-09-10: 1 passed, 1 failed in 20ms
	// failed: a required or recommended case failed (exit code 1)
}

// Open checks the path before the run, and Write writes atomically.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "report")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	file, err := report.Open(filepath.Join(dir, "report.html"))
	if err != nil {
		fmt.Println(err)
		return
	}
	run := exampleRun().Redacted(redact.New("hunter22"))
	if err := file.Write(report.HTML{}, run); err != nil {
		fmt.Println(err)
		return
	}
	page, err := os.ReadFile(file.Name())
	fmt.Println(bytes.HasPrefix(page, []byte("<!doctype html>")), bytes.Contains(page, []byte("hunter22")), err)

	_, err = report.Open(".")
	fmt.Println(err)
	// Output:
	// true false <nil>
	// write report .: is a directory
}

// ReadJSON returns the run of a JSON report.
func ExampleReadJSON() {
	var data bytes.Buffer
	if err := (report.JSON{}).Write(&data, exampleRun()); err != nil {
		fmt.Println(err)
		return
	}
	run, err := report.ReadJSON(&data)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(run.ExitCode(), run.Counts()[suite.Failed], run.Results[1].Checks[0].Got)
	// Output: 1 1 200
}

// CI servers fail a build on <failure> and <error>.
func ExampleJUnit() {
	run := exampleRun()
	run.Results = run.Results[:1]
	if err := (report.JUnit{}).Write(os.Stdout, run); err != nil {
		fmt.Println(err)
	}
	// Output:
	// <?xml version="1.0" encoding="UTF-8"?>
	// <testsuites name="esaconform server" tests="1" failures="0" errors="0" skipped="0" time="0.020000">
	//   <testsuite name="errors" tests="1" failures="0" errors="0" skipped="0" time="0.000000" timestamp="2026-11-23T17:00:00">
	//     <properties>
	//       <property name="contract" value="2024-09-10"></property>
	//       <property name="side" value="server"></property>
	//       <property name="subject" value="staging"></property>
	//     </properties>
	//     <testcase name="errors/SiteNotFound" classname="server.errors" time="0.000000"></testcase>
	//   </testsuite>
	// </testsuites>
}
