package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"asterism/contain"
)

// state reads the daemon's parts at every scrape.
type state struct{ opt Options }

var (
	buildInfo = describe("build_info", "Always 1; the label tells the version.", "version")
	panics    = describe("panics_total", "Panics that were contained; each place is in the log, with its stack.")
	ready     = describe("ready", "1 once mails are served with all there is, the learner's store included.")

	storeTokens   = describe("store_tokens", "Tokens in the learner's store.")
	storeMessages = describe("store_messages", "Messages learned and not forgotten, by class.", "class")
	storeSeen     = describe("store_seen", "Marks of messages already learned.")
	storeBytes    = describe("store_bytes", "Size of the store's file.")
	storeFailed   = describe("store_failed", "1 when the store is damaged and takes no learnings until a restart.")
	storeExpiry   = describe("store_last_expiry_seconds", "Unix time when tokens were last removed; 0 if never.")

	redisAway    = describe("redis_away", "1 while the server of the learner's store does not answer.")
	redisLookups = describe("redis_lookups_total", "Mails whose tokens were looked up.")
	redisTrips   = describe("redis_round_trips_total",
		"Lookups for which the server was asked; the cache knew all about the others.")
	redisTokens = describe("redis_tokens_total", "Tokens looked up, by where the answer came from: cache or server.",
		"from")
	redisExpired  = describe("redis_expired_tokens_total", "Tokens that this host has removed.")
	redisExpiries = describe("redis_expiries_failed_total", "Expiries of this host that failed.")
	journalLength = describe("journal_messages", "Messages that wait to be learned until the store is back.")

	historyRecords = describe("history_records_total", "Records of mails written to the history.")
	historyDropped = describe("history_dropped_total",
		"Records of mails lost, as the history's disk or server was slow, full or away.")
	sendersLost = describe("senders_lost_total",
		"Changes of the record of senders lost, as its disk or server was slow, full or away.")
	historyBytes = describe("history_bytes", "Size of the history's file.")

	dnsLookups = describe("dns_lookups_total",
		"Lookups by where the answer came from: cache, shared (with another lookup of the same) or asked.", "from")
	dnsFailures = describe("dns_failures_total", "Questions that no name server answered in time.")
	dnsSent     = describe("dns_queries_sent_total", "Messages sent to name servers.")
	dnsEntries  = describe("dns_cache_entries", "Answers in the DNS cache.")
	dnsBytes    = describe("dns_cache_bytes", "Memory that the answers in the DNS cache take, roughly.")

	serviceAlone = describe("service_left_alone",
		"1 while a remote service or DNS list is left alone: it failed, refuses, or is not sound.", "service")
	serviceFailed = describe("service_failures_total", "Failures of a remote service or DNS list.", "service")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

// Describe implements prometheus.Collector. It promises nothing, since the metrics depend on the configuration.
func (s *state) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector. It runs in a goroutine of the library's.
func (s *state) Collect(out chan<- prometheus.Metric) {
	_ = contain.Do(func() { s.collect(out) })
}

func (s *state) collect(out chan<- prometheus.Metric) {
	send := func(d *prometheus.Desc, t prometheus.ValueType, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, t, value, labels...)
	}
	gauge, counter := prometheus.GaugeValue, prometheus.CounterValue
	send(buildInfo, gauge, 1, s.opt.Version)
	send(panics, counter, float64(contain.Total()))
	send(ready, gauge, number(s.opt.Ready() == nil))
	st := s.opt.Stats()
	if t := st.Store; t != nil {
		send(storeTokens, gauge, float64(t.Tokens))
		send(storeMessages, gauge, float64(t.Ham), "ham")
		send(storeMessages, gauge, float64(t.Spam), "spam")
		send(storeSeen, gauge, float64(t.Seen))
		send(storeFailed, gauge, number(st.StoreError != nil))
		expiry := 0.0
		if !t.LastExpiry.IsZero() {
			expiry = float64(t.LastExpiry.Unix())
		}
		send(storeExpiry, gauge, expiry)
	}
	if st.StoreBytes > 0 {
		send(storeBytes, gauge, float64(st.StoreBytes))
	}
	if r := st.Redis; r != nil {
		send(redisAway, gauge, number(r.Away))
		send(redisLookups, counter, float64(r.Lookups))
		send(redisTrips, counter, float64(r.RoundTrips))
		send(redisTokens, counter, float64(r.Hits), "cache")
		send(redisTokens, counter, float64(r.Misses), "server")
		send(redisExpired, counter, float64(r.Expired))
		send(redisExpiries, counter, float64(r.ExpiriesFailed))
		send(journalLength, gauge, float64(st.Queued))
	}
	if h := st.History; h != nil {
		send(historyRecords, counter, float64(h.Records))
		send(historyDropped, counter, float64(h.Dropped))
		send(historyBytes, gauge, float64(h.Bytes))
	}
	if lost := st.SendersLost; lost != nil {
		send(sendersLost, counter, float64(*lost))
	}
	if d := st.DNS; d != nil {
		send(dnsLookups, counter, float64(d.Cached), "cache")
		send(dnsLookups, counter, float64(d.Shared), "shared")
		send(dnsLookups, counter, float64(d.Questions-d.Cached-d.Shared), "asked")
		send(dnsFailures, counter, float64(d.Failed))
		send(dnsSent, counter, float64(d.Sent))
		send(dnsEntries, gauge, float64(d.Entries))
		send(dnsBytes, gauge, float64(d.Bytes))
	}
	for _, service := range st.Services {
		send(serviceAlone, gauge, number(service.Alone), service.Name)
		send(serviceFailed, counter, float64(service.Failed), service.Name)
	}
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
