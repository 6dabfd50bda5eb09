package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// On a real file system of 4 MB that other files fill up, the log is truncated with
// the help of the reserve, Ping fails, and nonces are still stored. Once space is
// available, calls succeed.
func TestFullFileSystem(t *testing.T) {
	t.Parallel()
	output := onSmallDisk(t, mounting)
	for _, want := range []string{"full: 10 of 10 pings fail, nonces <nil>, log truncated", "with space: ping <nil>, apply <nil>, 1 nonces"} {
		if !strings.Contains(output, want) {
			t.Errorf("the server does not report %q:\n%s", want, output)
		}
	}
}

// onSmallDisk runs this test binary on a file system of 4 MB, and returns what it
// prints. A process may mount one in a user namespace.
func onSmallDisk(t *testing.T, work string) string {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), crashPath+"="+newPath(t), crashWork+"="+work)
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	output, err := c.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || strings.HasPrefix(string(output), noMount) {
		t.Skipf("this system does not allow mounting a file system in a user namespace: %v %s", err, output)
	}
	return string(output)
}

const noMount = "no mount: "

// fillFileSystem is a server on a small file system that is full and then has
// space again.
func fillFileSystem(path, _ string) (err error) {
	ctx := context.Background()
	dir := filepath.Dir(path)
	if err := mountSmall(dir); err != nil {
		return err
	}
	s, err := sqlite.Open(ctx, sqlite.Config{Path: path})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	n := 0
	apply := func() error {
		n++
		_, err := s.Apply(ctx, batch(fmt.Sprint("name-", n)))
		return err
	}
	for range 20 { // the log is now many times larger than the database
		if err := apply(); err != nil {
			return err
		}
	}
	other := filepath.Join(dir, "other")
	if err := os.WriteFile(other, make([]byte, 4<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("the file system is larger: %w", err)
	}
	var full error
	for full == nil && n < 100_000 {
		full = apply()
	}
	failing := 0
	for range 10 {
		if s.Ping(ctx) != nil {
			failing++
		}
	}
	nonces := s.SaveNonces(ctx, []store.Nonce{{Key: store.NonceKey{1}, Expires: baseTime()}})
	log := "not truncated"
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() < 128<<10 {
		log = "truncated"
	}
	output := fmt.Sprintf("%d calls: %v\nfull: %d of 10 pings fail, nonces %v, log %s\n", n, full, failing, nonces, log)
	if err := os.Remove(other); err != nil {
		return err
	}
	kept := 0
	ping, applied := s.Ping(ctx), apply()
	err = s.Nonces(ctx, baseTime().Add(-1), func(n store.Nonce) error {
		if n.Key == (store.NonceKey{1}) {
			kept++
		}
		return nil
	})
	return errors.Join(errors.New(output+fmt.Sprintf("with space: ping %v, apply %v, %d nonces", ping, applied, kept)), err)
}

func mountSmall(dir string) error {
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		return errors.New(noMount + err.Error())
	}
	return nil
}
