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
// # Full disk
//
// A write that finds no space copies the write-ahead log back into the database
// and cuts it, then is tried once more. So that there is room for that, a file
// next to the database holds 1 MiB while the Store is open, or less on a small
// disk; nonces may use it. If the write fails all the same, it fails with
// ErrFull, and Ping fails until a write of the size of a call succeeds.
//
// # One process
//
// A file belongs to one Store: the second Open fails immediately. An operating
// system lock on one byte of the database ensures it, whatever name the file was
// opened by. Servers of the first release know only a lock on a file next to it,
// so that one is taken too. Both go with the process, so a crash leaves nothing to clean up.
// Other programs may read the database meanwhile, for example for a backup.
//
// A program that embeds a Store must not open and close the database file itself
// while the Store is open: that drops the locks of the whole process on it
// (fcntl(2)). Reader is safe.
package sqlite
