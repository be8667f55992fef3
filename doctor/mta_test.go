package doctor

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/listen"
	"asterism/milter"
)

// checker has no answer: no mail is sent.
type checker struct{}

func (checker) Check(context.Context, *classifier.Input) (*classifier.Verdict, error) {
	return nil, nil
}

// serveMilter serves the milter protocol at a TCP port and at a unix socket.
func serveMilter(t *testing.T) (tcp, unix listen.Address) {
	t.Helper()
	server := milter.New(milter.Options{Checker: checker{}, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { server.Shutdown(context.Background()) })
	path := filepath.Join(t.TempDir(), "milter.sock")
	for _, at := range [][2]string{{"tcp4", "127.0.0.1:0"}, {"unix", path}} {
		ln, err := net.Listen(at[0], at[1])
		if err != nil {
			t.Fatal(err)
		}
		go server.Serve(ln)
		if addr, ok := ln.Addr().(*net.TCPAddr); ok {
			tcp = listen.Address{Network: "tcp4", Host: "127.0.0.1", Port: uint16(addr.Port)}
		}
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	return tcp, listen.Address{Network: "unix", Path: path}
}

// serveOther serves something that is no milter: it closes each connection.
func serveOther(t *testing.T) listen.Address {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, "220 smtp.example.org ESMTP\r\n")
			conn.Close()
		}
	}()
	return listen.Address{Network: "tcp4", Host: "127.0.0.1", Port: uint16(ln.Addr().(*net.TCPAddr).Port)}
}

