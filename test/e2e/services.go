package e2e

import (
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// StartRBLDNSD runs the server that most operators of DNS lists run, and returns its address. Each zone is a name and a
// dataset type ("ip.example:ip4set") with the dataset's lines; the first must be an ip4set.
func StartRBLDNSD(t testing.TB, zones ...[2]string) (addr string) {
	t.Helper()
	bin := Tool(t, "rbldnsd", "rbldnsd")
	dir := Dir(t)
	port := FreePort(t)
	args := []string{"-n", "-b", fmt.Sprintf("127.0.0.1/%d", port), "-w", dir, "-c", "0"}
	if os.Getuid() == 0 {
		args = append(args, "-u", "nobody")
	}
	for i, z := range zones {
		file := fmt.Sprintf("zone%d", i)
		Write(t, dir, file, z[1], 0o644)
		args = append(args, z[0]+":"+file)
	}
	p := Start(t, exec.Command(bin, args...))
	addr = fmt.Sprintf("127.0.0.1:%d", port)
	first, _, _ := strings.Cut(zones[0][0], ":")
	q := new(dns.Msg)
	q.SetQuestion("2.0.0.127."+first+".", dns.TypeA)
	WaitFor(t, "rbldnsd answers\n"+p.Output(), 10*time.Second, func() bool {
		m, err := dns.Exchange(q, addr)
		return err == nil && len(m.Answer) == 1
	})
	return addr
}

// PyzorKey is the key of the user alice, who may do everything at StartPyzord's server.
const PyzorKey = "0123456789abcdef0123456789abcdef01234567"

// StartPyzord runs a Pyzor server and returns its address.
func StartPyzord(t testing.TB) (addr string) {
	t.Helper()
	bin := Tool(t, "pyzord", "pyzor")
	dir := Dir(t)
	Write(t, dir, "pyzord.passwd", "alice : "+PyzorKey+"\n", 0o600)
	Write(t, dir, "pyzord.access", "check report ping : anonymous : allow\nall : alice : allow\n", 0o600)
	port := fmt.Sprint(FreePort(t))
	// Its database needs Debian's package python3-gdbm.
	cmd := exec.Command(bin, "--homedir", dir, "-a", "127.0.0.1", "-p", port, "-e", "gdbm", "--dsn", "pyzord.db",
		"--log-file", "log")
	cmd.Dir = dir
	p := Start(t, cmd)
	addr = net.JoinHostPort("127.0.0.1", port)
	conn, err := net.Dial("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	buf := make([]byte, 9000)
	for range 200 {
		_, _ = conn.Write([]byte("Op: ping\nThread: 4711\nPV: 2.1\nUser: anonymous\nTime: 0\nSig: 0\n\n"))
		_ = conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		if _, err := conn.Read(buf); err == nil {
			return addr
		}
		if p.Ended() {
			break
		}
		time.Sleep(20 * time.Millisecond) // refused at once while nothing listens
	}
	t.Fatalf("pyzord does not answer:\n%s", p.Output())
	return ""
}

// StartClamd runs a ClamAV daemon that knows one signature, of a text, by the name Asterism.Test.Virus. It returns its
// socket and its TCP address. Messages above 1 MB are too large for it.
func StartClamd(t testing.TB, text string) (socket, addr string) {
	t.Helper()
	bin := Tool(t, "clamd", "clamav-daemon")
	dir := Dir(t)
	socket = filepath.Join(dir, "sock")
	port := FreePort(t)
	Write(t, dir, "db/test.ndb", "Asterism.Test.Virus:0:*:"+hex.EncodeToString([]byte(text))+"\n", 0o644)
	conf := fmt.Sprintf("DatabaseDirectory %s/db\nLocalSocket %s\nTCPSocket %d\nTCPAddr 127.0.0.1\nForeground yes\n"+
		"LogFile %[1]s/log\n"+
		"StreamMaxLength 1M\nScanMail yes\nTemporaryDirectory %[1]s\n", dir, socket, port)
	if os.Getuid() == 0 {
		conf += "User root\n"
	}
	p := Start(t, exec.Command(bin, "-c", Write(t, dir, "clamd.conf", conf, 0o644)))
	addr = fmt.Sprintf("127.0.0.1:%d", port)
	WaitListening(t, "tcp", addr, p)
	WaitListening(t, "unix", socket, p)
	return socket, addr
}
