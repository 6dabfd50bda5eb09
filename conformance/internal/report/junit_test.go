package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// readSuites is the structure that CI tools read. It is independent of the types of the
// writer, so that the test detects a wrong tag there.
type readSuites struct {
	XMLName                          xml.Name
	Tests, Failures, Errors, Skipped int
	Suites                           []struct {
		Name  string     `xml:"name,attr"`
		Tests int        `xml:"tests,attr"`
		Time  string     `xml:"time,attr"`
		Cases []readCase `xml:"testcase"`
	} `xml:"testsuite"`
	Attrs []xml.Attr `xml:",any,attr"`
}

type readCase struct {
	Name      string      `xml:"name,attr"`
	Classname string      `xml:"classname,attr"`
	Time      string      `xml:"time,attr"`
	Failure   *readDetail `xml:"failure"`
	Error     *readDetail `xml:"error"`
	Skipped   *readDetail `xml:"skipped"`
	SystemOut string      `xml:"system-out"`
}

type readDetail struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

func readJUnit(t interface{ Fatalf(string, ...any) }, output []byte) readSuites {
	var read readSuites
	if err := xml.Unmarshal(output, &read); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, attr := range read.Attrs {
		n, _ := strconv.Atoi(attr.Value)
		switch attr.Name.Local {
		case "tests":
			read.Tests = n
		case "failures":
			read.Failures = n
		case "errors":
			read.Errors = n
		case "skipped":
			read.Skipped = n
		}
	}
	return read
}

func TestJUnitContent(t *testing.T) {
	t.Parallel()
	run := readRun(t, "server")
	read := readJUnit(t, written(t, JUnit{}, run))
	if read.XMLName.Local != "testsuites" || read.Tests != len(run.Results)+1 || read.Failures != 6 || read.Errors != 1 || read.Skipped != 4 {
		t.Errorf("got %s with tests %d, failures %d, errors %d, skipped %d", read.XMLName.Local, read.Tests, read.Failures, read.Errors, read.Skipped)
	}
	cases := map[string]readCase{}
	for _, s := range read.Suites {
		if len(s.Cases) != s.Tests {
			t.Errorf("suite %s: tests is %d, want %d", s.Name, s.Tests, len(s.Cases))
		}
		for _, c := range s.Cases {
			cases[c.Name] = c
			if s.Name != "known failures" && !strings.HasPrefix(c.Name, s.Name+"/") {
				t.Errorf("%s is in suite %s", c.Name, s.Name)
			}
		}
	}
	for _, test := range []struct{ id, element, kind, says string }{
		{"errors/InvalidParameter.Domains.TooMany", "failure", "failed", `message: want "The number of domain names exceeds the limit of 50."`},
		{"tokens/bearer", "failure", "unexpected-pass", "it passes, and was known to fail"},
		{"clock/replay", "error", "error", "the server hangs"},
		{"errors/QuotaExceeded", "skipped", "not-run", "sites.quota_full"},
		{"tokens/sts", "skipped", "known-failure", "STS is planned for the next release"},
		{"parameters/unknown", "skipped", "failed-may", "tolerated, level may"},
		{"entry 1 matches no case", "failure", "unexpected-pass", "known.yaml:7:3"},
		{"example/documented", "", "", ""},
	} {
		c, there := cases[test.id]
		got := map[string]*readDetail{"failure": c.Failure, "error": c.Error, "skipped": c.Skipped}
		for element, detail := range got {
			if (detail != nil) != (element == test.element) {
				t.Errorf("%s (there: %v) has <%s>: %v, want <%s>", test.id, there, element, detail != nil, test.element)
			}
		}
		if detail := got[test.element]; detail != nil && (detail.Type != test.kind || !strings.Contains(detail.Message, test.says)) {
			t.Errorf("%s: got type %q, message %q", test.id, detail.Type, detail.Message)
		}
	}
	if out := cases["parameters/markup"].SystemOut; !strings.Contains(out, "</pre></details><script>") || !strings.Contains(out, "␀␇␛[2J") {
		t.Errorf("got exchange %q", out)
	}
	if got := cases["clock/replay"].Time; got != "10.004000" {
		t.Errorf("got time %s, want seconds", got)
	}
}

func TestJUnitOfSeveralSubjects(t *testing.T) {
	t.Parallel()
	read := readJUnit(t, written(t, JUnit{}, readRun(t, "matrix")))
	names := map[string]bool{}
	for _, s := range read.Suites {
		names[s.Name] = true
	}
	for _, name := range []string{"gosdk: errors", "node: errors", "python: odd"} {
		if !names[name] {
			t.Errorf("no suite %q", name)
		}
	}
	if read.Failures != 0 || read.Errors != 0 {
		t.Errorf("a run with exit code 0 has %d failures and %d errors", read.Failures, read.Errors)
	}
}

// The XML of any run is well-formed, and has failures or errors exactly if the exit
// code is not 0, unless nothing ran.
func TestJUnitIsValid(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		run := anyRun().Draw(t, "run")
		var b bytes.Buffer
		if err := (JUnit{}).Write(&b, run); err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(b.Bytes()) {
			t.Fatal("not valid UTF-8")
		}
		for decoder := xml.NewDecoder(bytes.NewReader(b.Bytes())); ; {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%v\n%s", err, b.Bytes())
			}
		}
		read := readJUnit(t, b.Bytes())
		if read.Tests != len(run.Results)+len(run.Unmatched) {
			t.Fatalf("got %d tests for %d results and %d unmatched", read.Tests, len(run.Results), len(run.Unmatched))
		}
		red := read.Failures+read.Errors > 0
		if code := run.ExitCode(); red != (code == suite.ExitFailed || code == suite.ExitUnexpectedPass || code == suite.ExitErrored) {
			t.Fatalf("failures or errors: %v, exit code %d", red, code)
		}
	})
}
