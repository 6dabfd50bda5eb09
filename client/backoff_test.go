package client_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaerrors"
)

func TestWaits(t *testing.T) {
	t.Parallel()
	policy := client.RetryPolicy{MaxAttempts: 6, BaseDelay: 100 * time.Millisecond, MaxDelay: 400 * time.Millisecond}
	ms := func(list ...int) []time.Duration {
		var all []time.Duration
		for _, n := range list {
			all = append(all, time.Duration(n)*time.Millisecond)
		}
		return all
	}
	throttled := esaerrors.Throttling
	for name, test := range map[string]struct {
		reply  reply
		jitter float64
		policy client.RetryPolicy
		want   []time.Duration
	}{
		"longest":                   {responds(503, ""), 1, policy, ms(100, 200, 400, 400, 400)},
		"half":                      {responds(503, ""), 0.5, policy, ms(50, 100, 200, 200, 200)},
		"none":                      {responds(503, ""), 0, policy, ms(0, 0, 0, 0, 0)},
		"requested less":            {refuses(throttled, "X-Acs-Retry-After", "150"), 1, policy, ms(150, 200, 400, 400, 400)},
		"requested more":            {refuses(throttled, "X-Acs-Retry-After", "2000"), 1, policy, ms(2000, 2000, 2000, 2000, 2000)},
		"requested in seconds":      {responds(503, "", "Retry-After", "2"), 1, policy, ms(2000, 2000, 2000, 2000, 2000)},
		"requested an invalid time": {refuses(throttled, "X-Acs-Retry-After", "soon"), 0, policy, ms(0, 0, 0, 0, 0)},
		"requested too much":        {refuses(throttled, "X-Acs-Retry-After", "3600000"), 1, policy, nil},
		"base over cap":             {responds(503, ""), 1, client.RetryPolicy{MaxAttempts: 3, BaseDelay: time.Hour, MaxDelay: time.Second}, ms(1000, 1000)},
		"defaults":                  {responds(503, ""), 1, client.RetryPolicy{}, ms(500, 1000)},
		"one attempt":               {responds(503, ""), 1, client.RetryPolicy{MaxAttempts: 1}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var taken waits
			c := newClient(t, script(test.reply), client.WithSleep(taken.sleep), client.WithRetry(test.policy),
				client.WithJitter(func() float64 { return test.jitter }))
			if _, err := c.ApplyCertificate(t.Context(), input()); err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(test.want, taken.all()); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDefaultJitterBelowMax(t *testing.T) {
	t.Parallel()
	var taken waits
	c := newClient(t, script(responds(503, "")), client.WithSleep(taken.sleep), client.WithRetry(client.RetryPolicy{MaxAttempts: 50, MaxDelay: time.Second}))
	if _, err := c.ApplyCertificate(t.Context(), input()); err == nil {
		t.Fatal("no error")
	}
	different := map[time.Duration]bool{}
	for _, d := range taken.all() {
		different[d] = true
		if d < 0 || d >= time.Second {
			t.Errorf("wait of %v", d)
		}
	}
	if len(different) < 40 {
		t.Errorf("only %d different waits of 49", len(different))
	}
}

func TestNoAttemptBeginsAfterMaxElapsed(t *testing.T) {
	t.Parallel()
	now := time.Now()
	tr := script(func(req *http.Request) (*http.Response, error) {
		now = now.Add(8 * time.Second)
		return responds(503, "")(req)
	})
	var taken waits
	c := newClient(t, tr, client.WithClock(func() time.Time { return now }), client.WithSleep(taken.sleep),
		client.WithRetry(client.RetryPolicy{MaxAttempts: 100, MaxElapsed: 30 * time.Second}))
	_, err := c.ApplyCertificate(t.Context(), input())
	// Waits after 8, 16 and 24 seconds are within the limit; a wait after 32 is not.
	if len(tr.requests()) != 4 || attemptsOf(err) != 4 {
		t.Errorf("%d attempts, error %v", len(tr.requests()), err)
	}
}

func TestDeadlineBeforeTheNextAttempt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var taken waits
	tr := script(refuses(esaerrors.Throttling, "X-Acs-Retry-After", "90000"))
	c := newClient(t, tr, client.WithSleep(taken.sleep), client.WithRetry(client.RetryPolicy{MaxElapsed: time.Hour}))
	if _, err := c.ApplyCertificate(ctx, input()); !errors.Is(err, esaerrors.Throttling) || len(taken.all()) != 0 {
		t.Errorf("waits %v, error %v", taken.all(), err)
	}
}

func TestRealSleep(t *testing.T) {
	t.Parallel()
	tr := script(responds(503, ""), accepts())
	c := newClient(t, tr, client.WithSleep(nil), client.WithRetry(client.RetryPolicy{BaseDelay: time.Millisecond}))
	if _, err := c.ApplyCertificate(t.Context(), input()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	tr = script(func(req *http.Request) (*http.Response, error) {
		time.AfterFunc(time.Millisecond, cancel)
		return responds(503, "", "X-Acs-Retry-After", "30000")(req)
	})
	c = newClient(t, tr, client.WithSleep(nil))
	if _, err := c.ApplyCertificate(ctx, input()); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		headers []string
		want    time.Duration
	}{
		"none":              {nil, 0},
		"milliseconds":      {[]string{"x-acs-retry-after", "1200"}, 1200 * time.Millisecond},
		"spaces":            {[]string{"x-acs-retry-after", " 1200 "}, 1200 * time.Millisecond},
		"zero":              {[]string{"x-acs-retry-after", "0"}, 0},
		"negative":          {[]string{"x-acs-retry-after", "-5"}, 0},
		"fraction":          {[]string{"x-acs-retry-after", "1.5"}, 0},
		"endless":           {[]string{"x-acs-retry-after", "9223372036854775807"}, 24 * time.Hour},
		"too many digits":   {[]string{"x-acs-retry-after", "99999999999999999999"}, 0},
		"seconds":           {[]string{"retry-after", "7"}, 7 * time.Second},
		"date":              {[]string{"retry-after", "Mon, 23 Nov 2026 07:00:00 GMT"}, 0},
		"both":              {[]string{"retry-after", "7", "x-acs-retry-after", "10"}, 10 * time.Millisecond},
		"rate limit":        {[]string{"x-ratelimit-user", "Limit:1,Remain:0,TimeLeft:2000,Reset:1234"}, 2 * time.Second},
		"rate limits":       {[]string{"x-ratelimit-user", "Remain:0,TimeLeft:2000", "x-ratelimit-user-api", "Remain:0, TimeLeft:3000"}, 3 * time.Second},
		"rate not reached":  {[]string{"x-ratelimit-user", "Limit:9,Remain:3,TimeLeft:2000,Reset:1234"}, 0},
		"rate limit broken": {[]string{"x-ratelimit-user", "Remain,TimeLeft:,:"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			for i := 0; i+1 < len(test.headers); i += 2 {
				h.Set(test.headers[i], test.headers[i+1])
			}
			got, ok := (&client.ServiceError{Header: h}).RetryAfter()
			if got != test.want || ok != (test.want > 0) {
				t.Errorf("wait is %v, %v", got, ok)
			}
		})
	}
	if _, ok := (&client.ServiceError{}).RetryAfter(); ok {
		t.Error("an error without headers requests a wait")
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("1200", "Limit:1,Remain:0,TimeLeft:2000", "7")
	f.Add("-1", "Remain:0,TimeLeft:99999999999999", "")
	f.Fuzz(func(t *testing.T, millis, limit, seconds string) {
		h := http.Header{"X-Acs-Retry-After": {millis}, "X-Ratelimit-User": {limit}, "Retry-After": {seconds}}
		got, ok := (&client.ServiceError{Header: h}).RetryAfter()
		if ok != (got > 0) || got > 24*time.Hour || got < 0 {
			t.Fatalf("wait is %v, %v", got, ok)
		}
	})
}
