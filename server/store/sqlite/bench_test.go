package sqlite_test

import (
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
	"github.com/esacert/esacert/server/store/storetest"
)

func BenchmarkFile(b *testing.B)   { storetest.Bench(b, openFile) }
func BenchmarkMemory(b *testing.B) { storetest.Bench(b, openMemory) }

// BenchmarkOpen opens and closes a store: a new one in memory, as each test of
// a server does, and a file that exists.
func BenchmarkOpen(b *testing.B) {
	for name, path := range map[string]string{"memory": sqlite.Memory, "file": newPath(b)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s, err := sqlite.Open(b.Context(), sqlite.Config{Path: path})
				if err != nil {
					b.Fatal(err)
				}
				mustClose(b, s)
			}
		})
	}
}

// BenchmarkNonces saves 25,000 nonces, and reads a million, as a server does in
// a second and at its start.
func BenchmarkNonces(b *testing.B) {
	nonces := make([]store.Nonce, 25_000)
	for i := range nonces {
		nonces[i] = store.Nonce{Key: store.NonceKey{byte(i), byte(i >> 8)}, Expires: baseTime().Add(time.Duration(i%900) * time.Second)}
	}
	s := openFile(b)
	b.Run("save=25000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := s.SaveNonces(b.Context(), nonces); err != nil {
				b.Fatal(err)
			}
		}
	})
	s = openFile(b)
	for range 40 {
		if err := s.SaveNonces(b.Context(), nonces); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("read=1000000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := s.Nonces(b.Context(), baseTime().Add(-time.Second), func(store.Nonce) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
}
