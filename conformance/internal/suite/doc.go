// Package suite is the model of the conformance suite: cases, how they are read,
// verdicts, and the content of a report. It does not know servers and clients:
// packages serverrunner and clientrunner run the cases, package report writes the
// results.
//
// Cases are data, in conformance/cases/*.yaml. The contract adds cases for its
// documented example and for the rows of its error table; a case refers to a row by
// its key.
//
//	cases, err := suite.Load(os.DirFS("cases"))             // an error lists all problems with file:line:column
//	cases, err = suite.AddContractCases(cases, contract)
//	cases, err = suite.Select(cases, []string{"domains/**"}, nil)
//	known, err := suite.ParseKnown("known.yaml", data)
//	run := …                                                // by serverrunner or clientrunner
//	problems := suite.ApplyKnown(known, &run)
//	os.Exit(int(run.ExitCode()))
//
// The verdict of a case is the worst of its checks. A run succeeds if at least one
// case ran and every case that ran passed or is a known failure.
package suite
