package network_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gomilter "github.com/d--j/go-milter"

	"asterism/dnsbl/dnstest"
	"asterism/test/e2e"
)

// BenchmarkMilter sends mails from everywhere, with links to everywhere, through spamd's milter with all network
// tests on, and reports what is left over in spamd afterwards.
func BenchmarkMilter(b *testing.B) {
	resolver := dnstest.Start(b, "")
	port := e2e.FreePort(b)
	spamd := e2e.StartSpamd(b, "use_bayes 0\n", "--dns-server", resolver.Addr, "--http", fmt.Sprintf("inet:%d@127.0.0.1",
		port))
	client := gomilter.NewClient("unix", strings.TrimPrefix(spamd.Milter, "unix:"))
	var n atomic.Uint32
	send := func(s *gomilter.ClientSession) error {
		i := n.Add(1)
		return sendMilter(s, fmt.Sprintf("8.%d.%d.%d", byte(i>>16), byte(i>>8), byte(i)),
			strings.ReplaceAll(letter, "www.crook.com", fmt.Sprintf("www.crook%d.com", i%5000)))
	}
	measure := func() (goroutines, descriptors, cache float64) {
		text := metrics(b, port)
		return metric(b, text, "go_goroutines"), float64(len(fds(b, spamd.Cmd.Process.Pid))),
			metric(b, text, "asterism_dns_cache_bytes")
	}
	warm, err := client.Session(nil)
	if err != nil {
		b.Fatal(err)
	}
	if err := send(warm); err != nil {
		b.Fatal(err)
	}
	warm.Close()
	goroutines, descriptors, _ := measure()
	b.SetParallelism(16)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			s, err := client.Session(nil)
			if err == nil {
				err = send(s)
				s.Close()
			}
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	var g, d, cache float64
	for range 100 {
		if g, d, cache = measure(); g <= goroutines+2 && d <= descriptors {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.ReportMetric(g-goroutines, "goroutines-left")
	b.ReportMetric(d-descriptors, "descriptors-left")
	b.ReportMetric(cache/1e6, "MB-cached")
}

// sendMilter hands over one mail as an MTA does.
func sendMilter(s *gomilter.ClientSession, client, mail string) error {
	head, body, _ := strings.Cut(mail, "\r\n\r\n")
	steps := []func() error{
		func() error { _, err := s.Conn("mail.bad.com", gomilter.FamilyInet, 25, client); return err },
		func() error { _, err := s.Helo("mail.bad.com"); return err },
		func() error { _, err := s.Mail("joe@bad.com", ""); return err },
		func() error { _, err := s.Rcpt("sue@example.org", ""); return err },
		func() error { _, err := s.DataStart(); return err },
	}
	for line := range strings.SplitSeq(head, "\r\n") {
		name, value, _ := strings.Cut(line, ": ")
		steps = append(steps, func() error { _, err := s.HeaderField(name, value, nil); return err })
	}
	steps = append(steps, func() error { _, err := s.HeaderEnd(); return err },
		func() error { _, _, err := s.BodyReadFrom(strings.NewReader(body)); return err })
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func metrics(b *testing.B, port int) string {
	b.Helper()
	res, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", port))
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

func metric(b *testing.B, text, name string) float64 {
	b.Helper()
	m := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(text)
	if m == nil {
		b.Fatalf("no metric %s in\n%s", name, text)
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

func fds(b *testing.B, pid int) []os.DirEntry {
	b.Helper()
	entries, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(pid), "fd"))
	if err != nil {
		b.Fatal(err)
	}
	return entries
}
