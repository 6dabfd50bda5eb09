package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance/seal"
)

// firstRelease is a directory written by the first release: esacertd.yaml,
// esa.db with two issued certificates, and the automatic key that seals their
// private keys.
func firstRelease(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	from := filepath.Join("testdata", "first-release")
	packed, err := os.Open(filepath.Join(from, "esa.db.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = packed.Close() }()
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	db, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "esa.db"), string(db))
	if err := os.Mkdir(filepath.Join(dir, "esa.db.data"), 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "esacertd.yaml"), contents(t, filepath.Join(from, "esacertd.yaml")))
	writeFile(t, automaticKey(dir), contents(t, filepath.Join(from, "sealing.keys")))
	return dir
}

func automaticKey(dir string) string { return filepath.Join(dir, "esa.db.data", "sealing.keys") }

func contents(t *testing.T, path string) string {
	t.Helper()
	out, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// serveIn returns the command line of a server on the files of a directory.
func serveIn(dir string, more ...string) []string {
	return append([]string{"--config", filepath.Join(dir, "esacertd.yaml"), "--store", filepath.Join(dir, "esa.db")}, more...)
}

// refused runs a server that must fail to start, and stops it if it starts.
func refused(t *testing.T, dir string) (code int, printed string) {
	t.Helper()
	return refusedWith(t, serveIn(dir, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")...)
}

func refusedWith(t *testing.T, args ...string) (code int, printed string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	var out, log bytes.Buffer
	code = run(ctx, args, streams{out: &out, err: &log})
	return code, out.String() + log.String()
}

func exportIn(dir, id string) []string {
	return slices.Concat([]string{"applications", "export", id, "--to", dir, "--force"}, serveIn(dir))
}

// mustExport exports a certificate of the first release, whose key is ECDSA.
func mustExport(t *testing.T, dir string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if code, out := command(t, exportIn(dir, id)...); code != 0 {
			t.Errorf("export of %s: %d %s", id, code, out)
			continue
		}
		checkPair(t, filepath.Join(dir, id+".pem"), filepath.Join(dir, id+".key"), x509.ECDSA)
	}
}

// What the first release stored is served and exported, and afterwards sealed
// by the name of its key.
func TestFirstReleaseOpens(t *testing.T) {
	t.Parallel()
	dir := firstRelease(t)
	d := start(t, serveIn(dir)...)
	mustExport(t, dir, "30000478", "30000479")
	waitFor(t, func() bool { return strings.Contains(d.output(), `"private keys resealed","keys":2`) })
	if err := d.stop(t, syscall.SIGTERM); err != nil {
		t.Fatalf("%v\n%s", err, d.output())
	}
	mustExport(t, dir, "30000478", "30000479")
}

// A store with sealed keys does not start without the key that opens them, and
// no command creates a replacement.
func TestLostSealingKey(t *testing.T) {
	t.Parallel()
	const needed = "needed to open the private keys of 2 certificates, 0 orders and 0 accounts"
	for _, tc := range []struct {
		name   string
		lose   func(t *testing.T, dir string)
		want   []string
		absent bool // no key file before and after
	}{
		{"automatic key is missing", func(t *testing.T, dir string) {
			if err := os.Remove(automaticKey(dir)); err != nil {
				t.Fatal(err)
			}
		}, []string{"key number 1, " + needed, "sealing.keys does not exist", "put the file back", "--accept-lost-keys"}, true},
		{"data directory is missing", func(t *testing.T, dir string) {
			if err := os.RemoveAll(filepath.Join(dir, "esa.db.data")); err != nil {
				t.Fatal(err)
			}
		}, []string{"key number 1, " + needed, "sealing.keys does not exist"}, true},
		{"automatic key is another", func(t *testing.T, dir string) {
			if err := os.Remove(automaticKey(dir)); err != nil {
				t.Fatal(err)
			}
			if _, err := seal.Create(automaticKey(dir)); err != nil {
				t.Fatal(err)
			}
		}, []string{"key number 1, " + needed, "sealing.keys holds ", "add the lines of these keys"}, false},
		{"configured key file is not there", func(t *testing.T, dir string) {
			configure(t, dir, "sealing_key: gone.keys")
			if err := os.Remove(automaticKey(dir)); err != nil {
				t.Fatal(err)
			}
		}, []string{"key number 1, " + needed, "gone.keys does not exist"}, true},
		{"configured key file is another", func(t *testing.T, dir string) {
			configure(t, dir, "sealing_key: other.keys")
			if _, err := seal.Create(filepath.Join(dir, "other.keys")); err != nil && !errors.Is(err, fs.ErrExist) {
				t.Fatal(err)
			}
		}, []string{"key number 1, " + needed, "other.keys holds "}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := firstRelease(t)
			kept := contents(t, automaticKey(dir))
			tc.lose(t, dir)
			code, out := refused(t, dir)
			if code != 1 || strings.Contains(out, `"ready"`) {
				t.Errorf("serve: exit code %d\n%s", code, out)
			}
			for _, want := range tc.want {
				if !strings.Contains(out, want) {
					t.Errorf("the output of serve lacks %q:\n%s", want, out)
				}
			}
			if _, err := os.Stat(automaticKey(dir)); (err != nil) != tc.absent {
				t.Errorf("the key file after serve: %v", err)
			}
			configure(t, dir, "sealing_key: auto")
			if err := os.MkdirAll(filepath.Dir(automaticKey(dir)), 0o700); err != nil {
				t.Fatal(err)
			}
			writeFile(t, automaticKey(dir), kept)
			d := start(t, serveIn(dir)...)
			mustExport(t, dir, "30000478", "30000479")
			if err := d.stop(t, syscall.SIGTERM); err != nil {
				t.Error(err)
			}
			tc.lose(t, dir)
			if code, out := command(t, exportIn(dir, "30000478")...); code != 1 || !strings.Contains(out, "seal: ") {
				t.Errorf("export: %d %s", code, out)
			}
			if _, err := os.Stat(automaticKey(dir)); (err != nil) != tc.absent {
				t.Errorf("the key file after export: %v", err)
			}
		})
	}
}

// configure sets another sealing_key in the configuration.
func configure(t *testing.T, dir, line string) {
	t.Helper()
	path := filepath.Join(dir, "esacertd.yaml")
	var lines []string
	for out := range strings.Lines(contents(t, path)) {
		if strings.Contains(out, "sealing_key:") {
			out = "  " + line + "\n"
		}
		lines = append(lines, out)
	}
	writeFile(t, path, strings.Join(lines, ""))
}

// An older key file lacks the key that was added later. The message contains
// the name of the missing key, so that its line can be found in a backup.
func TestOlderSealingKeyFile(t *testing.T) {
	t.Parallel()
	dir := firstRelease(t)
	older := contents(t, automaticKey(dir))
	if code, out := command(t, "sealing-key", "rotate", automaticKey(dir)); code != 0 {
		t.Fatal(out)
	}
	ring, err := seal.Load(automaticKey(dir))
	if err != nil {
		t.Fatal(err)
	}
	newer := contents(t, automaticKey(dir))
	d := start(t, serveIn(dir)...)
	waitFor(t, func() bool { return strings.Contains(d.output(), `"private keys resealed","keys":2`) })
	if err := d.stop(t, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	writeFile(t, automaticKey(dir), older)
	code, out := refused(t, dir)
	if want := "key " + ring.Name().String() + ", needed to open the private keys of 2 certificates"; code != 1 || !strings.Contains(out, want) {
		t.Errorf("with the older file: %d, want %q:\n%s", code, want, out)
	}
	writeFile(t, automaticKey(dir), newer)
	if err := start(t, serveIn(dir)...).stop(t, syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

// Two key files that both contain a key number 1, as the first release created
// after a loss, can be joined; then everything opens.
func TestTwoKeysOfOneNumberAreJoined(t *testing.T) {
	t.Parallel()
	dir := firstRelease(t)
	lost := contents(t, automaticKey(dir))
	if err := os.Remove(automaticKey(dir)); err != nil {
		t.Fatal(err)
	}
	d := start(t, serveIn(dir, "--accept-lost-keys")...)
	if _, err := d.client(t).ApplyCertificate(t.Context(), input("new.example.com")); err != nil {
		t.Fatal(err)
	}
	if code, out := command(t, "applications", "wait", "30000480", "--admin", d.ready.Admin); code != 0 {
		t.Fatal(out)
	}
	if err := d.stop(t, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if want := `"starting without a sealing key","key":"key number 1"`; !strings.Contains(d.output(), want) {
		t.Errorf("the log lacks %s:\n%s", want, d.output())
	}
	code, out := refused(t, dir)
	if code != 1 || !strings.Contains(out, "key number 1, needed to open the private keys of 2 certificates") {
		t.Errorf("without the flag again: %d %s", code, out)
	}
	made := strings.Replace(contents(t, automaticKey(dir)), "\n1 ", "\n2 ", 1)
	writeFile(t, automaticKey(dir), lost+made)
	again := start(t, serveIn(dir)...)
	mustExport(t, dir, "30000478", "30000479", "30000480")
	if err := again.stop(t, syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

// The advice for a lost key works verbatim for any free number the operator
// chooses: the server then starts and opens everything.
func TestHintForALostSealingKeyWorks(t *testing.T) {
	t.Parallel()
	const advice = "add the lines of these keys from your backup to the file, each with any number that no other line has; the key with the greatest number seals"
	for _, situation := range []struct {
		name string
		lose func(t *testing.T, dir string) (file, backup string)
	}{
		{"automatic file is lost and replaced", func(t *testing.T, dir string) (file, backup string) {
			backup = contents(t, automaticKey(dir))
			if err := os.Remove(automaticKey(dir)); err != nil {
				t.Fatal(err)
			}
			if code, out := command(t, "sealing-key", "new", automaticKey(dir)); code != 0 {
				t.Fatal(out)
			}
			return automaticKey(dir), backup
		}},
		{"configured file is exchanged for an older one", func(t *testing.T, dir string) (file, backup string) {
			older := contents(t, automaticKey(dir))
			file = filepath.Join(dir, "own.keys")
			writeFile(t, file, older)
			configure(t, dir, "sealing_key: own.keys")
			if code, out := command(t, "sealing-key", "rotate", file); code != 0 {
				t.Fatal(out)
			}
			d := start(t, serveIn(dir)...)
			waitFor(t, func() bool { return strings.Contains(d.output(), `"private keys resealed","keys":2`) })
			if err := d.stop(t, syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			backup = contents(t, file)
			writeFile(t, file, older)
			return file, backup
		}},
	} {
		for name, number := range map[string]int{"smallest free number": 2, "some free number": 7, "largest number": 1<<32 - 1} {
			t.Run(situation.name+", "+name, func(t *testing.T) {
				t.Parallel()
				dir := firstRelease(t)
				file, backup := situation.lose(t, dir)
				code, out := refused(t, dir)
				if code != 1 || !strings.Contains(out, advice) {
					t.Fatalf("serve: %d, want the advice %q:\n%s", code, advice, out)
				}
				writeFile(t, file, contents(t, file)+lostLine(t, contents(t, file), backup, number))
				for range 2 { // at the second start everything is sealed with one key
					d := start(t, serveIn(dir)...)
					mustExport(t, dir, "30000478", "30000479")
					if err := d.stop(t, syscall.SIGTERM); err != nil {
						t.Errorf("%v\n%s", err, d.output())
					}
				}
			})
		}
	}
}

// lostLine returns the line of the backup whose key is missing from the file, with another number.
func lostLine(t *testing.T, file, backup string, number int) string {
	t.Helper()
	for line := range strings.Lines(backup) {
		fields := strings.Fields(line)
		if len(fields) == 2 && !strings.HasPrefix(line, "#") && !strings.Contains(file, fields[1]) {
			return fmt.Sprintf("%d %s\n", number, fields[1])
		}
	}
	t.Fatal("the backup has no key that the file lacks")
	return ""
}
