// Package hangup_test has clients and sendmail itself go away at every stage of a mail, and looks whether spamd goes
// on.
package hangup_test

import (
	"bufio"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"asterism/dnsbl/dnstest"
	"asterism/test/e2e"
)

// stages are what a client says, one element per stage of the mail.
var stages = []struct{ name, say, expect string }{
	{"connect", "", "220"},
	{"HELO", "EHLO client.example.net\r\n", "250 "},
	{"MAIL", "MAIL FROM:<alice@example.net>\r\n", "250"},
	{"RCPT", "RCPT TO:<gone@example.org>\r\n", "250"},
	{"DATA", "DATA\r\n", "354"},
	{"header", "Subject: gone\r\nX-Spam-Score: 1\r\n", ""},
	{"end of header", "\r\n", ""},
	{"body", strings.Repeat("half a letter\r\n", 10000), ""},
}

func TestClientsHangUp(t *testing.T) {
	spamd := e2e.StartSpamd(t, e2e.TestRules, "-L")
	mta := e2e.StartSendmail(t, e2e.SendmailOptions{MC: spamd.InputMailFilter(t)})
	for n, last := range stages {
		for _, reset := range []bool{false, true} {
			conn, err := net.Dial("tcp", mta.Addr)
			if err != nil {
				t.Fatal(err)
			}
			conn.SetDeadline(time.Now().Add(30 * time.Second))
			r := bufio.NewReader(conn)
			for _, stage := range stages[:n+1] {
				io.WriteString(conn, stage.say)
				for line := ""; stage.expect != "" && !strings.HasPrefix(line, stage.expect); {
					if line, err = r.ReadString('\n'); err != nil {
						t.Fatalf("%s: %v", stage.name, err)
					}
				}
			}
			if reset {
				conn.(*net.TCPConn).SetLinger(0)
			}
			conn.Close()
			if spamd.Ended() {
				t.Fatalf("spamd ended after a hang-up at %s", last.name)
			}
		}
	}
	e2e.MustSend(t, mta.Addr, "alice@example.net", "after@example.org", e2e.Letter("hi", "This is certainly spam."))
	if fields := e2e.HeaderFields(mta.Mail(t, "after"), "X-Spam-Score"); len(fields) != 1 {
		t.Errorf("the next mail got %q", fields)
	}
	if mails := mta.Mails(t, "gone"); len(mails) != 0 {
		t.Errorf("half a mail was delivered:\n%s", mails[0])
	}
	if log := spamd.Output(); strings.Contains(log, "gone@example.org") || strings.Contains(log, "level=ERROR") {
		t.Errorf("spamd took a mail that never ended, or complains:\n%s", log)
	}
}

func TestSendmailIsKilledDuringTheCheck(t *testing.T) {
	dns := dnstest.Start(t, "")
	dns.Silence(true) // checks take until the deadline
	spamd := e2e.StartSpamd(t, e2e.TestRules+"scan_deadline 4\nrbl_timeout 4\n", "--dns-server", dns.Addr)
	mta := e2e.StartSendmail(t, e2e.SendmailOptions{MC: spamd.InputMailFilter(t)})
	sent := make(chan error, 1)
	go func() {
		sent <- e2e.Send(mta.Addr, "alice@example.net", []string{"cut@example.org"},
			"Received: from a.example.net (a.example.net [93.184.216.34])\n\t"+
				"by mx.example.net with ESMTP id 1; Sat, 21 Nov 2026 20:00:00 +0000\n"+e2e.Letter("hi", "This is certainly spam."))
	}()
	e2e.WaitFor(t, "the check", 20*time.Second, func() bool {
		return slices.ContainsFunc(dns.Asked(), func(name string) bool { return strings.HasPrefix(name, "34.216.184.93.") })
	})
	mta.Signal(syscall.SIGKILL)
	if err := <-sent; err == nil {
		t.Error("a sendmail that was killed took the mail")
	}
	spamd.WaitOutput(t, "hung up", 20*time.Second)
	again := e2e.StartSendmail(t, e2e.SendmailOptions{MC: spamd.InputMailFilter(t)})
	e2e.MustSend(t, again.Addr, "alice@example.net", "after@example.org", e2e.Letter("hi", "This is certainly ham."))
	if fields := e2e.HeaderFields(again.Mail(t, "after"), "X-Spam-Score"); len(fields) != 1 {
		t.Errorf("the next mail got %q", fields)
	}
}
