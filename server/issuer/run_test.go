package issuer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/esacert/esacert/server/issuer"
	"github.com/esacert/esacert/server/store"
)

// running runs the loop until the test ends or stop is called, which waits for
// its end.
func (w *world) running() (stop func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.loop.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				w.t.Errorf("Run: %v", err)
			}
		case <-time.After(time.Minute):
			w.t.Error("Run does not end")
		}
	})
	w.t.Cleanup(stop)
	return stop
}

// eventually waits until something is so.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for until := time.Now().Add(time.Minute); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("it never comes to this: %s", what)
		}
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *issuer.Options) { o.Workers, o.Pause = 4, -1 })
	stop := w.running()
	made := w.apply(namesBelow(50, "example.com")...)
	w.loop.Wake()
	eventually(t, "50 are issued", func() bool { return w.issued() == 50 })
	stop()
	for _, a := range made {
		w.wantStatus(a.ID, store.Issued)
		w.leaf(a.ID)
	}
	if len(w.auth.orders) != 50 || len(w.auth.fulfils) != 50 {
		t.Errorf("%d orders, %d fulfilled; want 50 of each", len(w.auth.orders), len(w.auth.fulfils))
	}
}

// TestRunSeesDue: without a call of Wake it sees what has become due.
func TestRunSeesDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *issuer.Options) { o.Poll = 20 * time.Millisecond })
	w.running()
	w.apply("www.example.com")
	eventually(t, "issued", func() bool { return w.issued() == 1 })
}

// TestRunFewWorkers: no more steps at a time than workers, and all of them.
func TestRunFewWorkers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *issuer.Options) { o.Workers, o.Pause = 3, -1 })
	var now, most atomic.Int64
	full := make(chan struct{})
	var once sync.Once
	w.auth.onFulfil = func(ctx context.Context, _ issuer.FulfilRequest) error {
		defer now.Add(-1)
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
			if n == 3 {
				once.Do(func() { close(full) })
			}
		}
		select {
		case <-full:
		case <-ctx.Done():
		}
		return nil
	}
	w.apply(namesBelow(20, "example.com")...)
	w.running()
	eventually(t, "20 are issued", func() bool { return w.issued() == 20 })
	if most.Load() != 3 {
		t.Errorf("%d steps at a time, want 3", most.Load())
	}
}

// TestStop: a step that runs when the process stops is released at once, with
// its order.
func TestStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.apply("www.example.com")[0].ID
	begun := make(chan struct{})
	w.auth.onFulfil = func(ctx context.Context, _ issuer.FulfilRequest) error {
		close(begun)
		<-ctx.Done()
		return fmt.Errorf("polling: %w", ctx.Err())
	}
	stop := w.running()
	<-begun
	stop()
	r := w.wantStatus(id, store.Applying)
	if !r.Progress.Due.Equal(noon()) || r.Progress.Failures+r.Progress.Retries != 0 || r.Progress.Problem != nil || !w.hasOrder(id) {
		t.Errorf("%+v", r.Progress)
	}
	w.auth.onFulfil = nil
	w.run(1)
	w.wantStatus(id, store.Issued)
	if len(w.auth.orders) != 1 {
		t.Errorf("%d orders, want 1", len(w.auth.orders))
	}
}

// TestStopWithoutEnd: a step that does not listen does not keep the process.
func TestStopWithoutEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *issuer.Options) { o.Lease, o.Margin = time.Second, 20*time.Millisecond })
	id := w.apply("www.example.com")[0].ID
	begun, end := make(chan struct{}), make(chan struct{})
	w.auth.onFulfil = func(context.Context, issuer.FulfilRequest) error {
		close(begun)
		<-end
		return errUnreachable
	}
	stop := w.running()
	<-begun
	stop()
	if r := w.wantStatus(id, store.Applying); !r.Progress.Due.Equal(noon().Add(time.Second)) {
		t.Errorf("%+v", r.Progress)
	}
	close(end)
	eventually(t, "it is released", func() bool { return w.record(id).Progress.Due.Equal(noon()) })
}

