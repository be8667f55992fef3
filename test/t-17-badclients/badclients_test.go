// Package badclients_test has thousands of clients mistreat all of spamd's listeners at once, and looks at its memory
// and at what becomes of good clients meanwhile. `make badclients` runs it as large as issue reports of such attacks
// are.
package badclients_test

import (
	"crypto/rand"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"asterism/test/e2e"
)

var (
	idle    = flag.Int("idle", 1000, "idle connections, on all listeners together")
	attacks = flag.Int("attacks", 40, "clients of each bad kind, on each listener")
	lasting = flag.Duration("lasting", 6*time.Second, "how long all goes on")
)

// maxMemory is what spamd may have resident at any moment, in kB.
const maxMemory = 128 << 10

// enough is how often each good client asks at least.
const enough = 20

// target is one listener.
type target struct {
	network, addr string
	begin         string   // what a client of its protocol would begin with
	huge          []string // how it would promise too much
}

func (g *target) dial() (net.Conn, error) { return net.DialTimeout(g.network, g.addr, 5*time.Second) }

const negotiation = "\x00\x00\x00\x0dO\x00\x00\x00\x06\x00\x00\x01\xff\x00\x1f\xff\xff"

// mail begins a milter's mail, up to its header.
const mail = negotiation + "\x00\x00\x00\x12C" + "client\x004\x00\x19127.1\x00" + "\x00\x00\x00\x06M<a>\x00\x00" +
	"\x00\x00\x00\x06R<b>\x00\x00"

func TestBadClients(t *testing.T) {
	dir := e2e.Dir(t)
	cert, key := e2e.Certify(t, dir, 1)
	milter, spamc, http, rspamd := e2e.FreePort(t), e2e.FreePort(t), e2e.FreePort(t), e2e.FreePort(t)
	spamd := e2e.StartSpamd(t, e2e.TestRules, "-L", "--milter", inet(milter), "--listen", inet(spamc), "--listen",
		"unix:"+dir+"/spamc.sock",
		"--socket-mode", "0666", "--allow-tell", "--http", inet(http), "--rspamd", inet(rspamd), "--ssl",
		"--server-cert", cert, "--server-key", key)
	mta := e2e.StartSendmail(t, e2e.SendmailOptions{MC: e2e.ContribMC(t, inet(milter))})
	_, controlPath, _ := strings.Cut(spamd.Control, ":")
	_, milterPath, _ := strings.Cut(spamd.Milter, ":")
	check := "CHECK SPAMC/1.5\r\nContent-length: 9999\r\n\r\n"
	hugeChecks := []string{"PROCESS SPAMC/1.5\r\nContent-length: 60000000\r\n\r\n",
		"CHECK SPAMC/1.5\r\nContent-length: 999999999999999999\r\n\r\n",
		"TELL SPAMC/1.5\r\nSet: local\r\nMessage-class: ham\r\n\r\n",
		"CHECK SPAMC/1.5\r\nCompress: zlib\r\nContent-length: 50000000\r\n\r\n"}
	hugePackets := []string{negotiation + "\x7f\xff\xff\xffL", mail + "\x00\x0f\xff\xffL", mail + "\x00\x00\xff\xffB"}
	targets := []*target{
		{"tcp", addr(milter), mail, hugePackets},
		{"unix", milterPath, negotiation, hugePackets},
		{"tcp", addr(spamc), "\x16\x03\x01\x02\x00\x01", []string{"\x16\x03\x01\xff\xff"}},
		{"unix", dir + "/spamc.sock", check, hugeChecks},
		{"unix", controlPath, check, hugeChecks},
		{"tcp", addr(http), "GET /metrics HTTP/1.1\r\nHost: x\r\n",
			[]string{"POST /metrics HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n"}},
	}
	targets = append(targets,
		&target{"tcp", addr(rspamd), "POST /checkv2 HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n", []string{
			"POST /checkv2 HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n",
			"CHECK RSPAMC/1.3\r\nContent-length: 30000000\r\n\r\n",
			"POST /checkv2 HTTP/1.1\r\nHost: x\r\nContent-Length: 30000000\r\n\r\n",
			"POST /checkv2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n"}})
	stop := make(chan struct{})
	var bad sync.WaitGroup
	var opened atomic.Int64
	for _, g := range targets {
		for range *idle / len(targets) {
			bad.Go(func() { repeat(stop, &opened, g, "", 0) })
		}
		for i := range *attacks {
			// a byte a second
			bad.Go(func() { repeat(stop, &opened, g, g.begin, time.Second) })
			bad.Go(func() { repeat(stop, &opened, g, g.huge[i%len(g.huge)]+strings.Repeat("x", 1<<20), 0) }) // and wait
			bad.Go(func() { repeat(stop, &opened, g, garbage(i), 0) })
			bad.Go(func() { handshake(stop, &opened, g) })
		}
	}
	good := map[string]*answers{
		"sendmail": {ask: func(i int) error {
			return e2e.Send(mta.Addr, "alice@example.net", []string{"bob@example.org"},
				e2e.Letter(fmt.Sprint(i), "This is certainly ham."))
		}},
		"spamc -S": {ask: func(int) error { return spamcCheck(t, "-S", "-p", strconv.Itoa(spamc)) }},
		"spamc -U": {ask: func(int) error { return spamcCheck(t, "-U", dir+"/spamc.sock") }},
		"control": {ask: func(int) error {
			_, err := spamd.Client(t).Check(t.Context(), []byte("Subject: hi\n\nhi\n"))
			return err
		}},
		"POST /checkv2": {ask: func(int) error { return checked("http://" + addr(rspamd) + "/checkv2") }},
		"GET /healthz":  {ask: func(int) error { return healthy("http://" + addr(http) + "/healthz") }},
	}
	var asking sync.WaitGroup
	for _, a := range good {
		asking.Go(func() { a.collect(stop) })
	}
	time.Sleep(*lasting)
	for name, a := range good { // on a machine under load it takes longer until that many have asked
		e2e.WaitFor(t, name+" has asked often enough to tell", 3*time.Minute,
			func() bool { return a.asked.Load() >= enough })
	}
	close(stop)
	asking.Wait()
	peak := resident(t, spamd.Cmd.Process.Pid)
	bad.Wait()
	t.Logf("%d connections of bad clients in %v; memory at most %d kB", opened.Load(), *lasting, peak)
	if peak > maxMemory {
		t.Errorf("spamd took %d kB of memory, want at most %d", peak, maxMemory)
	}
	for name, a := range good {
		t.Logf("%-12s answered %d, not answered %d, the slowest in %v", name, a.done, len(a.failed),
			a.slowest.Round(time.Millisecond))
		if a.done == 0 || len(a.failed) > a.done/10 {
			t.Errorf("%s: answered %d times, not answered %d times: %v", name, a.done, len(a.failed),
				a.failed[:min(3, len(a.failed))])
		}
	}
	if len(mta.Mails(t, "bob")) == 0 {
		t.Error("no mail was delivered")
	}
}

