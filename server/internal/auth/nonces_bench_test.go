package auth_test

import (
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/store"
)

// BenchmarkUse measures Use while 20,000,000 nonces are held: each
// operation uses a new one, and time passes so that as many expire. It reports
// the bytes a nonce on the heap after a collection (B/nonce), and the memory
// that the process has from the system at the end of filling it (MB-sys).
func BenchmarkUse(b *testing.B) {
	for _, bm := range []struct {
		name string
		held uint64
	}{{"20K", 20_000}, {"20M", 20_000_000}} {
		b.Run(bm.name, func(b *testing.B) { benchmarkSpend(b, bm.held) })
	}
}

func benchmarkSpend(b *testing.B, held uint64) {
	const lifetime = 30 * time.Minute
	runtime.GC()
	before := memory()
	nonces := auth.NewNonces(int(held + held/4))
	next := uint64(0)
	use := func() {
		now := baseTime.Add(time.Duration(next * uint64(lifetime) / held))
		err := nonces.Use(numbered(next, now.Add(lifetime)), alone, now)
		if err != nil {
			b.Fatal(err)
		}
		next++
	}
	for next < held {
		use()
	}
	filled := memory()
	runtime.GC()
	b.ReportAllocs()
	bytes := float64(memory().HeapAlloc-before.HeapAlloc) / float64(held)
	for b.Loop() {
		use()
	}
	b.ReportMetric(bytes, "B/nonce")
	b.ReportMetric(float64(filled.Sys)/1e6, "MB-sys")
	runtime.KeepAlive(nonces)
}

// BenchmarkFlood floods 1,000,000 places with 556 requests per second dated 15
// minutes ahead, in addition to two callers with 100 honest requests per second each. It
// reports how many requests of each were throttled.
func BenchmarkFlood(b *testing.B) {
	for b.Loop() {
		flooding, sister, stranger := flood(b, 1_000_000, 556, 100)
		b.ReportMetric(float64(flooding.full), "flood-throttled")
		b.ReportMetric(float64(sister.full), "same-account-throttled")
		b.ReportMetric(float64(stranger.full), "other-account-throttled")
	}
}

// BenchmarkUseParallel measures Use from several goroutines.
func BenchmarkUseParallel(b *testing.B) {
	nonces := auth.NewNonces(1 << 26)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := rand.Uint64(); pb.Next(); i++ {
			if err := nonces.Use(numbered(i, baseTime.Add(time.Minute)), alone, baseTime); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func memory() (m runtime.MemStats) {
	runtime.ReadMemStats(&m)
	return m
}

// numbered returns a nonce whose key looks like a digest of its number.
func numbered(i uint64, expires time.Time) store.Nonce {
	var key store.NonceKey
	binary.LittleEndian.PutUint64(key[:], mix(i))
	binary.LittleEndian.PutUint64(key[8:], mix(^i))
	return store.Nonce{Key: key, Expires: expires, Account: "1000000000000001", AccessKeyID: "testid"}
}

// mix is the last step of SplitMix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