// TestOutOfTime: a step that takes too long is released, and is no failure.
func TestOutOfTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *issuer.Options) { o.Lease, o.Margin = 3050*time.Millisecond, 3*time.Second })
	id := w.apply("www.example.com")[0].ID
	w.auth.onFulfil = func(ctx context.Context, _ issuer.FulfilRequest) error {
		<-ctx.Done()
		return ctx.Err()
	}
	for i, wait := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
		w.run(1)
		r := w.wantStatus(id, store.Applying)
		if p := w.wantProblem(id, issuer.ProblemTime); p.Detail != "the step took longer than the 50ms that it had" {
			t.Errorf("%+v", p)
		}
		if r.Progress.Failures != 0 || r.Progress.Retries != i+1 || !w.hasOrder(id) {
			t.Errorf("%+v", r.Progress)
		}
		w.wantDue(id, wait)
		w.toDue(id)
	}
	w.auth.onFulfil = nil
	w.run(1)
	w.wantStatus(id, store.Issued)
}

func TestRunDueContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply("www.example.com", "x.example.com")
	ctx, cancel := context.WithCancel(t.Context())
	w.auth.onFulfil = func(context.Context, issuer.FulfilRequest) error { cancel(); return nil }
	if n, err := w.loop.RunDue(ctx); n != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("RunDue = %d, %v", n, err)
	}
}

// faulty is a store that fails where it is told to.
type faulty struct {
	store.Jobs
	mu   sync.Mutex
	errs map[string]error
	hits map[string]int
}

func (f *faulty) err(method string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.hits == nil {
		f.hits = map[string]int{}
	}
	f.hits[method]++
	return f.errs[method]
}

func (f *faulty) set(method string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.errs == nil {
		f.errs = map[string]error{}
	}
	f.errs[method] = err
}

func (f *faulty) Lease(ctx context.Context, now, until time.Time, limit int) ([]store.Job, error) {
	if err := f.err("Lease"); err != nil {
		return nil, err
	}
	return f.Jobs.Lease(ctx, now, until, limit)
}

func (f *faulty) SaveOrder(ctx context.Context, l store.Lease, o store.Order) error {
	if err := f.err("SaveOrder"); err != nil {
		return err
	}
	return f.Jobs.SaveOrder(ctx, l, o)
}

func (f *faulty) Complete(ctx context.Context, l store.Lease, c store.Certificate, due, at time.Time) error {
	if err := f.err("Complete"); err != nil {
		return err
	}
	return f.Jobs.Complete(ctx, l, c, due, at)
}

func (f *faulty) Reschedule(ctx context.Context, l store.Lease, n store.Next) error {
	if err := f.err("Reschedule"); err != nil {
		return err
	}
	return f.Jobs.Reschedule(ctx, l, n)
}

func (f *faulty) Fail(ctx context.Context, l store.Lease, p store.Problem, at time.Time) error {
	if err := f.err("Fail"); err != nil {
		return err
	}
	return f.Jobs.Fail(ctx, l, p, at)
}

func (f *faulty) Records(ctx context.Context, q store.Query) ([]store.Record, error) {
	if err := f.err("Records"); err != nil {
		return nil, err
	}
	return f.Jobs.Records(ctx, q)
}

func (f *faulty) Spend(ctx context.Context, now time.Time, rates []store.Rate) (time.Duration, error) {
	if err := f.err("Spend"); err != nil {
		return 0, err
	}
	return f.Jobs.Spend(ctx, now, rates)
}

func (f *faulty) ForgetRates(ctx context.Context, now time.Time) error {
	if err := f.err("ForgetRates"); err != nil {
		return err
	}
	return f.Jobs.ForgetRates(ctx, now)
}

