// Package report writes what came of a run of the conformance suite. There is
// one model, suite.Run, and one Writer for each reader:
//
//   - Text, for who runs the suite in a terminal, with progress while it runs;
//   - JSON, for programs; report.schema.json describes it, and ReadJSON reads it
//     back without loss;
//   - JUnit, for CI servers;
//   - HTML, for who wants to see why: one page that needs no server and asks no
//     other host for anything.
//
// A run is cut before it is written, so that no secret is in any report, and a
// File appears under its name whole or not at all:
//
//	file, err := report.Open("report.html") // before the run: is the place writable?
//	run := …
//	run = redact.New(accessKeySecret).Run(run)
//	err = file.Write(report.HTML{}, run)
//
// What a server or a client said is text in every report, whatever it holds:
// characters that would act on a terminal, an XML parser or a browser are shown
// as pictures or escapes, never sent on.
package report
