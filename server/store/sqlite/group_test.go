package sqlite

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/esacert/esacert/server/store"
)

// operationFunc is an operation of a test.
type operationFunc func(ctx context.Context, t *tx) (refusal, err error)

func (f operationFunc) size() int { return 1 }

func (f operationFunc) run(ctx context.Context, t *tx) (refusal, err error) { return f(ctx, t) }

func memory(t testing.TB) *database {
	t.Helper()
	s := openDatabase(t, Memory)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// openDatabase is Open with access to unexported fields. The caller closes it.
func openDatabase(t testing.TB, path string) *database {
	t.Helper()
	s, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	return s.(*database)
}

// hold keeps the writer busy until release is called, so that what is pushed
// meanwhile becomes one group.
func hold(s *database) (release func()) {
	holding, free := make(chan struct{}), make(chan struct{})
	s.writer.queue.push(newRequest(operationFunc(func(context.Context, *tx) (refusal, err error) {
		close(holding)
		<-free
		return nil, nil
	})))
	<-holding
	return func() { close(free) }
}

func applyRequest(domains ...string) *request {
	return newRequest(&apply{batch: store.ApplyRequest{
		Account: "a", SiteID: 1, Domains: domains, Plan: "p", Family: "f",
		Quota: store.Unlimited, DNSRecordsEach: 1, DNSRecordLimit: store.Unlimited,
	}})
}

func names(t testing.TB, s *database) []string {
	t.Helper()
	stored, err := s.Applications(t.Context(), store.Query{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i, a := range stored {
		if a.ID != store.FirstID+int64(i) {
			t.Errorf("ID %d at index %d", a.ID, i)
		}
		names = append(names, a.Domain)
	}
	return names
}

func TestGroupSharesACommit(t *testing.T) {
	t.Parallel()
	s := memory(t)
	release := hold(s)
	seen := make([]*tx, 20)
	var requests []*request
	for i := range seen {
		r := newRequest(operationFunc(func(_ context.Context, t *tx) (refusal, err error) {
			seen[i] = t
			return nil, nil
		}))
		s.writer.queue.push(r)
		requests = append(requests, r)
	}
	release()
	for _, r := range requests {
		if err := <-r.done; err != nil {
			t.Error(err)
		}
	}
	if distinct := slices.Compact(seen); len(distinct) != 1 {
		t.Errorf("20 queued requests used %d transactions, want 1", len(distinct))
	}
}

// An operation of a group sees the writes of those before it, and not those of a
// rejected one.
func TestGroupMembersSeeEachOther(t *testing.T) {
	t.Parallel()
	s := memory(t)
	release := hold(s)
	first, second, third := applyRequest("a", "b"), applyRequest("c", "b"), applyRequest("c")
	for _, r := range []*request{first, second, third} {
		s.writer.queue.push(r)
	}
	release()
	if err := <-first.done; err != nil {
		t.Error(err)
	}
	if err := <-second.done; !errors.Is(err, store.ErrAlreadySubmitted) {
		t.Errorf("the second request: %v", err)
	}
	if err := <-third.done; err != nil {
		t.Error(err)
	}
	if got := names(t, s); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("stored: %v", got)
	}
}

// An operation that cannot be stored does not fail the others of its group, and its
// writes are rolled back.
func TestGroupSurvivesAFailure(t *testing.T) {
	t.Parallel()
	s := memory(t)
	release := hold(s)
	broken := errors.New("cannot be stored")
	bad := newRequest(operationFunc(func(ctx context.Context, t *tx) (refusal, err error) {
		a, ok := applyRequest("half").operation.(*apply)
		if !ok {
			return nil, errors.New("not an apply")
		}
		if refusal, err := a.run(ctx, t); refusal != nil || err != nil {
			return refusal, err
		}
		return nil, broken
	}))
	good := []*request{applyRequest("a"), applyRequest("b"), applyRequest("c")}
	for _, r := range []*request{good[0], good[1], bad, good[2]} {
		s.writer.queue.push(r)
	}
	release()
	if err := <-bad.done; !errors.Is(err, broken) {
		t.Errorf("the bad operation: %v", err)
	}
	for _, r := range good {
		if err := <-r.done; err != nil {
			t.Errorf("a good operation: %v", err)
		}
	}
	if got := names(t, s); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("stored: %v", got)
	}
	if usage, err := s.Usage(t.Context(), "a", "p", "f", 1); err != nil || usage != (store.QuotaUsage{Quota: 3, DNSRecords: 3}) {
		t.Errorf("usage: %+v, %v", usage, err)
	}
}

// A request that is canceled while it waits is not written. One that is canceled
// after its start returns its result.
func TestCanceledRequests(t *testing.T) {
	t.Parallel()
	s := memory(t)
	release := hold(s)
	ctx, cancel := context.WithCancel(t.Context())
	cancelled := make(chan error)
	go func() {
		_, err := s.Apply(ctx, applyRequest("waits").operation.(*apply).batch)
		cancelled <- err
	}()
	cancel()
	if err := <-cancelled; !errors.Is(err, context.Canceled) {
		t.Errorf("the waiting request: %v", err)
	}
	release()

	late, cancelLate := context.WithCancel(t.Context())
	begun := operationFunc(func(ctx context.Context, t *tx) (refusal, err error) {
		cancelLate()
		a := apply{batch: store.ApplyRequest{Domains: []string{"begun"}, Quota: store.Unlimited}}
		return a.run(ctx, t)
	})
	if err := s.writer.write(late, begun); err != nil {
		t.Errorf("the started request: %v", err)
	}
	if got := names(t, s); !slices.Equal(got, []string{"begun"}) {
		t.Errorf("stored: %v", got)
	}
}

func TestGroupLength(t *testing.T) {
	t.Parallel()
	of := func(sizes ...int) (requests []*request) {
		for _, n := range sizes {
			requests = append(requests, applyRequest(make([]string, n)...))
		}
		return requests
	}
	for _, c := range []struct {
		name  string
		sizes []int
		want  int
	}{
		{"none", nil, 0},
		{"few", []int{1, 50, 1}, 3},
		{"the maximum", slices.Repeat([]int{1}, maxGroupRequests), maxGroupRequests},
		{"too many", slices.Repeat([]int{1}, maxGroupRequests+5), maxGroupRequests},
		{"too many rows", slices.Repeat([]int{1000}, 5), 2},
		{"one that is larger than a group", []int{maxGroupRows + 1, 1}, 1},
		{"one that is too large, after another", []int{1, maxGroupRows}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := groupLength(of(c.sizes...)); got != c.want {
				t.Errorf("groupLength = %d, want %d", got, c.want)
			}
		})
	}
}
