// Package suite is the model of the conformance suite: what a case is, how
// cases are read, how a verdict comes about, and what a report holds. It knows
// neither servers nor clients; packages servers and clients run cases against
// those, and package report writes what came of it.
//
// Cases are data, in conformance/cases/*.yaml. What the contract says already
// (the documented example, the rows of the error table) is read from the
// contract: a case names a row by its key.
//
//	cases, err := suite.Load(os.DirFS("cases"))             // everything that is wrong, file:line:column
//	cases, err = suite.AddContractCases(cases, contract)              // and what the contract says already
//	cases, err = suite.Select(cases, []string{"domains/**"}, nil)
//	known, err := suite.ParseKnown("known.yaml", data)
//	run := …                                                // by package servers or clients
//	problems := suite.ApplyKnown(known, &run)                    // a known failure that passes is stale
//	os.Exit(int(run.ExitCode()))
//
// A verdict is the worst of a case's checks. A run is good if at least one case
// ran, and all that ran were judged and passed, or failed as they were known to.
package suite
