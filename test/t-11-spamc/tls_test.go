package spamc_test

import (
	"crypto/tls"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"asterism/test/e2e"
)

// TestTLS: spamc -S gets what it gets without TLS. (Except for -K, which fails with -S against SpamAssassin's spamd as
// well.)
func TestTLS(t *testing.T) {
	spamc := e2e.Tool(t, "spamc", "spamc")
	dir := e2e.Dir(t)
	cert, key := e2e.Certify(t, dir, 1)
	port := e2e.FreePort(t)
	spamd := e2e.StartSpamd(t, testRules, "-L", "--listen", fmt.Sprintf("inet:%d@127.0.0.1", port), "--allow-tell",
		"--ssl",
		"--server-cert", cert, "--server-key", key)
	unencrypted := ours(t, "--allow-tell")
	large := e2e.Letter("large", strings.Repeat("This is certainly spam.\n", 15_000))
	for _, c := range []struct{ options, mail string }{
		{"-c", spam}, {"-c", ham}, {"-E", spam}, {"-R", spam}, {"-x", ham}, {"--headers", spam}, {"-z", spam},
		{"-x -s 500000", large},
		{"-L ham", ham}, {"-L forget", ham}, {"-x", strings.ReplaceAll(spam, "\n", "\r\n")},
	} {
		want, wantCode := run(t, spamc, unencrypted.tcp(c.options), c.mail)
		got, gotCode := run(t, spamc, server{port: port}.tcp("-S "+c.options), c.mail)
		if a, b := plain(got), plain(want); a != b || gotCode != wantCode {
			t.Errorf("spamc -S %s: exit %d, want %d\ngot  %q\nwant %q", c.options, gotCode, wantCode, a, b)
		}
	}
	if _, code := run(t, spamc, server{port: port}.tcp("-x -c --connect-retries 1"), spam); code == 0 || code == 1 {
		t.Errorf("spamc without -S gets a verdict (exit %d)", code)
	}

	e2e.Certify(t, dir, 2)
	spamd.Signal(syscall.SIGHUP)
	spamd.WaitOutput(t, "configuration reloaded", 30*time.Second)
	if n := serial(t, port); n != 2 {
		t.Errorf("after SIGHUP the certificate is number %d, want 2", n)
	}
	if err := os.WriteFile(key, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	spamd.Signal(syscall.SIGHUP)
	spamd.WaitOutput(t, "certificate not reloaded, the old one stays", 30*time.Second)
	if n := serial(t, port); n != 2 || !strings.Contains(spamd.Output(), key) {
		t.Errorf("with a bad key file the certificate is number %d, and the log\n%s", n, spamd.Output())
	}
}

// serial returns the number of the certificate that a port shows.
func serial(t *testing.T, port int) int64 {
	t.Helper()
	conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestBadTLSOptions(t *testing.T) {
	dir := e2e.Dir(t)
	cert, key := e2e.Certify(t, dir, 1)
	_, other := e2e.Certify(t, filepath.Join(dir, "other"), 2)
	for args, want := range map[string]string{
		"--ssl":                 "--ssl needs --server-cert and --server-key",
		"--server-cert " + cert: "with --ssl only",
		"--ssl --server-cert x --server-key " + key:              "open x: no such file",
		"--ssl --server-cert " + cert + " --server-key " + dir:   "key " + dir,
		"--ssl --server-cert " + cert + " --server-key " + other: other,
		"-A nonsense": "--allowed-ips: ",
	} {
		args := append([]string{"--milter", "none", "-L", "--bayes-path", dir + "/store"}, strings.Fields(args)...)
		out, err := exec.Command(e2e.Binary(t, "spamd"), args...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("spamd %v: %v\n%s\nwant %q", args, err, out, want)
		}
	}
}

func TestAllowedIPs(t *testing.T) {
	spamc := e2e.Tool(t, "spamc", "spamc")
	for allowed, want := range map[string]int{"": 1, "--allowed-ips=127.0.0.1": 1, "-A192.0.2.0/24,::1": 69} {
		port := e2e.FreePort(t)
		args := append([]string{"-L", "--listen", fmt.Sprintf("inet:%d@127.0.0.1", port)}, strings.Fields(allowed)...)
		spamd := e2e.StartSpamd(t, testRules, args...)
		_, code := run(t, spamc, server{port: port}.tcp("-x -c --connect-retries 1"), spam)
		if (code == 1) != (want == 1) {
			t.Errorf("%q: exit %d, want %d", allowed, code, want)
		}
		if want != 1 {
			e2e.WaitFor(t, "a line of the log that says who was refused", 10*time.Second, func() bool {
				return strings.Contains(spamd.Output(), "not allowed")
			})
		}
	}
}
