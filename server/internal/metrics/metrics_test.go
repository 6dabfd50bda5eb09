package metrics_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/metrics"
)

func TestMetrics(t *testing.T) {
	t.Parallel()
	m, other := metrics.New(), metrics.New()
	m.Begin()
	m.Begin()
	m.Begin()
	m.Observe(esaerrors.SiteNotFound.Key, 3*time.Millisecond)
	m.Observe("connection-reset", time.Millisecond)
	for _, tc := range []struct {
		name string
		of   *metrics.Metrics
		want string
	}{
		{"a rule", m, `esacert_requests_total{rule="SiteNotFound"} 1`},
		{"a rule that never fired", m, `esacert_requests_total{rule="QuotaExceeded"} 0`},
		{"a fault of a scenario", m, `esacert_requests_total{rule="connection-reset"} 1`},
		{"durations", m, `esacert_request_duration_seconds_bucket{le="0.005"} 2`},
		{"in flight", m, "esacert_requests_in_flight 1"},
		{"of another server", other, `esacert_requests_total{rule="SiteNotFound"} 0`},
		{"the runtime", m, "# TYPE go_goroutines gauge"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			tc.of.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
			if !strings.Contains(w.Body.String(), tc.want+"\n") {
				t.Errorf("%q is missing", tc.want)
			}
		})
	}
}
