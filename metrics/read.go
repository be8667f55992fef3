package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// sum adds up a family's counters, and calls each with the labels' values, in the order of the labels' names, and the
// count.
func sum(family prometheus.Collector, each func(labels []string, n uint64)) uint64 {
	metrics := make(chan prometheus.Metric)
	go func() {
		family.Collect(metrics)
		close(metrics)
	}()
	var total uint64
	for metric := range metrics {
		var value dto.Metric
		if metric.Write(&value) != nil {
			continue // a counter always can
		}
		labels := make([]string, len(value.GetLabel()))
		for i, l := range value.GetLabel() {
			labels[i] = l.GetValue()
		}
		n := uint64(value.GetCounter().GetValue())
		total += n
		each(labels, n)
	}
	return total
}

// read returns a counter's value, or a histogram's number and sum of observations.
func read(metric prometheus.Metric) (n uint64, seconds float64) {
	var value dto.Metric
	if metric.Write(&value) != nil {
		return 0, 0
	}
	if h := value.GetHistogram(); h != nil {
		return h.GetSampleCount(), h.GetSampleSum()
	}
	return uint64(value.GetCounter().GetValue()), 0
}
