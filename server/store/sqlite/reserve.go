package sqlite

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
)

// reserve is disk space that the store keeps for a full disk, as a file next to
// the database. On a full disk the write-ahead log cannot be copied back into a
// database that has to grow for it, and so cannot be released either, although it
// may be a hundred times as large. Deleting the file makes room for that.
//
// Only the goroutine of the writer uses it.
type reserve struct {
	path string
	size int64 // of the file; 0 if it does not exist
}

// reserveSizes are the possible sizes; the largest is the target. A log of 16 MB
// with applications makes the database grow by about 300 KB.
func reserveSizes() []int64 { return []int64{64 << 10, 256 << 10, 1 << 20} }

// newReserve deletes the file of a crashed server, so that the database has room
// to be opened.
func newReserve(database string) *reserve {
	r := &reserve{path: database + "-reserve"}
	r.drop()
	return r
}

// drop releases the space.
func (r *reserve) drop() {
	if r == nil {
		return
	}
	if err := os.Remove(r.path); err == nil || errors.Is(err, os.ErrNotExist) {
		r.size = 0
	}
}

// grow enlarges the file up to the largest size that fits. The content is random,
// so that no file system compresses it.
func (r *reserve) grow() {
	if r == nil {
		return
	}
	for _, size := range reserveSizes() {
		if size > r.size && !r.growTo(size) {
			return
		}
	}
}

func (r *reserve) growTo(size int64) (grown bool) {
	f, err := os.OpenFile(r.path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return false
	}
	_, err = io.CopyN(io.NewOffsetWriter(f, r.size), rand.NewChaCha8([32]byte{}), size-r.size)
	if err != nil {
		// What was written is released. If that fails too, drop deletes the file.
		_ = errors.Join(f.Truncate(r.size), f.Close())
		return false
	}
	if f.Close() != nil {
		return false
	}
	r.size = size
	return true
}
