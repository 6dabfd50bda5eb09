package bench

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/core"
	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuersetup"
	"github.com/esacert/esacert/server/servertest"
	"github.com/esacert/esacert/server/store"
)

const (
	backlog    = 10_000 // applications to issue
	idleRounds = 3      // rounds of latency before issuing starts
	perCall    = 50     // the most names of one call
	// probeInterval is the pace of the calls whose latency is measured: slow enough
	// that they do not queue.
	probeInterval = 2 * time.Millisecond
)

// BenchmarkIssuing measures how fast a backlog is issued with keys of each type,
// and the latency of calls meanwhile against that of an idle server.
func BenchmarkIssuing(b *testing.B) {
	b.Run("ecdsa-p256", func(b *testing.B) { issueBacklog(b, issuance.ECDSAP256, 100) })
	// An RSA key takes about 0.1 s of a processor, and each of two workers rests
	// twice as long.
	b.Run("rsa-2048", func(b *testing.B) { issueBacklog(b, issuance.RSA2048, 3) })
}

func issueBacklog(b *testing.B, keyType issuance.KeyType, target float64) {
	e := newEnv(b, keyType)
	address := listen(b, e.server.Serve)
	for range backlog / perCall {
		e.apply(b)
	}
	var rejected, accepted, rejectedIdle, acceptedIdle []float64
	for range idleRounds {
		rejectedIdle = append(rejectedIdle, e.rejected(b, address))
		acceptedIdle = append(acceptedIdle, e.accepted(b, address))
	}
	stop := e.startIssuing(b)
	before, start := e.issued(b), time.Now()
	for b.Loop() {
		rejected = append(rejected, e.rejected(b, address))
		accepted = append(accepted, e.accepted(b, address))
	}
	issued, elapsed := e.issued(b)-before, time.Since(start)
	stop()
	if issued == backlog {
		b.Fatal("the whole backlog was issued before the latency was measured: raise the constant backlog")
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(issued)/elapsed.Seconds(), "issued/s")
	b.ReportMetric(target, "target")
	b.ReportMetric(median(rejected)/median(rejectedIdle), "rejected-latency-ratio")
	b.ReportMetric(median(accepted)/median(acceptedIdle), "accepted-latency-ratio")
	b.ReportMetric(median(rejectedIdle), "rejected-idle-ms")
	b.ReportMetric(median(acceptedIdle), "accepted-idle-ms")
}

// BenchmarkKeysAhead compares how fast the names of one call are issued with RSA
// keys generated ahead with those of the next call, whose keys are not.
func BenchmarkKeysAhead(b *testing.B) {
	e := newEnv(b, issuance.RSA2048)
	defer e.startIssuing(b)()
	var p pairs
	for b.Loop() {
		for e.issuing.Stocked() < perCall {
			time.Sleep(probeInterval)
		}
		p.server = append(p.server, e.issueCall(b))
		p.baseline = append(p.baseline, e.issueCall(b))
	}
	p.report(b, 2, "issued/s")
}

// env is a server that issues, with a store on disk.
type env struct {
	db      store.JobStore
	server  *core.Server
	issuing *issuersetup.Service
	serial  atomic.Uint64
}

func newEnv(b *testing.B, keyType issuance.KeyType) *env {
	b.Helper()
	cfg, err := config.Parse(fmt.Appendf(nil, "issuing: {sealing_key: auto, key_type: %s}\n%s", keyType, benchConfig), "bench")
	if err != nil {
		b.Fatal(err)
	}
	cfg.Store = filepath.Join(b.TempDir(), "server.db")
	e := &env{db: openStore(b, cfg.Store)}
	// The server does not wake the issuing loop: what it accepts while idle stays in
	// the queue and is issued with the backlog.
	if e.server, err = core.New(b.Context(), core.Options{Config: cfg, Store: e.db}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := e.server.Close(context.WithoutCancel(b.Context())); err != nil {
			b.Error(err)
		}
	})
	if e.issuing, err = issuersetup.New(b.Context(), issuersetup.Options{Config: cfg, Jobs: e.db, Sites: e.server.Sites()}); err != nil {
		b.Fatal(err)
	}
	return e
}

// startIssuing runs the issuing loop. The caller must call stop.
func (e *env) startIssuing(b *testing.B) (stop func()) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- e.issuing.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			b.Errorf("issue: %v", err)
		}
	}
}

func (e *env) domain(prefix string) string {
	return prefix + strconv.FormatUint(e.serial.Add(1), 10) + ".example.com"
}

// apply stores the applications of one call.
func (e *env) apply(b *testing.B) {
	b.Helper()
	names := make([]string, perCall)
	for i := range names {
		names[i] = e.domain("b")
	}
	_, err := e.db.Apply(b.Context(), store.ApplyRequest{
		Account: servertest.AccountID, SiteID: servertest.SiteID, Domains: names, Type: "lets_encrypt", At: time.Now(),
		Plan: "plan", Family: "lets_encrypt", Quota: store.Unlimited, DNSRecordsEach: 1, DNSRecordLimit: store.Unlimited,
	})
	if err != nil {
		b.Fatal(err)
	}
}

// issueCall returns how many applications of one call are issued per second.
func (e *env) issueCall(b *testing.B) float64 {
	b.Helper()
	want := e.issued(b) + perCall
	start := time.Now()
	e.apply(b)
	e.issuing.Wake()
	for e.issued(b) < want {
		time.Sleep(probeInterval)
	}
	return perCall / time.Since(start).Seconds()
}

func (e *env) issued(b *testing.B) int64 {
	b.Helper()
	counts, err := e.db.Counts(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return counts.ByStatus[store.Issued]
}

func (e *env) rejected(b *testing.B, address string) float64 {
	b.Helper()
	return e.latency(b, address, unknownSite, http.StatusBadRequest)
}

func (e *env) accepted(b *testing.B, address string) float64 {
	b.Helper()
	return e.latency(b, address, servertest.SiteID, http.StatusOK)
}

// latency sends requests at a steady pace for half a round and returns the
// median latency in milliseconds.
func (e *env) latency(b *testing.B, address string, site int64, status int) float64 {
	b.Helper()
	requests := sign(b, int(roundTime/2/probeInterval)+1, address, site, func() string { return e.domain("p") }, &e.serial)
	conn := dial(b, address)
	defer func() { _ = conn.Close() }() // every response was read
	r := bufio.NewReaderSize(conn, 8<<10)
	var times []float64
	pace := time.NewTicker(probeInterval)
	defer pace.Stop()
	for deadline := time.Now().Add(roundTime / 2); time.Now().Before(deadline); <-pace.C {
		request, ok := requests.next()
		if !ok {
			break
		}
		start := time.Now()
		if _, err := conn.Write(request); err != nil {
			b.Fatal(err)
		}
		if err := readResponse(r, status); err != nil {
			b.Fatal(err)
		}
		times = append(times, milliseconds(time.Since(start)))
	}
	return median(times)
}
