package pyzor_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"asterism/message"
	"asterism/remote/pyzor"
	"asterism/remote/run"
	"asterism/test/e2e"
)

const spam = "Subject: buy\n\nBuy these very good pills now, they are cheap\n" +
	"and they help against everything you have\n"

func TestWithPyzord(t *testing.T) {
	addr := e2e.StartPyzord(t)
	digest := pyzor.Digest(message.Parse([]byte(spam)))
	client := pyzor.New(pyzor.Options{Servers: []pyzor.Server{{Addr: addr}}})
	check := func(want pyzor.Counts) {
		t.Helper()
		got, err := client.Check(t.Context(), digest)
		if err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("counts %v, %v; want %v", got, err, want)
		}
	}
	check(pyzor.Counts{})
	for range 3 {
		if err := client.Report(t.Context(), digest); err != nil {
			t.Fatal(err)
		}
	}
	check(pyzor.Counts{Reported: 3})
	if err := client.Revoke(t.Context(), digest); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("anonymous revoking: %v, want the server's refusal", err)
	}
	alice := pyzor.New(pyzor.Options{Servers: []pyzor.Server{{Addr: addr, User: "alice", Key: e2e.PyzorKey}}})
	if err := alice.Revoke(t.Context(), digest); err != nil {
		t.Errorf("revoking with an account: %v", err)
	}
	check(pyzor.Counts{Reported: 3, Welcome: 1})
	mallory := pyzor.New(pyzor.Options{Servers: []pyzor.Server{{Addr: addr, User: "alice", Key: "00"}}})
	if err := mallory.Revoke(t.Context(), digest); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("revoking with a wrong key: %v", err)
	}
	// Pyzor's own client sees the same.
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "servers"), []byte(addr+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	real := pyzor.New(pyzor.Options{Program: "/usr/bin/pyzor", Args: []string{"--homedir", home},
		Runner: run.New(1, home)})
	got, err := real.CheckProgram(t.Context(), []byte(spam))
	if err != nil || len(got) != 1 || got[0] != (pyzor.Counts{Reported: 3, Welcome: 1}) {
		t.Errorf("Pyzor's client: %v, %v", got, err)
	}
}

func TestDeadServer(t *testing.T) {
	addr := e2e.StartPyzord(t)
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	c := pyzor.New(pyzor.Options{Servers: []pyzor.Server{{Addr: silent.LocalAddr().String()}, {Addr: addr}}})
	if got, err := c.Check(ctx, strings.Repeat("0", 40)); err != nil || len(got) != 1 {
		t.Errorf("one of two servers dead: %v, %v", got, err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	c = pyzor.New(pyzor.Options{Servers: []pyzor.Server{{Addr: silent.LocalAddr().String()}}})
	if _, err := c.Check(ctx, "x"); err == nil || !strings.Contains(err.Error(), silent.LocalAddr().String()) {
		t.Errorf("dead server: %v", err)
	}
}

// TestHostileServer: answers to other threads, broken ones and absurd ones are not believed.
func TestHostileServer(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
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
					thread = strings.TrimSpace(v)
				}
			}
			for _, packet := range []string{
				"", "\n\n", "no header at all", "\xff\xfe", strings.Repeat("A: b\n", 1000),
				"Code: 200\nDiag: OK\nThread: 1025\nCount: 99\nWL-Count: 0\n\n",
				"Code: 200\nDiag: OK\nCount: 99\nWL-Count: 0\n\n",
				"Thread: " + thread + "\nCount: 99\nWL-Count: 0\n\n",
				"Code: 200\nDiag: OK\nThread: " + thread + "\nCount: -5\nWL-Count: 99999999999999999999\n\n",
			} {
				_, _ = conn.WriteTo([]byte(packet), peer)
			}
		}
	}()
	c := pyzor.New(pyzor.Options{Servers: []pyzor.Server{{Addr: conn.LocalAddr().String()}}})
	got, err := c.Check(t.Context(), strings.Repeat("0", 40))
	if err != nil || len(got) != 1 || got[0] != (pyzor.Counts{}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestReadServers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "servers")
	write := func(name, data string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(filepath.Dir(file), name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("servers", "# ours\n\n127.0.0.1:24441\npyzor.example.org:1\n")
	write("accounts", "127.0.0.1 : 24441 : alice : salt,00ff\nother.example : 1 : bob : ,11\n")
	got, err := pyzor.ReadServers(file)
	want := []pyzor.Server{{Addr: "127.0.0.1:24441", User: "alice", Key: "00ff"}, {Addr: "pyzor.example.org:1"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"127.0.0.1", "127.0.0.1:0", ":24441", "a:b:c", "h:99999"} {
		write("servers", "ok.example:1\n"+bad+"\n")
		if _, err := pyzor.ReadServers(file); err == nil || !strings.Contains(err.Error(), file+":2:") {
			t.Errorf("%q: %v does not name file and line", bad, err)
		}
	}
}
