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

// JUnit writes a run as JUnit XML, in the shape that Jenkins, GitLab and the
// GitHub actions for test reports read: a suite for each group of cases (and
// subject, if there are several), a test case for each case.
//
// Those viewers know four states, and fail a build on two of them, so that the
// states follow the exit code:
//
//   - <failure> for failed, and for a known failure that has passed;
//   - <error> for what could not be judged;
//   - <skipped> for not run and unsupported, and also for a known failure and for
//     a failed case of level may. As a <failure> these would turn a build red that
//     ends with exit code 0; as a plain pass nobody would see them. Skipped is
//     counted, listed apart, and shown with its message, which says that it is a
//     known failure and why.
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

// Write writes the run.
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
		// Viewers make packages of what stands before a dot: a client's name there
		// is welcome, an address is not.
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

// junitUnmatched is a suite for the known failures that match nothing: there is
// no case that they could stand at.
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

// junitTime has no zone, as the schema of Jenkins asks.
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
	default: // Broken, and verdicts that nobody knows
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
