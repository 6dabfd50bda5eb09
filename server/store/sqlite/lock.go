package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// fileLock ensures that one store uses the database. It consists of two locks: of
// the database itself (heldFile), and of a file next to it. That file holds the
// process ID for the error message, and excludes a server of the first release,
// which uses no other lock.
type fileLock struct {
	file     *os.File
	made     bool // by this lock: it was not there before
	database *heldFile
}

// lock acquires both locks of the database at path, and creates the database if
// it does not exist. The lock file stays when the lock is released: otherwise a
// third process could lock a new file of that name while a second holds the old
// one.
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
	if err := l.lockDatabase(path); err != nil {
		return nil, errors.Join(err, l.releaseAndRemove())
	}
	if err := l.writePID(); err != nil {
		return nil, errors.Join(err, l.release())
	}
	return l, nil
}

func (l *fileLock) lockDatabase(path string) error {
	held, err := holdToWrite(path)
	if err != nil {
		return err
	}
	if err := held.lock(); err != nil {
		return errors.Join(err, held.release())
	}
	l.database = held
	return nil
}

// writePID writes the process ID for the error message of other processes.
func (l *fileLock) writePID() error {
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err := l.file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// release releases both locks. All connections must be closed first.
func (l *fileLock) release() error {
	var err error
	if l.database != nil {
		err = errors.Join(l.database.unlock(), l.database.release())
	}
	return errors.Join(err, unlock(l.file), l.file.Close())
}

// releaseAndRemove releases the lock of a database that belongs to another
// program or server, and restores the directory. Here the file may be removed: a
// process that locks it meanwhile finds the same database.
func (l *fileLock) releaseAndRemove() error {
	err := l.release()
	if l.made {
		err = errors.Join(err, os.Remove(l.file.Name()))
	}
	return err
}

func inUse(f *os.File) error {
	data, err := io.ReadAll(io.LimitReader(f, 32))
	pid, convErr := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil || convErr != nil {
		return ErrInUse
	}
	return fmt.Errorf("%w (process %d)", ErrInUse, pid)
}