// TestDiskFull: whichever write fails, nothing is lost, nothing is a failure,
// and when there is room again the certificate comes.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	full := errors.New("database or disk is full")
	for _, method := range []string{"SaveOrder", "Complete", "Spend"} {
		for _, also := range []string{"", "Reschedule"} {
			t.Run(method+also, func(t *testing.T) {
				t.Parallel()
				f := &faulty{}
				w := newWorld(t, limited(issuer.LetsEncryptLimits()))
				f.Jobs = w.db
				var logged bytes.Buffer
				w.loop = w.newLoop(limited(issuer.LetsEncryptLimits()), func(o *issuer.Options) {
					o.Jobs, o.Logger = f, slog.New(slog.NewTextHandler(&logged, nil))
				})
				id := w.apply("www.example.com")[0].ID
				f.set(method, full)
				f.set(also, full)
				w.run(1)
				if also == "" {
					w.wantDue(id, time.Minute)
					if p := w.wantProblem(id, issuer.ProblemTrouble); !strings.Contains(p.Detail, full.Error()) {
						t.Errorf("%+v", p)
					}
				} else {
					w.wantDue(id, leaseTime)
					if !strings.Contains(logged.String(), "could not be written down") {
						t.Errorf("the log says nothing: %s", &logged)
					}
				}
				if r := w.wantStatus(id, store.Applying); r.Progress.Failures != 0 {
					t.Errorf("%+v", r.Progress)
				}
				f.set(method, nil)
				f.set(also, nil)
				w.toDue(id)
				w.run(1)
				w.wantStatus(id, store.Issued)
				w.leaf(id)
				if method == "Complete" && len(w.auth.orders) != 1 {
					t.Errorf("%d orders, want 1", len(w.auth.orders))
				}
			})
		}
	}
}

// TestFailIsWritten: an application that cannot be failed now is failed later.
func TestFailIsWritten(t *testing.T) {
	t.Parallel()
	f := &faulty{}
	w := newWorld(t)
	f.Jobs = w.db
	w.loop = w.newLoop(func(o *issuer.Options) { o.Jobs = f })
	id := w.apply("www.example.com")[0].ID
	w.auth.fulfilErr(refusal("rejectedIdentifier", true))
	f.set("Fail", errors.New("disk full"))
	w.run(1)
	w.wantStatus(id, store.Applying)
	if w.seen.count("") != 0 {
		t.Errorf("observed %q", w.seen.events)
	}
	f.set("Fail", nil)
	w.toDue(id)
	w.run(1)
	w.wantStatus(id, store.Failed)
}

// TestNewerUnknown: whether a certificate has been replaced must be known
// before anything is done for it.
func TestNewerUnknown(t *testing.T) {
	t.Parallel()
	f := &faulty{}
	w := newWorld(t)
	f.Jobs = w.db
	w.loop = w.newLoop(func(o *issuer.Options) { o.Jobs = f })
	id := w.apply("www.example.com")[0].ID
	w.run(1)
	f.set("Records", errors.New("disk I/O error"))
	w.clock.set(noon().Add(60 * day))
	w.run(1)
	if p := w.wantProblem(id, issuer.ProblemTrouble); p.Detail != "looking for a newer application: disk I/O error" {
		t.Errorf("%+v", p)
	}
	w.wantDue(id, time.Minute)
}

