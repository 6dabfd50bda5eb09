package bench

import (
	"slices"
	"testing"
	"time"
)

// roundTime is how long one side of a round runs.
const roundTime = time.Second

// pairs are the figures of one comparison, one of each side per round.
type pairs struct{ server, baseline []float64 }

// report replaces the time per iteration, which is that of a whole round, by the
// median ratio of the rounds, the ratio to reach, and the median of each side.
func (p pairs) report(b *testing.B, target float64, unit string) {
	b.Helper()
	ratios := make([]float64, len(p.server))
	for i := range ratios {
		ratios[i] = p.server[i] / p.baseline[i]
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(target, "target")
	b.ReportMetric(median(p.server), unit)
	b.ReportMetric(median(p.baseline), "baseline-"+unit)
}

func median(list []float64) float64 {
	return slices.Sorted(slices.Values(list))[len(list)/2]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
