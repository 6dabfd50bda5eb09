// Package report writes the result of a run of the conformance suite. It has one
// Writer for each format:
//
//   - Text for a terminal or a log, with progress during the run;
//   - JSON for programs; report.schema.json describes it, and ReadJSON reads it
//     without loss;
//   - JUnit for CI servers;
//   - HTML, one self-contained page that shows why a case failed.
//
// Redact a run before writing it. A File is written atomically:
//
//	file, err := report.Open("report.html") // before the run: checks that it is writable
//	run := …
//	run = run.Redacted(redact.New(accessKeySecret))
//	err = file.Write(report.HTML{}, run)
//
// Reports escape everything that a server or a client under test sent: characters
// that would affect a terminal, an XML parser or a browser are shown as symbols or
// escape sequences.
package report