// TestRunWithoutStore: errors of the store pass; its end ends the loop.
func TestRunWithoutStore(t *testing.T) {
	t.Parallel()
	f := &faulty{}
	w := newWorld(t)
	f.Jobs = w.db
	var logged lockedBuffer
	w.loop = w.newLoop(func(o *issuer.Options) {
		o.Jobs, o.Poll, o.Logger = f, 5*time.Millisecond, slog.New(slog.NewTextHandler(&logged, nil))
	})
	f.set("Lease", errors.New("disk I/O error"))
	f.set("ForgetRates", errors.New("disk I/O error"))
	id := w.apply("www.example.com")[0].ID
	ended := make(chan error, 1)
	go func() { ended <- w.loop.Run(t.Context()) }()
	eventually(t, "it is logged", func() bool { return strings.Contains(logged.String(), "the store does not give work out") })
	if n, err := w.loop.RunDue(t.Context()); n != 0 || err == nil || !strings.Contains(err.Error(), "leasing applications: disk I/O error") {
		t.Errorf("RunDue = %d, %v", n, err)
	}
	f.set("Lease", nil)
	eventually(t, "issued", func() bool { return w.record(id).Status == store.Issued })
	eventually(t, "it is logged", func() bool { return strings.Contains(logged.String(), "forgetting rates") })
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	w.loop.Wake()
	if err := <-ended; !errors.Is(err, store.ErrClosed) {
		t.Errorf("Run after Close: %v", err)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestNoRandomness: without randomness there are no keys, and no orders.
func TestNoRandomness(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *issuer.Options) { o.Random = iotest.ErrReader(errors.New("no randomness today")) })
	id := w.apply("www.example.com")[0].ID
	w.run(1)
	if p := w.wantProblem(id, issuer.ProblemTrouble); !strings.Contains(p.Detail, "no randomness today") || len(w.auth.orders) != 0 {
		t.Errorf("%+v, %d orders", p, len(w.auth.orders))
	}
	if _, err := issuer.NewECDSAKey(zeros{}); err == nil {
		t.Error("a key of zeros")
	}
	if _, err := issuer.NewECDSAKey(io.LimitReader(seeded(1), 31)); err == nil {
		t.Error("a key of 31 bytes")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestDeterministic: two worlds of one seed are one.
func TestDeterministic(t *testing.T) {
	t.Parallel()
	var serials [2]string
	for i := range serials {
		w := newWorld(t)
		made := w.apply("www.example.com", "x.example.com")
		w.run(2)
		for _, a := range made {
			serials[i] += w.record(a.ID).Certificate.Fingerprint + " " + w.record(a.ID).Progress.Due.String() + " "
		}
	}
	if serials[0] != serials[1] {
		t.Errorf("%s and %s", serials[0], serials[1])
	}
}

func TestRSA(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *issuer.Options) { o.KeyType = issuer.RSA2048 })
	id := w.apply("www.example.com")[0].ID
	w.run(1)
	if got := w.leaf(id).PublicKeyAlgorithm.String(); got != "RSA" {
		t.Errorf("the key is %s", got)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	good := newWorld(t)
	base := issuer.Options{
		Jobs: good.db, Sites: good.sites, Keys: good.ring,
		Authorities: map[string]issuer.Authority{"a": good.ca}, Routes: map[string]string{"lets_encrypt": "a"},
	}
	if _, err := issuer.New(base); err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]func(*issuer.Options){
		"Jobs is needed":                       func(o *issuer.Options) { o.Jobs = nil },
		"Sites is needed":                      func(o *issuer.Options) { o.Sites = nil },
		"Keys is needed":                       func(o *issuer.Options) { o.Keys = nil },
		"Routes: an authority for at least":    func(o *issuer.Options) { o.Routes = nil },
		`authority "a" is nil`:                 func(o *issuer.Options) { o.Authorities = map[string]issuer.Authority{"a": nil} },
		`has the authority "b", which is not`:  func(o *issuer.Options) { o.Routes = map[string]string{"x": "b"} },
		`limits for the authority "b", which`:  func(o *issuer.Options) { o.Limits = map[string]issuer.Limits{"b": {}} },
		`limits of the authority "a": orders:`: func(o *issuer.Options) { o.Limits = map[string]issuer.Limits{"a": {Orders: issuer.Limit{Events: 1}}} },
		`unknown key type "dsa": there are`:    func(o *issuer.Options) { o.KeyType = "dsa" },
		"negative Workers, Lease":              func(o *issuer.Options) { o.Workers = -1 },
		"the margin 2s leaves nothing":         func(o *issuer.Options) { o.Lease, o.Margin = time.Second, 2*time.Second },
		"it must be 24h0m0s at most":           func(o *issuer.Options) { o.Lease = 25 * time.Hour },
	} {
		o := base
		change(&o)
		if _, err := issuer.New(o); err == nil || !strings.Contains(err.Error(), says) || !strings.HasPrefix(err.Error(), "issuer: ") {
			t.Errorf("%v, want %q", err, says)
		}
	}
	if _, err := issuer.New(issuer.Options{}); err == nil || strings.Count(err.Error(), "needed") != 4 {
		t.Errorf("nothing at all: %v", err)
	}
}

// TestNoSecretInLog: keys are in no line of the log.
func TestNoSecretInLog(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	p := &postman{err: errors.New("not now")}
	w := newWorld(t, delivering(p), func(o *issuer.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	id := w.apply("www.example.com")[0].ID
	w.run(2)
	c, err := w.db.Certificate(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	key, err := issuer.ExportKey(w.ring, id, c)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(key), "\n")
	if strings.Contains(logged.String(), lines[1]) || strings.Contains(logged.String(), "PRIVATE") {
		t.Error("the log holds the key")
	}
	for _, want := range []string{"msg=issued", "application=30000478", "domain=www.example.com", `msg="not delivered"`} {
		if !strings.Contains(logged.String(), want) {
			t.Errorf("the log has no %s: %s", want, &logged)
		}
	}
}
