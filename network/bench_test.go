package network_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"asterism/dnsbl/dnstest"
)

// eightLists are rules of eight DNS lists.
func eightLists() string {
	var b strings.Builder
	for i := range 8 {
		fmt.Fprintf(&b, "header L%d eval:check_rbl('l%d', 'l%d.example')\nscore L%[1]d 1\n", i, i, i)
	}
	return b.String()
}

// slowPyzor answers each request after a while, and returns a file that names it.
func slowPyzor(b *testing.B, after time.Duration) (serversFile string) {
	b.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 9000)
		for {
			n, peer, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			thread := ""
			for line := range strings.Lines(string(buf[:n])) {
				if v, ok := strings.CutPrefix(line, "Thread: "); ok {
					thread = v
				}
			}
			time.AfterFunc(after, func() {
				_, _ = conn.WriteTo([]byte("Code: 200\nDiag: OK\nPV: 2.1\nThread: "+thread+"Count: 7\nWL-Count: 0\n\n"), peer)
			})
		}
	}()
	file := filepath.Join(b.TempDir(), "servers")
	if err := os.WriteFile(file, []byte(conn.LocalAddr().String()+"\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	return file
}

// BenchmarkSideBySide scans a message for which eight DNS lists, Pyzor, SPF, DKIM and DMARC take 50 ms each, with
// nothing remembered from before.
func BenchmarkSideBySide(b *testing.B) {
	const delay = 50 * time.Millisecond
	records, signed := zone(b)
	srv := dnstest.Start(b, records)
	srv.Delay(delay)
	// Without the one question that can only be asked when DKIM's answer is there.
	options := eightLists() + "score SIGNER 0\nuse_pyzor 1\npyzor_server_file " + slowPyzor(b, delay) + "\n"
	for b.Loop() {
		b.StopTimer()
		s := newSite(b, srv, options)
		b.StartTimer()
		got, v := s.check(b, input(signed))
		if len(v.Notes) > 0 || !strings.Contains(got, "PYZOR") || !strings.Contains(got, "DMARC_PASS") {
			b.Fatal(got, v.Notes)
		}
	}
}

// BenchmarkDeadList scans messages while one of eight lists does not answer: the first waits for it, the next do not.
func BenchmarkDeadList(b *testing.B) {
	records, signed := zone(b)
	srv := dnstest.Start(b, records)
	srv.Special(func(_ dns.ResponseWriter, q *dns.Msg) bool {
		return strings.HasSuffix(q.Question[0].Name, ".l3.example.")
	})
	s := newSite(b, srv, eightLists()+"rbl_timeout 2\n")
	began := time.Now()
	s.check(b, input(signed))
	first := time.Since(began)
	n := 0
	for b.Loop() {
		in := input(signed)
		in.Client = in.Client.Next() // ask anew, not from memory
		for range n % 200 {
			in.Client = in.Client.Next()
		}
		n++
		s.check(b, in)
	}
	b.ReportMetric(float64(first.Milliseconds()), "ms-for-the-first")
}

// BenchmarkLoad scans messages from everywhere with links to everywhere, as many at once as there is room for.
func BenchmarkLoad(b *testing.B) {
	records, signed := zone(b)
	s := newSite(b, dnstest.Start(b, records), eightLists())
	s.check(b, input(signed))
	goroutines, descriptors := runtime.NumGoroutine(), openFiles(b)
	var n atomic.Uint32
	b.SetParallelism(16)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			in := input(strings.ReplaceAll(signed, "www.crook.com", fmt.Sprintf("www.crook%d.com", i%5000)))
			in.Client = netip.AddrFrom4([4]byte{8, byte(i >> 16), byte(i >> 8), byte(i)})
			if _, err := s.Check(b.Context(), in); err != nil {
				b.Error(err)
			}
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	for range 300 {
		if runtime.NumGoroutine() <= goroutines && openFiles(b) <= descriptors {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.ReportMetric(float64(runtime.NumGoroutine()-goroutines), "goroutines-left")
	b.ReportMetric(float64(openFiles(b)-descriptors), "descriptors-left")
}
