// Package crashtest runs the loop in a process of its own that is killed or
// stopped at seeded points, starts it again until its work is done, and looks
// whether all came out right.
//
// The test binary is the process. Its TestMain hands over to the body of a
// scenario if it was started for one:
//
//	func TestMain(m *testing.M) {
//		if w := crashtest.Child(); w != nil {
//			os.Exit(w.Run(map[string]crashtest.WorkerFunc{"kill": issueAll}))
//		}
//		os.Exit(m.Run())
//	}
//
//	func issueAll(ctx context.Context, w *crashtest.Worker) error {
//		db, err := sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(w.Dir, "esacert.db")})
//		…
//		loop, err := issuer.New(issuer.Options{Jobs: db, Checkpoint: w.Checkpoint, …})
//		return crashtest.UntilIssued(ctx, db, loop)
//	}
//
//	func TestKill(t *testing.T) {
//		result := crashtest.Run(t, crashtest.Plan{Scenario: "kill", Dir: dir, Seed: 1, Kill: 0.02})
//		… crashtest.Audit
//	}
//
// An authority that is to survive the kills, such as Pebble, runs in the test
// itself, and its address goes to the process as Plan.Argument. One that lives
// in the process is wrapped by Worker.Recording, which writes down what it has
// done in a file.
package crashtest
