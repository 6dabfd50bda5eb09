package sqlite

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
)

// heldFile is a database file that this process has open in addition to SQLite:
// to read its header, and to hold the lock that excludes other servers.
//
// A process that closes any descriptor of a file loses all its POSIX locks on the
// file (fcntl(2)), including those of SQLite. So a descriptor of a database is
// closed only after the last store or Reader of that file in the process has
// closed its connections, whatever name each has opened it by.
type heldFile struct {
	info     os.FileInfo
	files    []*os.File
	writable *os.File // one of files; nil if none can be written
	users    int
	locked   bool
}

// heldFiles are all held files of the process. They are the only state of this
// package outside a store, because POSIX locks belong to the process.
type heldFiles struct {
	mu   sync.Mutex
	held []*heldFile
}

var processFiles heldFiles //nolint:gochecknoglobals // POSIX locks belong to the process

// holdToRead opens a file that must exist. The caller must release the result
// after closing all its SQLite connections.
func holdToRead(path string) (*heldFile, error) { return processFiles.hold(path, os.O_RDONLY) }

// holdToWrite opens a file. If it does not exist, it is created empty and
// readable by this user only: SQLite would create it readable by all.
func holdToWrite(path string) (*heldFile, error) {
	return processFiles.hold(path, os.O_RDWR|os.O_CREATE)
}

func (all *heldFiles) hold(path string, flag int) (*heldFile, error) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if info, err := os.Stat(path); err == nil {
		if h := all.find(info); h != nil && (flag == os.O_RDONLY || h.writable != nil) {
			h.users++
			return h, nil
		}
	}
	f, err := os.OpenFile(path, flag, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	h := all.find(info)
	if h == nil {
		h = &heldFile{info: info}
		all.held = append(all.held, h)
	}
	h.files = append(h.files, f)
	if flag != os.O_RDONLY {
		h.writable = f
	}
	h.users++
	return h, nil
}

func (all *heldFiles) find(info os.FileInfo) *heldFile {
	for _, h := range all.held {
		if os.SameFile(h.info, info) {
			return h
		}
	}
	return nil
}

// release closes the descriptors if this user is the last one.
func (h *heldFile) release() error {
	all := &processFiles
	all.mu.Lock()
	defer all.mu.Unlock()
	if h.users--; h.users > 0 {
		return nil
	}
	all.held = slices.DeleteFunc(all.held, func(other *heldFile) bool { return other == h })
	var errs []error
	for _, f := range h.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// lock locks the file itself, to exclude a server that has opened it by another
// name: through a hard link, or a mount in another container.
//
// Errors: ErrInUse.
func (h *heldFile) lock() error {
	processFiles.mu.Lock()
	defer processFiles.mu.Unlock()
	taken := false
	if !h.locked {
		var err error
		if taken, err = tryLockDatabase(h.writable); err != nil {
			return err
		}
	}
	if !taken {
		return fmt.Errorf("%w, which has opened it by another name: a hard link, or a mount of the file elsewhere", ErrInUse)
	}
	h.locked = true
	return nil
}

func (h *heldFile) unlock() error {
	processFiles.mu.Lock()
	defer processFiles.mu.Unlock()
	h.locked = false
	return unlockDatabase(h.writable)
}

// checkHeader rejects a file that this package did not write.
func (h *heldFile) checkHeader() error {
	return checkHeader(&positioned{file: h.files[0]})
}

// positioned reads from the start of a file, independently of its file offset.
type positioned struct {
	file *os.File
	at   int64
}

func (p *positioned) Read(b []byte) (int, error) {
	n, err := p.file.ReadAt(b, p.at)
	p.at += int64(n)
	return n, err
}
