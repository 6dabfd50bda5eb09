package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/esacert/esacert/server"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuersetup"
	"github.com/esacert/esacert/server/servertest"
	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// backlog is how many applications the embedded authority issues.
const backlog = 10_000

// probeEvery is the pace of the calls whose latency is measured: few enough
// that they do not wait for one another.
const probeEvery = 2 * time.Millisecond

// measureIssuing measures how fast a backlog is issued with keys of each type, and
// what calls take meanwhile, against an idle server.
func measureIssuing(ctx context.Context, rounds int, round time.Duration) ([]result, error) {
	fast, err := backlogOf(ctx, issuance.ECDSAP256, 100, rounds, round)
	if err != nil {
		return nil, err
	}
	// A key takes about 0.1 s of a processor, and each of two workers rests twice as
	// long.
	slow, err := backlogOf(ctx, issuance.RSA2048, 3, rounds, round)
	if err != nil {
		return nil, err
	}
	stocked, err := burst(ctx, rounds)
	return slices.Concat(fast, slow, []result{stocked}), err
}

func backlogOf(ctx context.Context, keyType issuance.KeyType, reach float64, rounds int, round time.Duration) ([]result, error) {
	rate := result{what: fmt.Sprintf("10,000 applications, keys %s, issued per second", keyType), target: reach}
	refusal := result{what: "latency of a refusal beside it, median, against idle", unit: "ms", target: 1.5, atMost: true}
	apply := result{what: "latency of an accepted call beside it, median, against idle", unit: "ms", target: 1.5, atMost: true}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // scratch: nothing rests on it
	w, err := openWorld(ctx, dir, keyType)
	if err != nil {
		return nil, err
	}
	err = listening(ctx, w.server.Serve, func(address string) error {
		return errors.Join(
			w.measure(ctx, address, rounds, round, &rate, &refusal, &apply),
		)
	})
	return []result{rate, refusal, apply}, errors.Join(err, w.server.Close(ctx), w.db.Close())
}

// env is a server that issues, on a file.
type env struct {
	db      store.JobStore
	server  *server.Server
	issuing *issuersetup.Service
	serial  atomic.Uint64
}

func openWorld(ctx context.Context, dir string, keyType issuance.KeyType) (*env, error) {
	cfg, err := config.Parse(fmt.Appendf(nil, "issuing: {sealing_key: auto, key_type: %s}\n%s", keyType, benchConfig), "bench")
	if err != nil {
		return nil, err
	}
	cfg.Store = filepath.Join(dir, "server.db")
	w := &env{}
	if w.db, err = sqlite.Open(ctx, sqlite.Config{Path: cfg.Store}); err != nil {
		return nil, err
	}
	// Nobody wakes the loop: what the idle server is asked to apply stays in the
	// queue and is issued with the backlog.
	if w.server, err = server.New(ctx, server.Options{Config: cfg, Store: w.db}); err != nil {
		return nil, errors.Join(err, w.db.Close())
	}
	w.issuing, err = issuersetup.New(ctx, issuersetup.Options{Config: cfg, Jobs: w.db, Sites: w.server.Sites()})
	return w, err
}

func (w *env) measure(ctx context.Context, address string, rounds int, round time.Duration, rate, refusal, apply *result) error {
	if err := w.fill(ctx); err != nil {
		return err
	}
	for range rounds {
		if err := w.probeBoth(ctx, address, round/2, &refusal.baseline, &apply.baseline); err != nil {
			return err
		}
	}
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	before, err := w.issued(ctx)
	if err != nil {
		return err
	}
	start := time.Now()
	ended := make(chan error, 1)
	go func() { ended <- w.issuing.Run(running) }()
	for range rounds {
		if err := w.probeBoth(ctx, address, round/2, &refusal.ours, &apply.ours); err != nil {
			return err
		}
	}
	after, err := w.issued(ctx)
	if err != nil {
		return err
	}
	rate.ours = []float64{float64(after-before) / time.Since(start).Seconds()}
	if after-before == backlog {
		return errors.New("all was issued before the latency was measured: the backlog is too small")
	}
	cancel()
	return <-ended
}

// oneCall is as many names as one call may bring.
const oneCall = 50

