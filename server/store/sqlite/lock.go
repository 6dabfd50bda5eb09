package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// fileLock says that one Store owns the database beside it.
//
// The lock is on a file of its own and not on the database: SQLite locks the
// database with POSIX locks, and a process that closes any descriptor of a file
// loses all POSIX locks that it has on it.
type fileLock struct {
	file *os.File
	made bool // by this lock: it was not there before
}

// lock takes the lock of the database at path. The file stays when the lock is
// released; to remove it would let a third process lock a new file of that name
// while a second holds the old one.
func lock(path string) (*fileLock, error) {
	name := path + ".lock"
	_, statErr := os.Stat(name)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	taken, err := tryLock(f)
	if err == nil && !taken {
		err = inUse(f)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	l := &fileLock{file: f, made: errors.Is(statErr, os.ErrNotExist)}
	if err := l.sign(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

// sign writes the process id for the error message of the next who tries.
func (l *fileLock) sign() error {
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err := l.file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

func (l *fileLock) release() error { return errors.Join(unlock(l.file), l.file.Close()) }

// withdraw releases the lock of a database that turned out to be somebody
// else's and leaves the folder as it was. Here the file may go: whoever locks
// it meanwhile is about to find out the same.
func (l *fileLock) withdraw() error {
	err := l.release()
	if l.made {
		err = errors.Join(err, os.Remove(l.file.Name()))
	}
	return err
}

func inUse(f *os.File) error {
	text, err := io.ReadAll(io.LimitReader(f, 32))
	pid, convErr := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || convErr != nil {
		return ErrInUse
	}
	return fmt.Errorf("%w (process %d)", ErrInUse, pid)
}
