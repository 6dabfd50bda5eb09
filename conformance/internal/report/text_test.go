package report

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/esacert/esacert/conformance/internal/redact"
	"github.com/esacert/esacert/conformance/internal/suite"
)

func TestProgressShowsNonPassing(t *testing.T) {
	t.Parallel()
	run := readRun(t, "server")
	for _, verbose := range []bool{false, true} {
		var b bytes.Buffer
		p := NewText(&b, TextOptions{Verbose: verbose})
		for _, r := range run.Results {
			b.Reset()
			p.Result(r)
			if shown := b.Len() > 0; shown != (verbose || r.Verdict != suite.Passed) {
				t.Errorf("verbose %v: %s (%s) has a line: %v", verbose, r.Case, r.Verdict, shown)
			}
			if lines := strings.Count(b.String(), "\n"); lines > 1 {
				t.Errorf("%s has %d lines", r.Case, lines)
			}
		}
	}
}

func TestLiveLine(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := NewText(&b, TextOptions{Live: true, Total: 3})
	p.Result(suite.Result{Case: "a/1", Verdict: suite.Passed})
	p.Result(suite.Result{Case: "a/2", Verdict: suite.Failed, Level: suite.Must, Subject: "s"})
	if err := p.End(&suite.Run{Results: []suite.Result{{Case: "a/1", Verdict: suite.Passed}}}); err != nil {
		t.Fatal(err)
	}
	want := "1/3 a/1" + "\r\x1b[K" + "FAIL    a/2  s  0s  \n" + "2/3 a/2" + "\r\x1b[K" + "\n, contract : 1 passed in 0s\n"
	if got := b.String(); !strings.HasPrefix(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	b.Reset()
	p = NewText(&b, TextOptions{Live: true})
	p.Result(suite.Result{Case: "a/1", Verdict: suite.Passed})
	if got := b.String(); got != "1 a/1" {
		t.Errorf("without a total: got %q", got)
	}
}

func TestTextShowsVerdictAndExitCode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		results []suite.Result
		says    string
	}{
		{"passed", []suite.Result{{Verdict: suite.Passed}}, "passed: every case that ran passed or is a known failure (exit code 0)"},
		{"failed", []suite.Result{{Verdict: suite.Failed, Level: suite.Should}}, "recommended case failed (exit code 1)"},
		{"unexpected pass", []suite.Result{{Verdict: suite.UnexpectedPass}}, "remove its entry (exit code 3)"},
		{"error", []suite.Result{{Verdict: suite.Errored}}, "could not connect (exit code 4)"},
		{"nothing ran", []suite.Result{{Verdict: suite.NotRun}}, "nothing ran (exit code 5)"},
		{"empty", nil, "nothing ran in 0s\nnothing ran"},
		{"failed may", []suite.Result{{Verdict: suite.Failed, Level: suite.May}}, "(exit code 0)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := string(written(t, Text{}, &suite.Run{Results: test.results}))
			if !strings.Contains(got, test.says) {
				t.Errorf("got\n%s\nwant %q", got, test.says)
			}
		})
	}
	if got := Explain(suite.ExitBadConfig); !strings.HasPrefix(got, "invalid configuration: ") {
		t.Errorf("got %q", got)
	}
	if got := Explain(99); got != "unknown exit code" {
		t.Errorf("got %q", got)
	}
}

// Results with the same reason are listed together.
func TestTextGroupsReasons(t *testing.T) {
	t.Parallel()
	run := &suite.Run{}
	for _, id := range []string{"a/1", "a/2", "a/3", "a/4", "a/5", "a/6", "a/7"} {
		run.Results = append(run.Results,
			suite.Result{Case: id, Verdict: suite.NotRun, Reason: "no sites.cname"},
			suite.Result{Case: "b" + id, Verdict: suite.Errored, Reason: "the adapter is dead"})
	}
	_, end, _ := strings.Cut(string(written(t, Text{}, run)), "\n\n")
	for _, once := range []string{
		"7 results not run: no sites.cname", "7 results error: the adapter is dead", "a/1, a/2, a/3, a/4, a/5 and 2 more",
	} {
		if strings.Count(strings.ReplaceAll(end, "results  ", "results "), once) < 1 {
			t.Errorf("%q is missing in\n%s", once, end)
		}
	}
	if n := strings.Count(end, "the adapter is dead"); n != 1 {
		t.Errorf("the reason is written %d times:\n%s", n, end)
	}
}

func TestTextRedactsSecrets(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := NewText(&b, TextOptions{Verbose: true, Secrets: redact.New("hunter22")})
	r := suite.Result{Case: "a/1", Verdict: suite.Failed, Reason: "hunter22", Exchanges: []suite.Exchange{{Request: "token: hunter22"}}}
	p.Result(r)
	if err := p.End(&suite.Run{Results: []suite.Result{r}}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "hunter22") || strings.Count(b.String(), redact.Mark) < 3 {
		t.Errorf("got\n%s", b.String())
	}
}

func TestTextStopsAfterAnError(t *testing.T) {
	t.Parallel()
	w := &failing{left: 0}
	p := NewText(w, TextOptions{Verbose: true})
	p.Result(suite.Result{Case: "a/1"})
	w.left = 1 << 20
	if err := p.End(&suite.Run{}); !errors.Is(err, errFull) || w.left != 1<<20 {
		t.Errorf("got %v, and %d bytes were written after the error", err, 1<<20-w.left)
	}
}

// The content of a run has no effect on the terminal. Only colors have.
func TestTextEscapesControlCharacters(t *testing.T) {
	t.Parallel()
	color := regexp.MustCompile("\x1b\\[[0-9;]*m")
	rapid.Check(t, func(t *rapid.T) {
		run := anyRun().Draw(t, "run")
		for _, colored := range []bool{false, true} {
			var b bytes.Buffer
			if err := (Text{TextOptions{Color: colored, Verbose: true}}).Write(&b, run); err != nil {
				t.Fatal(err)
			}
			output := b.String()
			if colored {
				output = color.ReplaceAllString(output, "")
			}
			if escape(output) != output {
				t.Fatalf("color %v: %q", colored, output)
			}
		}
	})
}

func BenchmarkText(b *testing.B) { benchmark(b, Text{}) }

func BenchmarkHTML(b *testing.B) { benchmark(b, HTML{}) }

// benchmark writes a run with 1000 results.
func benchmark(b *testing.B, writer Writer) {
	run := readRun(b, "server")
	one := run.Results
	for i := 0; len(run.Results) < 1000; i++ {
		for _, r := range one {
			r.Case = fmt.Sprintf("%s/%d", r.Case, i)
			run.Results = append(run.Results, r)
		}
	}
	run.Started = time.Unix(0, 0)
	b.ReportAllocs()
	for b.Loop() {
		var out bytes.Buffer
		if err := writer.Write(&out, run); err != nil {
			b.Fatal(err)
		}
	}
}
