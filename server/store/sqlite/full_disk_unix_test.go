//go:build unix

package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/esacert/esacert/server/store/sqlite"
)

const fileLimit = 2 << 20

// limitFiles limits the size of each file of the process.
func limitFiles(bytes uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	limit.Cur = min(bytes, limit.Max)
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)
}

// fillUp is a server on a small disk that is full and then has space again.
func fillUp(path, _ string) (err error) {
	ctx := context.Background()
	signal.Ignore(syscall.SIGXFSZ) // otherwise the limit kills the process
	if err := limitFiles(fileLimit); err != nil {
		return err
	}
	s, err := sqlite.Open(ctx, sqlite.Config{Path: path})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	accepted := 0
	apply := func(name string) error {
		b := batch(name)
		b.Domains[0] += strings.Repeat(".large", 400)
		_, err := s.Apply(ctx, b)
		return err
	}
	for err == nil && accepted < 100_000 {
		if err = apply(fmt.Sprint("name-", accepted)); err == nil {
			accepted++
		}
	}
	log := int64(0)
	if info, err := os.Stat(path + "-wal"); err == nil {
		log = info.Size()
	}
	output := fmt.Sprintf("accepted %d, log %d: %v\n", accepted, log, err)
	failing := 0
	for range 10 {
		if s.Ping(ctx) != nil {
			failing++
		}
	}
	output += fmt.Sprintf("full: %d of 10 pings fail\n", failing)
	if err := limitFiles(math.MaxUint64); err != nil {
		return err
	}
	size := "above 1 MiB"
	ping, applied := s.Ping(ctx), apply("with-space")
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() < 1<<20 {
		size = "below 1 MiB"
	}
	return errors.New(output + fmt.Sprintf("with space: ping %v, apply %v, log %s", ping, applied, size))
}