// repeat connects, sends a text, with a pause behind each byte if there is one, waits for the connection to be
// closed, and begins again.
func repeat(stop <-chan struct{}, opened *atomic.Int64, g *target, text string, pause time.Duration) {
	for !stopped(stop, 200*time.Millisecond) {
		conn, err := g.dial()
		if err != nil {
			continue
		}
		opened.Add(1)
		closed := make(chan struct{})
		go func() {
			io.Copy(io.Discard, conn)
			close(closed)
		}()
		if pause == 0 {
			conn.SetWriteDeadline(time.Now().Add(time.Minute))
			go io.WriteString(conn, text)
		}
		for i := 0; pause > 0 && !stopped(stop, pause); i++ {
			if _, err := io.WriteString(conn, text[i%len(text):][:1]); err != nil {
				break
			}
		}
		select {
		case <-stop:
		case <-closed:
		}
		conn.Close()
		<-closed
	}
}

// handshake begins TLS where there is none, or breaks it off.
func handshake(stop <-chan struct{}, opened *atomic.Int64, g *target) {
	for i := 0; !stopped(stop, 200*time.Millisecond); i++ {
		conn, err := g.dial()
		if err != nil {
			continue
		}
		opened.Add(1)
		conn.SetDeadline(time.Now().Add(5 * time.Second))
		client := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
		if client.Handshake() == nil {
			conn.Write([]byte("\x17\x03\x03\x40\x00nonsense")) // a record that is none
			io.Copy(io.Discard, conn)
		}
		conn.Close()
	}
}

// stopped waits a while and reports whether all is over.
func stopped(stop <-chan struct{}, d time.Duration) bool {
	select {
	case <-stop:
		return true
	case <-time.After(d):
		return false
	}
}

// garbage returns bytes that belong to no protocol, or to another.
func garbage(i int) string {
	b := make([]byte, 2000)
	rand.Read(b)
	return []string{string(b), "GET / HTTP/1.0\r\n\r\n", "EHLO x\r\nMAIL FROM:<>\r\n", "\x00\x00\x00\x01?",
		"FOO SPAMC/1.5\r\n\r\n", strings.Repeat("A: b\r\n", 5000)}[i%6]
}

// answers are what a good client gets.
type answers struct {
	ask     func(i int) error
	asked   atomic.Int64
	done    int
	failed  []error
	slowest time.Duration
}

// collect asks again and again.
func (a *answers) collect(stop <-chan struct{}) {
	for i := 0; !stopped(stop, 100*time.Millisecond); i++ {
		began := time.Now()
		err := a.ask(i)
		a.asked.Add(1)
		if err != nil {
			a.failed = append(a.failed, err)
			continue
		}
		a.done++
		a.slowest = max(a.slowest, time.Since(began))
	}
}

func spamcCheck(t *testing.T, args ...string) error {
	cmd := exec.Command(e2e.Tool(t, "spamc", "spamc"),
		append([]string{"-F", "/dev/null", "-x", "-c", "--connect-retries", "1"}, args...)...)
	cmd.Stdin = strings.NewReader(e2e.Letter("hi", "This is certainly ham."))
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

func healthy(url string) error {
	client := http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(url)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	return nil
}

// checked has a mail scanned by rspamd's protocol.
func checked(url string) error {
	client := http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Post(url, "text/plain", strings.NewReader(e2e.Letter("hi", "This is certainly ham.")))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	return nil
}

// resident returns the most memory that a process has had, in kB.
func resident(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	n, err := strconv.Atoi(strings.Fields(rest + " x")[0])
	if err != nil {
		t.Fatalf("no VmHWM in\n%s", status)
	}
	return n
}

func inet(port int) string { return fmt.Sprintf("inet:%d@127.0.0.1", port) }
func addr(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
