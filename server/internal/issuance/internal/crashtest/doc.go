// Package crashtest runs the loop in a separate process that is killed or stopped
// at seeded points. It restarts the process until its work is done and audits the
// result.
//
// The process is the test binary. Its TestMain runs the function of a scenario if
// it was started as a worker:
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
// An authority that must survive the kills, for example Pebble, runs in the test
// itself; Plan.Argument passes its address to the process. An authority inside
// the process is wrapped by Worker.Recording, which records its events in a file.
package crashtest