// TestMTA: right and wrong set-ups of both MTAs. TCP, PORT, UNIX and OTHER stand for sockets.
func TestMTA(t *testing.T) {
	tcp, unix := serveMilter(t)
	other := serveOther(t)
	for _, c := range []struct {
		name               string
		mainCF, masterCF   string
		mc, cf             string
		ours               []listen.Address
		want               []string // "level text", one per finding that is not ok; none for a right set-up
		contains, lacksAll string
	}{
		{name: "no MTA", contains: "no configuration"},
		{name: "Postfix by contrib's lines", mainCF: "smtpd_milters = inet:127.0.0.1:PORT\nmilter_default_action = " +
			"tempfail\nmilter_protocol = 6\n", contains: "answers"},
		{name: "by name, as a parameter, continued",
			mainCF: "spam = inet:localhost:PORT\nsmtpd_milters =\n  # a comment\n  ${spam}\n"},
		{name: "with settings of its own",
			mainCF: "smtpd_milters = { inet:127.0.0.1:PORT, default_action=tempfail, connect_timeout=10s }\n"},
		{name: "among others", mainCF: "smtpd_milters = inet:localhost:1, unix:UNIX\n"},
		{name: "in master.cf", mainCF: "queue_directory = /nowhere\n",
			masterCF: "smtp inet n - y - - smtpd\n  -o smtpd_milters=inet:127.0.0.1:PORT\n"},
		{name: "the last definition counts", mainCF: "smtpd_milters = inet:127.0.0.1:PORT\nsmtpd_milters =\n",
			want: []string{"error asks no milter"}},
		{name: "commented out", mainCF: "# smtpd_milters = inet:127.0.0.1:PORT\n", want: []string{"error asks no milter"}},
		{name: "another port", mainCF: "smtpd_milters = inet:127.0.0.1:1\n", want: []string{"error but spamd serves"}},
		{name: "another port, and nobody knows ours", mainCF: "smtpd_milters = inet:127.0.0.1:1\n", ours: []listen.Address{},
			want: []string{"error does not answer as a milter"}},
		{name: "no milter there", mainCF: "smtpd_milters = OTHER\n", ours: []listen.Address{other},
			want: []string{"error does not answer as a milter"}},
		{name: "broken address", mainCF: "smtpd_milters = inet:8891@127.0.0.1\n", want: []string{"error milter",
			"error asks no milter"}},
		{name: "untagged while away", mainCF: "smtpd_milters = inet:127.0.0.1:PORT\nmilter_default_action = accept\n",
			want: []string{"warning untagged"}},
		{name: "old protocol", mainCF: "smtpd_milters = inet:127.0.0.1:PORT\nmilter_protocol = 2\n",
			want: []string{"error milter_protocol 2"}},

		{name: "sendmail by contrib's line",
			mc: "dnl comment\nINPUT_MAIL_FILTER(`spamd', `S=unix:UNIX, F=T, T=S:2m;R:2m;E:5m')dnl\n",
			cf: "O InputMailFilters=spamd\nXspamd, S=unix:UNIX, F=T, T=S:2m;R:2m;E:5m\n", contains: "answers"},
		{name: "sendmail.cf alone",
			cf: "O InputMailFilters=clamav,spamd\nXclamav, S=inet:1@localhost, F=T\nXspamd, S=unix:UNIX, F=T\n"},
		{name: "by MAIL_FILTER", mc: "MAIL_FILTER(`spamd', `S=unix:UNIX, F=T')\ndefine(`confINPUT_MAIL_FILTERS', `spamd')\n",
			cf: "O InputMailFilters=spamd\nXspamd, S=unix:UNIX, F=T\n"},
		{name: "not rebuilt", mc: "INPUT_MAIL_FILTER(`spamd', `S=unix:UNIX, F=T')\n", cf: "O InputMailFilters=\n",
			want: []string{"error otherwise than", "error asks no milter"}},
		{name: "the rebuild will drop it", mc: "dnl INPUT_MAIL_FILTER(`spamd', `S=unix:UNIX, F=T')\n",
			cf:   "O InputMailFilters=spamd\nXspamd, S=unix:UNIX, F=T\n",
			want: []string{"warning the next rebuild drops it"}},
		{name: "defined, not used", cf: "Xspamd, S=unix:UNIX, F=T\n", want: []string{"error does not use it",
			"error asks no milter"}},
		{name: "no F=", cf: "O InputMailFilters=spamd\nXspamd, S=unix:UNIX\n", want: []string{"warning untagged"}},
		{name: "E: too short", cf: "O InputMailFilters=spamd\nXspamd, S=unix:UNIX, F=T, T=C:5m;E:1m\n",
			want: []string{"warning waits 1m"}},
		{name: "bad S=", cf: "O InputMailFilters=spamd\nXspamd, S=localhost, F=T\n", want: []string{"error write S=",
			"error asks no milter"}},
		{name: "a second MTA that asks nobody", mainCF: "myhostname = a\n",
			cf:   "O InputMailFilters=spamd\nXspamd, S=unix:UNIX, F=T\n",
			want: []string{"warning asks no milter"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			ours := c.ours
			if ours == nil {
				ours = []listen.Address{tcp, unix}
			} else if len(ours) == 0 {
				ours = nil
			}
			port := postfixAddress(tcp)
			texts := strings.NewReplacer("PORT", port[strings.LastIndex(port, ":")+1:], "UNIX", unix.Path, "OTHER",
				postfixAddress(other))
			for name, text := range map[string]string{"main.cf": c.mainCF, "master.cf": c.masterCF, "sendmail.mc": c.mc,
				"sendmail.cf": c.cf} {
				if text == "" {
					continue
				}
				if err := os.WriteFile(filepath.Join(dir, name), []byte(texts.Replace(text)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			findings := MTA(t.Context(), Files{filepath.Join(dir, "main.cf"), filepath.Join(dir, "sendmail.mc"),
				filepath.Join(dir, "sendmail.cf")}, ours)
			var all strings.Builder
			Write(&all, findings, OK)
			if !strings.Contains(all.String(), c.contains) {
				t.Errorf("lacks %q", c.contains)
			}
			var wrong []Finding
			for _, f := range findings {
				if f.Level != OK {
					wrong = append(wrong, f)
				}
			}
			if len(wrong) != len(c.want) {
				t.Fatalf("%d things wrong, want %d:\n%s", len(wrong), len(c.want), all.String())
			}
			for i, f := range wrong {
				level, text, _ := strings.Cut(c.want[i], " ")
				if f.Level.String() != level || !strings.Contains(f.String(), text) || f.Remedy == "" {
					t.Errorf("want %q with a remedy:\n%s", c.want[i], f)
				}
			}
		})
	}
}
