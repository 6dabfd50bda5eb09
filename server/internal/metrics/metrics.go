// Package metrics counts what a server does, for Prometheus.
//
//	esacert_requests_total{rule="SiteNotFound"}   responses, by deciding rule
//	esacert_request_duration_seconds              duration of a request
//	esacert_requests_in_flight                    requests in progress
package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/journal"
)

// Metrics belong to one server: two servers in one process do not share them.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	known    map[string]prometheus.Counter // counters of the known rules, found without hashing labels
	duration prometheus.Histogram
	inFlight prometheus.Gauge
}

// New returns metrics with a separate registry.
func New() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "esacert_requests_total", Help: "Requests with a response, by deciding rule.",
		}, []string{"rule"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "esacert_request_duration_seconds", Help: "Time from reading a request to its response.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "esacert_requests_in_flight", Help: "Requests in progress.",
		}),
		known: map[string]prometheus.Counter{},
	}
	m.registry.MustRegister(m.requests, m.duration, m.inFlight)
	rules := []string{journal.RuleAccepted}
	for _, list := range [][]*esaerrors.Error{esaerrors.Documented(), esaerrors.Gateway()} {
		for _, e := range list {
			rules = append(rules, e.Key)
		}
	}
	for _, rule := range rules {
		m.known[rule] = m.requests.WithLabelValues(rule)
	}
	return m
}

// Begin counts a request in progress until Observe.
func (m *Metrics) Begin() { m.inFlight.Inc() }

// Observe counts the response to a request. Rules that are not in the contract
// (injected faults) are counted too.
func (m *Metrics) Observe(rule string, took time.Duration) {
	counter, ok := m.known[rule]
	if !ok {
		counter = m.requests.WithLabelValues(rule)
	}
	counter.Inc()
	m.inFlight.Dec()
	m.duration.Observe(took.Seconds())
}

// Handler serves the metrics in the Prometheus text format, including those of
// the Go runtime and the process.
func (m *Metrics) Handler() http.Handler {
	process := prometheus.NewRegistry()
	process.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(prometheus.Gatherers{m.registry, process}, promhttp.HandlerOpts{})
}
