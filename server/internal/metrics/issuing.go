package metrics

import (
	"context"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/esacert/esacert/server/store"
)

// IssuanceObserver counts the results of applications. It is an issuance.Observer.
//
//	esacert_applications{status="Applying"}        stored applications
//	esacert_next_expiry_days                       until the first certificate in use expires
//	esacert_issue_duration_seconds                 from an application to its certificate
//	esacert_renewals_total                         certificates after the first
//	esacert_issue_failures_total{type="…"}         failed applications, by type of problem
//	esacert_issue_problems_total{type="…"}         failed steps that are retried, by type of problem
//	esacert_deliveries_total                       delivered certificates
type IssuanceObserver struct {
	duration   prometheus.Histogram
	renewals   prometheus.Counter
	failures   *prometheus.CounterVec
	problems   *prometheus.CounterVec
	deliveries prometheus.Counter
}

// ApplicationCounter counts stored applications.
type ApplicationCounter interface {
	Counts(ctx context.Context) (store.Counts, error)
}

// Issuing adds the metrics of issuance, and those that are read from the store
// for each scrape. It must be called at most once.
func (m *Metrics) Issuing(stored ApplicationCounter, now func() time.Time) *IssuanceObserver {
	i := &IssuanceObserver{
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "esacert_issue_duration_seconds", Help: "Time from an application to its first certificate.",
			Buckets: []float64{.1, .5, 1, 5, 15, 60, 300, 900, 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600},
		}),
		renewals: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "esacert_renewals_total", Help: "Certificates that replaced an earlier one.",
		}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "esacert_issue_failures_total", Help: "Failed applications, by type of problem.",
		}, []string{"type"}),
		problems: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "esacert_issue_problems_total", Help: "Failed steps that are retried, by type of problem.",
		}, []string{"type"}),
		deliveries: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "esacert_deliveries_total", Help: "Certificates delivered to a directory or a command.",
		}),
	}
	m.registry.MustRegister(i.duration, i.renewals, i.failures, i.problems, i.deliveries, &storedApplications{stored, now})
	return i
}

// Issued observes the first certificate of an application.
func (i *IssuanceObserver) Issued(_ store.Application, _ store.Certificate, took time.Duration) {
	i.duration.Observe(took.Seconds())
}

// Renewed counts a further certificate.
func (i *IssuanceObserver) Renewed(store.Application, store.Certificate) { i.renewals.Inc() }

// Failed counts a failed application.
func (i *IssuanceObserver) Failed(_ store.Application, p store.Problem) {
	i.failures.WithLabelValues(label(p)).Inc()
}

// Refused counts a step that is retried.
func (i *IssuanceObserver) Refused(_ store.Application, p store.Problem) {
	i.problems.WithLabelValues(label(p)).Inc()
}

// label returns the type of a problem in a known namespace: an authority must not
// be able to add labels without limit.
func label(p store.Problem) string {
	for _, space := range []string{"urn:ietf:params:acme:error:", "urn:esacert:error:"} {
		if name, found := strings.CutPrefix(p.Type, space); found && name != "" && len(name) <= maxTypeLen && strings.Trim(name, letters) == "" {
			return p.Type
		}
	}
	return "other"
}

const (
	maxTypeLen = 40
	letters    = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// Delivered counts a delivery.
func (i *IssuanceObserver) Delivered(store.Application) { i.deliveries.Inc() }

// storedApplications reads the store for each scrape.
type storedApplications struct {
	stored ApplicationCounter
	now    func() time.Time
}

// countTimeout limits how long a scrape waits for the store.
const countTimeout = 5 * time.Second

func (*storedApplications) byStatus() *prometheus.Desc {
	return prometheus.NewDesc("esacert_applications", "Stored applications, by status.", []string{"status"}, nil)
}

func (*storedApplications) expiry() *prometheus.Desc {
	return prometheus.NewDesc("esacert_next_expiry_days", "Days until the first certificate in use expires.", nil, nil)
}

// Describe implements prometheus.Collector.
func (s *storedApplications) Describe(to chan<- *prometheus.Desc) {
	to <- s.byStatus()
	to <- s.expiry()
}

// Collect implements prometheus.Collector.
func (s *storedApplications) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), countTimeout)
	defer cancel()
	counts, err := s.stored.Counts(ctx)
	if err != nil {
		to <- prometheus.NewInvalidMetric(s.byStatus(), err)
		return
	}
	for _, status := range []store.Status{store.Applying, store.Issued, store.Failed} {
		to <- prometheus.MustNewConstMetric(s.byStatus(), prometheus.GaugeValue, float64(counts.ByStatus[status]), string(status))
	}
	if !counts.NextExpiry.IsZero() {
		days := counts.NextExpiry.Sub(s.now()).Hours() / 24
		to <- prometheus.MustNewConstMetric(s.expiry(), prometheus.GaugeValue, days)
	}
}
