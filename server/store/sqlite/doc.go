// Package sqlite is the default store: one SQLite database, in a file or in
// memory, written by one goroutine.
//
//	s, err := sqlite.Open(ctx, sqlite.Config{Path: "/var/lib/esacertd/esacert.db"})
//	if err != nil {
//		return err
//	}
//	defer s.Close()
//	applications, err := s.Apply(ctx, batch)
//
// # Writing
//
// SQLite has one writer at a time, and a durable commit waits for the disk. So
// the callers of Apply and of the other writing methods put what they want into
// a queue; the writer takes all that is there, checks and writes each in turn in
// one transaction, commits once, and only then answers them all. While a commit
// waits for the disk the next group gathers in the queue: the more callers, the
// more share a commit. Each is checked by reads before its first write, so a
// refused one leaves nothing to undo and does not disturb its neighbours.
//
// The database runs in WAL mode with synchronous=FULL: what was answered
// survives a crash of the process, of the system, and a loss of power as far
// as the disk keeps what it said it kept.
//
// # Reading
//
// Reads use connections of their own and see the last commit, whatever the
// writer does meanwhile. A database in memory has one connection, which reads
// and groups of writes take in turns.
//
// # One process
//
// A file belongs to one Store: the second Open fails at once. A lock of the
// operating system on a file beside the database says so; it goes with the
// process, however that ends, so nobody has to clean up after a crash. Other
// programs may read the database meanwhile, for a backup or a look.
package sqlite