// fill puts the backlog into the store.
func (w *env) fill(ctx context.Context) error {
	for range backlog / oneCall {
		if err := w.apply(ctx); err != nil {
			return err
		}
	}
	return nil
}

// apply stores the applications of one call.
func (w *env) apply(ctx context.Context) error {
	names := make([]string, oneCall)
	for i := range names {
		names[i] = "b" + strconv.FormatUint(w.serial.Add(1), 10) + ".example.com"
	}
	_, err := w.db.Apply(ctx, store.ApplyRequest{
		Account: servertest.AccountID, SiteID: servertest.SiteID, Domains: names, Type: "lets_encrypt", At: time.Now(),
		Plan: "plan", Family: "lets_encrypt", Quota: quotaForever, DNSRecordsEach: 1, DNSRecordLimit: store.Unlimited,
	})
	return err
}

// burst measures how fast the names of one call are issued with RSA keys that
// were made ahead, and those of the next call, whose keys are not there yet.
func burst(ctx context.Context, rounds int) (result, error) {
	l := result{what: "50 applications, keys rsa-2048 made ahead, against none ahead", unit: "per second", target: 2}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return l, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // scratch: nothing rests on it
	w, err := openWorld(ctx, dir, issuance.RSA2048)
	if err != nil {
		return l, err
	}
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- w.issuing.Run(running) }()
	for range min(rounds, 3) {
		if err := w.issueCalls(ctx, &l); err != nil {
			return l, errors.Join(err, w.server.Close(ctx), w.db.Close())
		}
	}
	cancel()
	return l, errors.Join(<-ended, w.server.Close(ctx), w.db.Close())
}

func (w *env) issueCalls(ctx context.Context, l *result) error {
	for w.issuing.Stocked() < oneCall {
		time.Sleep(probeEvery)
	}
	for _, into := range []*[]float64{&l.ours, &l.baseline} {
		before, err := w.issued(ctx)
		if err != nil {
			return err
		}
		begun := time.Now()
		if err := w.apply(ctx); err != nil {
			return err
		}
		w.issuing.Wake()
		for now := before; now < before+oneCall; {
			time.Sleep(probeEvery)
			if now, err = w.issued(ctx); err != nil {
				return err
			}
		}
		*into = append(*into, oneCall/time.Since(begun).Seconds())
	}
	return nil
}

func (w *env) issued(ctx context.Context) (int64, error) {
	counts, err := w.db.Counts(ctx)
	return counts.ByStatus[store.Issued], err
}

// probeBoth adds the median latency, in milliseconds, of refused and of
// accepted calls.
func (w *env) probeBoth(ctx context.Context, address string, d time.Duration, refused, accepted *[]float64) error {
	for _, kind := range []struct {
		site   int64
		status int
		into   *[]float64
	}{{unknownSite, http.StatusBadRequest, refused}, {servertest.SiteID, http.StatusOK, accepted}} {
		name := func(int) string { return "p" + strconv.FormatUint(w.serial.Add(1), 10) + ".example.com" }
		all, err := signed(int(d/probeEvery)+1, address, kind.site, name, &w.serial)
		if err != nil {
			return err
		}
		took, err := probe(ctx, address, all, kind.status, d)
		if err != nil {
			return err
		}
		*kind.into = append(*kind.into, took)
	}
	return nil
}

// probe sends requests at a steady pace and gives the median latency in
// milliseconds.
func probe(ctx context.Context, address string, all *requests, status int, d time.Duration) (float64, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }() // nothing is written any more
	r := bufio.NewReaderSize(conn, 8<<10)
	var took []float64
	pace := time.NewTicker(probeEvery)
	defer pace.Stop()
	for deadline := time.Now().Add(d); time.Now().Before(deadline); <-pace.C {
		request, ok := all.next()
		if !ok {
			break
		}
		start := time.Now()
		if _, err := conn.Write(request); err != nil {
			return 0, err
		}
		if err := readAnswer(r, status); err != nil {
			return 0, err
		}
		took = append(took, float64(time.Since(start).Microseconds())/1000)
	}
	if len(took) == 0 {
		return 0, fmt.Errorf("nothing was answered in %v", d)
	}
	return median(took), nil
}
