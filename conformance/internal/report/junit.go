package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// JUnit writes a run as JUnit XML for Jenkins, GitLab and the GitHub actions for test
// reports: a test suite for each group of cases (and for each subject, if there are
// several), and a test case for each case.
//
// These tools fail a build on <failure> and <error>, so the states match the exit code:
//
//   - <failure> for failed and unexpected-pass;
//   - <error> for error;
//   - <skipped> for not-run, unsupported, known-failure and a failed case of level may.
//     A <failure> would fail a build with exit code 0, and a pass would hide the case.
//     The message of a skipped test case has the verdict and the reason.
type JUnit struct{}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Properties []junitProperty `xml:"properties>property,omitempty"`
	Cases      []junitCase     `xml:"testcase"`
	class      string
	total      time.Duration
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name      string       `xml:"name,attr"`
	Classname string       `xml:"classname,attr"`
	Time      string       `xml:"time,attr"`
	Failure   *junitDetail `xml:"failure"`
	Error     *junitDetail `xml:"error"`
	Skipped   *junitDetail `xml:"skipped"`
	SystemOut string       `xml:"system-out,omitempty"`
}

type junitDetail struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// Write writes the run to w.
func (JUnit) Write(w io.Writer, run *suite.Run) error {
	run = escapeRun(run)
	all := junitSuites{Name: "esaconform " + string(run.Side), Time: seconds(run.Duration), Suites: junitGroups(run)}
	if len(run.Unmatched) > 0 {
		all.Suites = append(all.Suites, junitUnmatched(run))
	}
	for _, s := range all.Suites {
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		all.Skipped += s.Skipped
	}
	body, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	if _, err := io.WriteString(w, xml.Header+string(body)+"\n"); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	return nil
}

func junitGroups(run *suite.Run) []junitSuite {
	var suites []junitSuite
	for _, r := range run.Results {
		name := group(r.Case)
		// Tools show the part before a dot as a package. This is useful for the name of
		// a client, but not for an address.
		class := string(run.Side) + "." + name
		if len(run.Subjects) > 1 {
			class = r.Subject + "." + name
			name = r.Subject + ": " + name
		}
		at := slices.IndexFunc(suites, func(s junitSuite) bool { return s.Name == name })
		if at < 0 {
			at = len(suites)
			suites = append(suites, junitSuite{
				Name:      name,
				class:     class,
				Timestamp: junitTime(run),
				Properties: []junitProperty{
					{"contract", run.Contract}, {"side", string(run.Side)}, {"subject", r.Subject},
				},
			})
		}
		suites[at].add(r)
	}
	return suites
}

// junitUnmatched returns a test suite with the known failures that match no case.
func junitUnmatched(run *suite.Run) junitSuite {
	s := junitSuite{Name: "known failures", Time: seconds(0), Timestamp: junitTime(run)}
	for i, message := range run.Unmatched {
		s.Cases = append(s.Cases, junitCase{
			Name: fmt.Sprintf("entry %d matches no case", i+1), Classname: s.Name, Time: seconds(0),
			Failure: &junitDetail{Message: oneLine(message), Type: string(suite.UnexpectedPass)},
		})
	}
	s.Tests, s.Failures = len(s.Cases), len(s.Cases)
	return s
}

// junitTime returns the start without a time zone, as the schema of Jenkins requires.
func junitTime(run *suite.Run) string { return run.Started.UTC().Format("2006-01-02T15:04:05") }

func (s *junitSuite) add(r suite.Result) {
	c := junitCase{Name: r.Case, Classname: s.class, Time: seconds(r.Duration)}
	detail := &junitDetail{Message: oneLine(headline(r)), Type: string(r.Verdict)}
	switch r.Verdict {
	case suite.Passed:
	case suite.Failed, suite.UnexpectedPass:
		if r.Tolerated() {
			detail.Type = "failed-may"
			c.Skipped = detail
			break
		}
		c.Failure = detail
	case suite.KnownFailure, suite.NotRun, suite.Unsupported:
		c.Skipped = detail
	default: // Errored and unknown verdicts
		c.Error = detail
	}
	if c.Failure != nil || c.Error != nil {
		detail.Text = checksText(r)
		c.SystemOut = exchangesText(r)
	}
	s.Cases = append(s.Cases, c)
	s.total += r.Duration
	s.Time = seconds(s.total)
	s.Tests++
	s.Failures += present(c.Failure)
	s.Errors += present(c.Error)
	s.Skipped += present(c.Skipped)
}

func present(d *junitDetail) int {
	if d == nil {
		return 0
	}
	return 1
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 6, 64) }
