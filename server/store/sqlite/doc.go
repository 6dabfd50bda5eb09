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
// Apply and the other writing methods queue their operations. The writer takes all
// that are queued, checks and executes each in turn in one transaction, commits
// once, and then returns the results to the callers. Operations that are queued
// while a commit waits for the disk form the next group: the more callers, the
// more share a commit. Each operation is checked by reads before its first write,
// so a rejected one needs no rollback and does not affect the others.
//
// The database runs in WAL mode with synchronous=FULL: a write that has returned
// survives a crash of the process and of the system, and a loss of power if the
// disk honors syncs.
//
// # Reading
//
// Reads use separate connections and see the last commit. A database in memory has
// one connection, which reads and groups of writes share.
//
// # Full disk
//
// If a write finds no space, the write-ahead log is copied back into the database
// and truncated, and the write is retried once. To have room for that, a file next
// to the database reserves 1 MiB while the store is open, or less on a small disk;
// nonces may use it. If the write fails again, it returns ErrFull, and Ping fails
// until a write of the size of a request succeeds.
//
// # One process
//
// A file can be open in one store only: a second Open fails immediately. An
// operating system lock on one byte of the database ensures this for every name of
// the file. Servers of the first release use a lock on a file next to it instead,
// so that one is acquired too. Both locks end with the process, so a crash leaves
// nothing to clean up. Other programs may read the database, for example for a
// backup.
//
// A program that embeds a store must not open and close the database file itself
// while the store is open: that drops the locks of the whole process on it
// (fcntl(2)). Reader is safe.
package sqlite
