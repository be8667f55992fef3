package options_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program writes a stand-in for a helper, which reads the mail, and returns its path.
func program(t *testing.T, name, body string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte("#!/bin/sh\ncat >/dev/null\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

const (
	pyzorHit = `printf "public:24441\t(200, 'OK')\t7\t0\n"`
	dccHit   = "echo 'X-DCC-x-Metrics: h 1; bulk'"
	dccCount = "echo 'X-DCC-x-Metrics: h 1; Body=50 Fuz1=60 Fuz2=70 rep=80%'"
)

// serviceRows are the services beside the DNS.
func serviceRows(t *testing.T) []row {
	const pyzor, dcc, razor, virus = "hit PYZOR_CHECK ", "hit DCC_CHECK ", "hit RAZOR2_CHECK ", "hit CLAMAV "
	late := "sleep 3\n"
	none := program(t, "none", "exit 1")
	usePyzor := "use_pyzor 1\npyzor_timeout 20\npyzor_path " + program(t, "pyzor", pyzorHit)
	lists := "use_pyzor 1\npyzor_timeout 20\npyzor_path " +
		program(t, "pyzor", `printf "public:24441\t(200, 'OK')\t20\t6\n"`)
	useDCC := "use_dcc 1\ndcc_timeout 20\ndcc_path " + program(t, "dccproc", dccHit)
	counts := "use_dcc 1\ndcc_timeout 20\ndcc_path " + program(t, "dccproc", dccCount)
	useRazor := "use_razor2 1\nrazor_timeout 20\nrazor_path " + program(t, "razor-check", "exit 0")
	home := t.TempDir()
	dccifd(t, filepath.Join(home, "dccifd"))
	log := filepath.Join(t.TempDir(), "log")
	noted := "echo + >>" + log + "; sleep 1; echo - >>" + log + "; "
	all := []row{
		{option: "use_pyzor", base: strings.Replace(usePyzor, "use_pyzor 1\n", "", 1), with: "use_pyzor 1", came: pyzor},
		{option: "pyzor_timeout", base: "use_pyzor 1\npyzor_path " + program(t, "pyzor", late+pyzorHit) +
			"\npyzor_timeout 20",
			with: "pyzor_timeout 0.3", gone: pyzor},
		{option: "pyzor_path", base: "use_pyzor 1\npyzor_timeout 20\npyzor_path " + none, with: "pyzor_path " +
			program(t, "pyzor", pyzorHit),
			came: pyzor},
		{option: "pyzor_options", base: "use_pyzor 1\npyzor_timeout 20\npyzor_path " +
			program(t, "pyzor", `case "$*" in *--ours*) `+pyzorHit+";; esac"),
			with: "pyzor_options --ours", came: pyzor},
		{option: "pyzor_server_file", base: "use_pyzor 1\npyzor_timeout 20\npyzor_server_file " + serverFile(t, 0),
			with: "pyzor_server_file " + serverFile(t, 7), came: pyzor},
		{option: "pyzor_count_min", base: usePyzor, with: "pyzor_count_min 8", gone: pyzor},
		{option: "pyzor_welcomelist_min", base: lists, with: "pyzor_welcomelist_min 5", gone: pyzor},
		{option: "pyzor_welcomelist_factor", base: lists + "\npyzor_welcomelist_min 5", with: "pyzor_welcomelist_factor 0.5",
			came: pyzor},
		{option: "use_dcc", base: strings.Replace(useDCC, "use_dcc 1\n", "", 1), with: "use_dcc 1", came: dcc},
		{option: "dcc_timeout", base: "use_dcc 1\ndcc_path " + program(t, "dccproc", late+dccHit) + "\ndcc_timeout 20",
			with: "dcc_timeout 0.3",
			gone: dcc},
		{option: "dcc_path", base: "use_dcc 1\ndcc_timeout 20\ndcc_path " + none, with: "dcc_path " +
			program(t, "dccproc", dccHit), came: dcc},
		{option: "dcc_home", base: "use_dcc 1\ndcc_timeout 20\ndcc_path " + none, with: "dcc_home " + home, came: dcc},
		{option: "dcc_dccifd_path", base: "use_dcc 1\ndcc_timeout 20\ndcc_path " + none, with: "dcc_dccifd_path " + home +
			"/dccifd", came: dcc},
		{option: "dcc_options", base: "use_dcc 1\ndcc_timeout 20\ndcc_path " +
			program(t, "dccproc", `case "$*" in *-R*) `+dccHit+";; *) "+
				dccCount+";; esac"), with: "dcc_options -R", came: dcc},
		{option: "dcc_body_max", base: counts, with: "dcc_body_max 50", came: dcc},
		{option: "dcc_fuz1_max", base: counts, with: "dcc_fuz1_max 60", came: dcc},
		{option: "dcc_fuz2_max", base: counts, with: "dcc_fuz2_max 70", came: dcc},
		{option: "dcc_rep_percent", base: counts, with: "dcc_rep_percent 80", came: dcc},
		{option: "use_razor2", base: strings.Replace(useRazor, "use_razor2 1\n", "", 1), with: "use_razor2 1", came: razor},
		{option: "razor_timeout", base: "use_razor2 1\nrazor_path " + program(t, "razor-check", late) + "\nrazor_timeout 20",
			with: "razor_timeout 0.3", gone: razor},
		{option: "razor_path", base: "use_razor2 1\nrazor_timeout 20\nrazor_path " + none, with: "razor_path " +
			program(t, "razor-check", "exit 0"),
			came: razor},
		{option: "razor_config", base: "use_razor2 1\nrazor_timeout 20\nrazor_path " + program(t, "razor-check",
			`case "$*" in *ours.conf*) exit 0;; esac; exit 1`),
			with: "razor_config /etc/ours.conf", came: razor},
		{option: "clamd_socket", base: "clamd_timeout 20", with: "clamd_socket " + clamd(t, 0), came: virus},
		{option: "clamd_timeout", base: "clamd_socket " + clamd(t, 3*time.Second) + "\nclamd_timeout 20",
			with: "clamd_timeout 0.3", gone: virus},
		{option: "remote_max_processes", base: "use_pyzor 1\npyzor_timeout 20\npyzor_path " +
			program(t, "pyzor", noted+pyzorHit) +
			"\nuse_dcc 1\ndcc_timeout 20\ndcc_path " + program(t, "dccproc", noted+dccHit), with: "remote_max_processes 1",
			answer: func(t *testing.T, r *row, text string) string { return atOnce(t, r, text, log) }, came: "one at a time"},
	}
	for i := range all {
		all[i].zone = "nothing.example. A 127.0.0.1"
		all[i].in = envelope(nil)
	}
	return all
}

// atOnce tells from their log whether programs ran at the same time.
func atOnce(t *testing.T, r *row, text, log string) string {
	os.Remove(log)
	verdict(t, r, text)
	notes, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(notes), "+\n+") {
		return "at the same time"
	}
	return "one at a time"
}

// dccifd answers at a socket that every mail is bulk.
func dccifd(t *testing.T, socket string) {
	serve(t, "unix", socket, func(c net.Conn) {
		_, _ = io.Copy(io.Discard, c)
		fmt.Fprint(c, "A\nA\nX-DCC-x-Metrics: h 1; bulk\n")
	})
}

// clamd finds a virus in everything, after some time, and returns its address.
func clamd(t *testing.T, after time.Duration) string {
	addr := serve(t, "tcp", "127.0.0.1:0", func(c net.Conn) {
		buf := make([]byte, 1<<16)
		for {
			n, err := c.Read(buf)
			if err != nil || strings.HasSuffix(string(buf[:n]), "\x00\x00\x00\x00") {
				break
			}
		}
		time.Sleep(after)
		fmt.Fprint(c, "stream: Eicar-Test FOUND\x00")
	})
	_, port, _ := net.SplitHostPort(addr)
	return "inet:" + port + "@127.0.0.1"
}

// serve has each connection served until the test ends.
func serve(t *testing.T, network, addr string, each func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				each(c)
			}()
		}
	}()
	return l.Addr().String()
}

// serverFile names a Pyzor server that has so many reports of everything.
func serverFile(t *testing.T, reports int) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		buf := make([]byte, 1<<16)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			for line := range strings.Lines(string(buf[:n])) {
				if thread, ok := strings.CutPrefix(line, "Thread: "); ok {
					_, _ = c.WriteTo(fmt.Appendf(nil, "Code: 200\nDiag: OK\nPV: 2.1\nThread: %s\nCount: %d\nWL-Count: 0\n\n",
						strings.TrimSpace(thread), reports), from)
				}
			}
		}
	}()
	file := filepath.Join(t.TempDir(), "servers")
	if err := os.WriteFile(file, []byte(c.LocalAddr().String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
